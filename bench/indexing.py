"""INDEX: the processor time that the index of texts takes of a ticket, by the server's own steps.

The reference writes the same texts to a bare table of FTS5, a thousand in a transaction, in the
same minutes. So the ratio is what reading, folding, smaller transactions, the second table and the
ticket's own row cost.
"""

import itertools
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench import million
from bench.figure import Figure
from bench.pace import paced
from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.helpdesk import people, tickets
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.connection import (
    SqliteTransaction,
    connect_reader,
    connect_writer,
)
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.read_limits import ReadingTransaction

TICKETS = paced(20_000, 5_000)
ROUNDS = paced(5, 3)
MOST_MICROSECONDS = 40.0
BATCH = 1_000
"""Texts of a transaction of the reference."""

SUBJECT = "Carbon plate cracked on first marathon"
CONTENT = "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."
"""The ticket of create_ticket.lua."""

_BARE = """
CREATE VIRTUAL TABLE bare USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
)
"""
_TEXTS = """
SELECT t.id, t.subject || ' ' || group_concat(r.text, ' ') AS text
  FROM ticket t JOIN response r ON r.ticket_id = t.id GROUP BY t.id ORDER BY t.id
"""


class Cost(NamedTuple):
    """Seconds of processor, and the longest step's write with its commit."""

    reading: float = 0.0
    folding: float = 0.0
    writing: float = 0.0
    committing: float = 0.0
    longest: float = 0.0

    @property
    def whole(self) -> float:
        return self.reading + self.folding + self.writing + self.committing


def measure(scratch: Path) -> list[Figure]:
    return [
        *figures(scratch / "short", build_short, "a ticket of create_ticket.lua"),
        *figures(
            scratch / "usual",
            lambda path: million.build(path, TICKETS),
            "a ticket with two responses of 400 characters together",
        ),
    ]


def figures(scratch: Path, build: Callable[[Path], None], what: str) -> list[Figure]:
    """Index a database of such tickets, and write its texts to the bare table, in turn."""
    scratch.mkdir()
    source = scratch / "source.db"
    build(source)
    texts = folded_texts(source)
    costs, bare = [], []
    for _ in range(ROUNDS):
        copy = scratch / "copy.db"
        shutil.copy(source, copy)
        costs.append(index(copy))
        bare.append(write_bare(scratch / "bare.db", texts))
        remove(copy, scratch / "bare.db")
    best = min(costs, key=lambda cost: cost.whole)
    parts = ", ".join(
        f"{name} {_each(value):.1f}" for name, value in zip(best._fields[:-1], best, strict=False)
    )
    longest = min(cost.longest for cost in costs) * 1000
    how = f"the best of {ROUNDS} alternating rounds of {TICKETS:,} tickets; {parts} us;"
    return [
        Figure(
            bar_name="-",
            what=f"processor time of indexing {what}, against FTS5 alone",
            measured=f"{_each(best.whole):.1f} us",
            reference=f"{_each(min(bare)):.1f} us",
            ratio=best.whole / min(bare),
            bar=2.0,
            better="lower",
            command=f"{how} the longest write of a step {longest:.1f} ms",
        ),
        Figure(
            bar_name="-",
            what=f"the same, against {MOST_MICROSECONDS:g} us",
            measured=f"{_each(best.whole):.1f} us",
            reference=f"{MOST_MICROSECONDS:g} us",
            ratio=_each(best.whole) / MOST_MICROSECONDS,
            bar=1.0,
            better="lower",
            command="the same",
        ),
    ]


def index(path: Path) -> Cost:
    """Index all texts of a database by the server's steps."""
    total = Cost()
    with closing(connect_reader(path)) as reader, closing(connect_writer(path)) as writer:
        while True:
            times = [time.process_time()]
            reader.execute("BEGIN")
            texts = steps.read_texts(ReadingTransaction(reader))
            reader.rollback()
            if texts.is_empty:
                return total
            times.append(time.process_time())
            step = steps.fold(texts)
            times.append(time.process_time())
            writer.execute("BEGIN IMMEDIATE")
            steps.write_step(SqliteTransaction(writer), step)
            times.append(time.process_time())
            writer.execute("COMMIT")
            times.append(time.process_time())
            parts = [later - earlier for earlier, later in itertools.pairwise(times)]
            longest = max(total.longest, times[-1] - times[2])
            total = Cost(*map(sum, zip(total[:-1], parts, strict=True)), longest)


def write_bare(path: Path, texts: Sequence[str]) -> float:
    """The seconds of processor that the bare table takes."""
    with closing(connect_writer(path)) as connection:
        connection.execute(_BARE)
        began = time.process_time()
        for first in range(0, len(texts), BATCH):
            connection.execute("BEGIN")
            rows = enumerate(texts[first : first + BATCH], first + 1)
            connection.executemany("INSERT INTO bare (rowid, text) VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        return time.process_time() - began


def folded_texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [folded(text) for _, text in connection.execute(_TEXTS)]


def build_short(path: Path) -> None:
    """Fill a new database with the tickets of create_ticket.lua."""
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("BEGIN")
        tx = SqliteTransaction(connection)
        person = people.add_person(tx, "marcus@trailblazers-club.example", now=million.FIRST_DAY)
        for number in range(TICKETS):
            ticket = tickets.insert_ticket(
                tx, number=220_009 + number, secure_id=f"{number:032x}", subject=SUBJECT,
                queue_id=1, originator_id=person, priority=20, now=million.FIRST_DAY + number,
                operation_id=None,
            )  # fmt: skip
            tickets.insert_response(
                tx, ticket_id=ticket, author_id=person, html=CONTENT, text=CONTENT,
                is_internal=False, staff_response=False, now=million.FIRST_DAY + number,
                operation_id=None,
            )  # fmt: skip
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def remove(*paths: Path) -> None:
    for path in paths:
        for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            name.unlink(missing_ok=True)


def _each(seconds: float) -> float:
    """Microseconds of a ticket."""
    return seconds / TICKETS * 1e6
