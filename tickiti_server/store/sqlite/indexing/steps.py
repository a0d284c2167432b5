"""The steps that build the index of texts: each reads some texts, folds them, and writes them.

Rule: a step is one transaction that moves the progress with its entries, so that a killed step
leaves nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tickiti_server import crash_points
from tickiti_server.rendering.case_folding import folded
from tickiti_server.rendering.text import plain_text
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.sqlite.connection import SqliteTransaction
from tickiti_server.store.sqlite.indexing.text_index import GRAM, cleaned

BATCH = 400
"""Tickets, and as many responses, of one step. Smaller steps cost more in all, and writers wait for
a longer one."""

MOST_CHARACTERS = 500_000
"""Characters of one step, its last text aside."""

LONG = 50_000
"""Characters of an entry of which each word of the index is written once, so that a write is never
long."""

END = "\x01\x01"
"""Behind each text, so that its last character begins a word of the index too."""

_CHANGES = """
SELECT id, ticket_id, response_id FROM search_change ORDER BY id LIMIT :most
"""

_NEW_TICKETS = """
SELECT id, subject FROM ticket WHERE id > :after ORDER BY id LIMIT :most
"""

_NEW_RESPONSES = """
SELECT id, ticket_id, text, html FROM response WHERE id > :after ORDER BY id LIMIT :most
"""

_SUBJECT = "SELECT id, subject FROM ticket WHERE id = :id"
_RESPONSE = "SELECT ticket_id, text, html FROM response WHERE id = :id"
_PLACE = "SELECT ticket_id, response_id, deletions FROM search_progress"

_SET_KEY = "UPDATE ticket SET subject_key = ? WHERE id = ?"

Progress = tuple[int, int]
"""The last ticket and the last response that are indexed."""


class Texts(NamedTuple):
    """The rows of one step."""

    tickets: Sequence[Row]
    responses: Sequence[Row]
    last_change: int
    """The last row of search_change among them, or 0."""

    before: tuple[int, int, int]
    """The row of search_progress."""

    after: Progress
    is_cut: bool
    """Whether there may be more than one step takes."""

    @property
    def is_empty(self) -> bool:
        return self.before[:2] == self.after and not self.last_change


class Step(NamedTuple):
    """The entries that one step writes, by ticket."""

    subject_keys: dict[int, str]
    subjects: dict[int, str]
    texts: dict[int, str]
    read: Texts


def read_texts(tx: Transaction) -> Texts:
    """Read what the next step indexes."""
    before = _place(tx)
    tickets = [*tx.all(_NEW_TICKETS, {"after": before[0], "most": BATCH})]
    new, is_all = tx.few(_NEW_RESPONSES, {"after": before[1], "most": BATCH}, most=MOST_CHARACTERS)
    is_cut = len(tickets) == BATCH or len(new) == BATCH or not is_all
    responses = [*new]
    after = (
        tickets[-1]["id"] if tickets else before[0],
        responses[-1]["id"] if responses else before[1],
    )
    characters = last_change = 0
    changes = tx.all(_CHANGES, {"most": BATCH})
    is_cut = is_cut or len(changes) == BATCH
    for change in changes:
        if characters > MOST_CHARACTERS:
            is_cut = True
            break
        last_change = change["id"]
        tickets += tx.all(_SUBJECT, {"id": change["ticket_id"]})
        for row in tx.all(_RESPONSE, {"id": change["response_id"]}):
            responses.append(row)
            characters += len(row["html"])
    return Texts(tickets, responses, last_change, before, after, is_cut)


def fold(read: Texts) -> Step:
    """Render and fold the texts of a step."""
    texts: defaultdict[int, list[str]] = defaultdict(list)
    keys = {row["id"]: folded(row["subject"]) for row in read.tickets}
    for ticket, key in keys.items():
        texts[ticket].append(key)
    for row in read.responses:
        texts[row["ticket_id"]].append(folded(_text_of(row)))
    return Step(
        keys,
        {ticket: entry([key]) for ticket, key in keys.items()},
        {ticket: entry(each) for ticket, each in texts.items()},
        read,
    )


def write_step(tx: Transaction, step: Step) -> None:
    """Store a step, unless another was written since, or rows went that it has read. A text that
    has changed since is in a later row of search_change."""
    assert isinstance(tx, SqliteTransaction)
    if _place(tx) != step.read.before:
        return
    tx.many(_SET_KEY, [(key, ticket) for ticket, key in step.subject_keys.items()])
    _add(tx, "search_subject", step.subjects)
    crash_points.reached("index.mid")
    _add(tx, "search_text", step.texts)
    ticket, response = step.read.after
    tx.execute(
        "UPDATE search_progress SET ticket_id = :ticket, response_id = :response",
        {"ticket": ticket, "response": response},
    )
    if step.read.last_change:
        tx.execute("DELETE FROM search_change WHERE id <= :id", {"id": step.read.last_change})


def _place(tx: Transaction) -> tuple[int, int, int]:
    row = tx.one(_PLACE)
    assert row is not None
    return row["ticket_id"], row["response_id"], row["deletions"]


def _add(tx: SqliteTransaction, table: str, entries: dict[int, str]) -> None:
    """Add to the entries of tickets. FTS5 wants the rows of a transaction in their order."""
    tx.many(f"INSERT INTO {table} (rowid, text) VALUES (?, ?)", sorted(entries.items()))


def entry(texts: Sequence[str]) -> str:
    """The text from which FTS5 makes the entries of a ticket with these folded texts."""
    whole = "".join(f"{cleaned(text)}{END}" for text in texts)
    if len(whole) <= LONG:
        return whole
    words = {whole[at : at + GRAM] for at in range(len(whole) - GRAM + 1)}
    return "".join(f"{word}{END}" for word in words)


def _text_of(response: Row) -> str:
    text: str | None = response["text"]
    return plain_text(response["html"]) if text is None else text
