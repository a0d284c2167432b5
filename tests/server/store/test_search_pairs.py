"""Every pair of search modes finds what a naive scan of all rows finds, whatever is read for it."""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tickiti_server.api.search.search_modes import MODES, Wanted
from tickiti_server.clock import DAY
from tickiti_server.rendering.case_folding import case_key, folded
from tickiti_server.store.open import prepare_database
from tickiti_server.store.search import clauses, counts, near_hits, orders, plans
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import BY_ACTIVITY
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.read_limits import ReadingTransaction

pytestmark = pytest.mark.sqlite  # plans of SQLite

WORDS = [
    "ΟΔΟΣ",
    "Straße",
    "a",
    "ab",
    "printer",
    "print",
    "R&D",
    "İzmir",
    "cafe\u0301",
    "東京",
    "x\0y",
]
PEOPLE = ["ann@x.example", "Bob@x.example", "cleo@x.example"]
QUEUES = ["Inbox", "Sales", "Straße"]
TAGS = ["vip", "Größe"]
ALL = 1000
PAGE = 5

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


@dataclass(frozen=True)
class Said:
    text: str
    is_internal: bool
    is_deleted: bool
    is_rendered: bool


@dataclass(frozen=True)
class Ticket:
    subject: str
    queue: int
    originator: int
    participant: int | None
    assigned: int | None
    team: bool
    status: str
    priority: int
    created: int
    updated: int
    is_deleted: bool
    tag: str | None
    is_watched: bool
    said: Sequence[Said] = field(default_factory=tuple)


said = st.builds(Said, texts, st.booleans(), st.booleans(), st.booleans())
people = st.integers(0, len(PEOPLE) - 1)
tickets = st.builds(
    Ticket,
    subject=texts,
    queue=st.integers(0, len(QUEUES) - 1),
    originator=people,
    participant=st.none() | people,
    assigned=st.none() | people,
    team=st.booleans(),
    status=st.sampled_from(["open", "on-hold", "closed"]),
    priority=st.sampled_from([10, 20, 30, 40]),
    created=st.integers(0, 5),
    updated=st.integers(0, 5),
    is_deleted=st.booleans(),
    tag=st.none() | st.sampled_from(TAGS),
    is_watched=st.booleans(),
    said=st.lists(said, max_size=3),
)
TOKENS: dict[str, list[str]] = {
    "subject": ["print", "οδοσ", "a"],
    "content": ["strasse", "京", "r&d"],
    "subject_content": ["café", "nt", "x\0y"],
    "assigned": ["BOB@x.example", "team:1", "unassigned"],
    "participant": ["ann@x.example"],
    "priority": ["high"],
    "raised": ["cleo@x.example"],
    "queue": ["STRASSE"],
    "status": ["open"],
    "watchlist": ["1"],
    "hashtag": ["grösse"],
    "ticket_number": ["2"],
    "created_from": ["1970-01-03"],
    "created_to": ["1970-01-04"],
    "updated_from": ["1970-01-03"],
    "updated_to": ["1970-01-04"],
}


def matches(mode: str, token: str, ticket: Ticket, number: int, *, notes: bool) -> bool:
    """Whether a ticket meets a criterion, compared without any SQL."""
    in_subject = folded(token) in folded(ticket.subject)
    in_content = any(
        folded(token) in folded(said.text)
        for said in ticket.said
        if not said.is_deleted and (notes or not said.is_internal)
    )
    day = {"1970-01-03": 2, "1970-01-04": 3}.get(token, 0)
    is_bobs = ticket.assigned == 1 or ticket.team  # Bob is the team's only member
    assigned = {"team:1": ticket.team, "unassigned": ticket.assigned is None and not ticket.team}
    return {
        "subject": in_subject,
        "content": in_content,
        "subject_content": in_subject or in_content,
        "assigned": assigned.get(token, is_bobs),
        "participant": 0 in (ticket.originator, ticket.participant),
        "priority": ticket.priority == 30,
        "raised": ticket.originator == 2,
        "queue": ticket.queue == 2,
        "status": ticket.status == "open",
        "watchlist": ticket.is_watched,
        "hashtag": ticket.tag == "Größe",
        "ticket_number": number == int(token) if mode == "ticket_number" else False,
        "created_from": ticket.created >= day,
        "created_to": ticket.created <= day,
        "updated_from": ticket.updated >= day,
        "updated_to": ticket.updated <= day,
    }[mode]


def fill(connection: sqlite3.Connection, rows: Sequence[Ticket]) -> None:
    """Replace all tickets."""
    for table in ("hashtag", "watchlist_ticket", "participant", "response", "ticket"):
        connection.execute(f"DELETE FROM {table}")
    for number, row in enumerate(rows, 1):
        values: dict[str, Any] = {
            "id": number, "subject": row.subject, "queue": row.queue + 1,
            "originator": row.originator + 2, "status": row.status, "priority": row.priority,
            "assigned": None if row.assigned is None else row.assigned + 2,
            "team": 1 if row.team else None, "created": row.created * DAY,
            "updated": row.updated * DAY, "deleted": 1 if row.is_deleted else None,
        }  # fmt: skip
        connection.execute(
            "INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status,"
            " priority, assigned_to, team_id, created_at, updated_at, deleted_at) VALUES (:id, :id,"
            " '', :subject, :queue, :originator, :status, :priority, :assigned, :team, :created,"
            " :updated, :deleted)",
            values,
        )
        if row.participant is not None:
            connection.execute(
                "INSERT INTO participant VALUES (?, ?)", (number, row.participant + 2)
            )
        if row.tag:
            connection.execute(
                "INSERT INTO hashtag VALUES (?, ?, ?)", (case_key(row.tag), number, row.tag)
            )
        if row.is_watched:
            connection.execute("INSERT INTO watchlist_ticket VALUES (1, ?, 1)", (number,))
        add_responses(connection, number, row.said)


def add_responses(connection: sqlite3.Connection, ticket: int, said: Sequence[Said]) -> None:
    for one in said:
        html = one.text.replace("&", "&amp;")
        connection.execute(
            "INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response,"
            " created_at, updated_at, deleted_at) VALUES (?, 1, ?, ?, ?, 0, 0, 0, ?)",
            (ticket, html, one.text if one.is_rendered else None, one.is_internal,
             1 if one.is_deleted else None),
        )  # fmt: skip


def index(connection: sqlite3.Connection) -> bool:
    """Take the index of texts a step further. False: nothing was left."""
    tx = ReadingTransaction(connection)
    read = steps.read_texts(tx)
    if not read.is_empty:
        steps.write_step(tx, steps.fold(read))
    return not read.is_empty


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("pairs") / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for name in QUEUES[1:]:
            connection.execute(
                "INSERT INTO queue (name, name_key) VALUES (?, ?)", (name, case_key(name))
            )
        for email in PEOPLE:
            connection.execute(
                "INSERT INTO person (email, email_key, created_at) VALUES (?, ?, 0)",
                (email, email.lower()),
            )
        connection.execute("INSERT INTO team (name, name_key) VALUES ('T', 't')")
        connection.execute("INSERT INTO team_member VALUES (1, 3)")
        connection.execute("INSERT INTO watchlist VALUES (1, 'w', '', 1, 1, '', 'list')")
        yield connection


def found(
    connection: sqlite3.Connection, criteria: Sequence[tuple[str, str]], *, notes: bool
) -> tuple[list[int], counts.Count]:
    """The numbers that a search lists, page by page, and its count."""
    conditions = Conditions(1, notes)
    conditions.clauses.append(clauses.is_there())
    by_mode: dict[str, list[object]] = {}
    for mode, token in criteria:
        by_mode.setdefault(mode, []).append(MODES[mode].read(token))
    for mode, values in by_mode.items():
        MODES[mode].narrow_to(conditions, [Wanted(values)])
    tx = ReadingTransaction(connection)
    numbers: list[int] = []
    after = None
    while True:
        rows = search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=after, limit=PAGE)
        numbers += [row["number"] for row in rows]
        if len(rows) < PAGE:
            return numbers, counts.count_tickets(tx, conditions, most=ALL)
        after = search.key_values(rows[-1], BY_ACTIVITY)


@settings(
    max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(
    rows=st.lists(tickets, min_size=1, max_size=25),
    later=st.lists(st.tuples(st.integers(0, 24), texts, said), max_size=6),
    limits=st.tuples(
        st.booleans(),
        st.sampled_from([0, 2, 10_000]),
        st.sampled_from([0, 3, 30_000]),
        st.sampled_from([1, 2, 1000]),
    ),
    seed=st.tuples(st.booleans(), st.integers(0, 2)),
)
def test_every_pair_of_search_modes_equals_a_full_scan(
    desk: sqlite3.Connection, rows: list[Ticket], later: list[tuple[int, str, Said]],
    limits: tuple[bool, int, int, int], seed: tuple[bool, int],
) -> None:  # fmt: skip
    """Half of the texts may be indexed, and others are changed and added after that."""
    indexed, sorted_most, members_most, near_most = limits
    notes, turn = seed
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plans, "MOST_SORTED", sorted_most)
        patched.setattr(plans, "MOST_MEMBERS", members_most)
        patched.setattr(plans, "MOST_JOINED", members_most)
        patched.setattr(plans, "FEW_COMPARED", sorted_most // 2)
        patched.setattr(plans, "SHARE", 1)
        patched.setattr(plans, "FEW", sorted_most)
        patched.setattr(near_hits, "MOST_NEAR", near_most)
        patched.setattr(plans, "MOST_COUNTED", 2 * sorted_most)
        patched.setattr(orders, "MONTH", DAY)
        patched.setattr(plans, "MONTH", DAY)
        patched.setattr(steps, "BATCH", 30)
        fill(desk, rows)
        while indexed and index(desk):
            pass
        for place, subject, one in later:
            number = place % len(rows) + 1
            row = rows[number - 1]
            rows[number - 1] = Ticket(
                **{**row.__dict__, "subject": subject, "said": [*row.said[1:], one]}
            )
            desk.execute("UPDATE ticket SET subject = ? WHERE id = ?", (subject, number))
            desk.execute(
                "DELETE FROM response"
                " WHERE id = (SELECT min(id) FROM response WHERE ticket_id = ?)",
                (number,),
            )
            add_responses(desk, number, [one])
            if place % 2:
                index(desk)
        for place, modes in enumerate(itertools.combinations_with_replacement(MODES, 2)):
            # A mode with itself is that mode alone.
            criteria = [
                (mode, TOKENS[mode][(place + turn) % len(TOKENS[mode])])
                for mode in dict.fromkeys(modes)
            ]
            numbers, count = found(desk, criteria, notes=notes)
            wanted = expected(rows, criteria, notes=notes)
            assert numbers == wanted, criteria
            assert count.found <= len(wanted)
            assert count.found == len(wanted) or not count.is_exact


def expected(
    rows: Sequence[Ticket], criteria: Sequence[tuple[str, str]], *, notes: bool
) -> list[int]:
    """The numbers of the tickets that meet all criteria, of which those of one mode are
    alternatives: newest activity first."""
    modes = {mode for mode, _ in criteria}
    numbers = [
        number
        for number, row in enumerate(rows, 1)
        if not row.is_deleted
        and all(
            any(
                matches(mode, token, row, number, notes=notes)
                for name, token in criteria
                if name == mode
            )
            for mode in modes
        )
    ]
    return sorted(numbers, key=lambda number: (rows[number - 1].updated, number), reverse=True)
