"""A database of many tickets, built through the store and kept while its recipe stays the same.

The texts are invented words by Zipf's law, with a few words planted by their rarity. Tickets are
spread over queues, states, priorities, assignees and days, as on a helpdesk of five years.
"""

import hashlib
import itertools
import os
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tickiti_server.clock import DAY
from tickiti_server.rendering.text import plain_text
from tickiti_server.store.helpdesk import hashtags, people, queues, teams, tickets, watchlists
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer

MILLION = 1_000_000
FIRST_DAY = 18_628 * DAY
"""2021-01-01."""

DAYS = 5 * 365
CUSTOMERS_A_TICKET = 0.1
STAFF = 40
QUEUES = ("Inbox", "Sales", "Support", "Returns", "Billing", "Repairs", "Press", "Jobs")
QUEUE_WEIGHTS = (30, 12, 30, 8, 12, 5, 2, 1)
TAGS = {"vip": 0.02, "refund": 0.01, "recall": 0.0001}
BATCH = 20_000
"""Tickets of one transaction."""

PLANTED = {"parcel": 0.2, "warranty": 0.02, "invoice": 0.005, "flagpole": 0.0005}
"""Words in subjects and in texts, and the share of these that hold each."""

RARE = "zeppelin"
"""Stands in so many subjects and texts, whatever the number of tickets."""
RARE_TIMES = 20

SYLLABLES = (
    "ka lo mi ter an sel or ing pro den fa ri con est al mu ver tion be st ra po li ne du ga ther"
    " wo ch ma sin per gra tol ve hu jo qui zan ben cor"
)
ACCENTED = ("größe", "straße", "Übergabe", "παραγγελία", "déjà", "naïve", "заказ")


def digest() -> str:
    """What the content of the database depends on: this file. A server that is started on the
    database upgrades its schema, as it does for everybody."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def cache() -> Path:
    base = os.environ.get("TICKITI_BENCH_CACHE")
    return Path(base) if base else Path.home() / ".cache" / "tickiti-bench"


def database_of(count: int) -> Path:
    """The database with so many tickets. It is built if there is none of this recipe."""
    path = cache() / f"{count}-{digest()}" / "tickiti.db"
    if not path.exists():
        building = path.parent.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        build(building / "tickiti.db", count)
        for former in cache().glob(f"{count}-*"):
            if former != building:
                shutil.rmtree(former)
        building.rename(path.parent)
    prepare_database(path, backup=False)  # a move takes no older schema
    return path


def build(path: Path, count: int) -> None:
    """Fill a new database with tickets."""
    began = time.monotonic()
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA cache_size = -200000")
        # Nobody waits for these commits; the last checkpoint syncs them.
        connection.execute("PRAGMA synchronous = OFF")
        filler = _Filler(SqliteTransaction(connection), count)
        for first in range(0, count, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            filler.fill(range(first, min(first + BATCH, count)))
            connection.execute("COMMIT")
            _checkpoint(connection)
            print(f"{first + BATCH:,} tickets, {time.monotonic() - began:.0f} s", file=sys.stderr)
        connection.execute("PRAGMA synchronous = FULL")
        _checkpoint(connection)


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Filler:
    """Writes tickets. The same number of tickets makes the same rows."""

    def __init__(self, tx: Transaction, count: int) -> None:
        self._tx = tx
        self._count = count
        self._random = random.Random(count)
        self._phrases = [*_phrases(self._random)]
        self._customers = max(20, int(count * CUSTOMERS_A_TICKET))
        self._staff: list[int] = []
        self._people: list[int] = []
        self._queue_ids: list[int] = []
        self._watchlist = 0
        step = max(1, count // RARE_TIMES)
        self._rare_subjects = range(step // 2, count, step)
        self._rare_texts = range(step // 3, count, step)

    def fill(self, indices: range) -> None:
        if not self._people:
            self._add_people()
        for index in indices:
            self._add_ticket(index)

    def _add_people(self) -> None:
        tx = self._tx
        self._people = [
            people.add_person(tx, f"customer{n}@example.com", now=FIRST_DAY)
            for n in range(self._customers)
        ]
        for n in range(STAFF):
            person = people.add_person(tx, f"agent{n}@desk.example", now=FIRST_DAY)
            people.update_user(
                tx, person, name=f"Agent {n}", role=1, is_sysadmin=0, tonic_notifications=0,
                is_api_user=0,
            )  # fmt: skip
            self._staff.append(person)
        for name in QUEUES[1:]:
            queues.add_queue(tx, name)
        self._queue_ids = [row["id"] for row in queues.list_queues(tx)]
        self._teams = [teams.insert_team(tx, f"Team {n}") for n in range(4)]
        for place, team in enumerate(self._teams):
            teams.set_team_members(tx, team, self._staff[place::4])
        self._watchlist = watchlists.insert_watchlist(
            tx, name="Watched", icon="", description="", display_mode="list", shared=1, owner_id=1
        )

    def _add_ticket(self, index: int) -> None:
        choose, tx = self._random, self._tx
        created = FIRST_DAY + int(index / self._count * DAYS * DAY)
        chance = choose.random()
        (queue,) = choose.choices(self._queue_ids, QUEUE_WEIGHTS)
        ticket = tickets.insert_ticket(
            tx,
            number=220_009 + index,
            secure_id=f"{index:032x}",
            subject=self._subject(index),
            queue_id=queue,
            originator_id=choose.choice(self._people),
            priority=10 if chance < 0.2 else 20 if chance < 0.8 else 30 if chance < 0.95 else 40,
            now=created,
            operation_id=None,
        )
        for place, is_note in enumerate((False, choose.random() < 0.3)):
            html = self._html(index if place == 0 else -1)
            tickets.insert_response(
                tx,
                ticket_id=ticket,
                author_id=choose.choice(self._staff),
                html=html,
                text=plain_text(html),
                is_internal=is_note,
                staff_response=place == 1,
                now=created + place,
                operation_id=None,
            )
        # The oldest are closed, but for a few; later changes are days after the creation.
        changed = created + int(choose.expovariate(1 / (3 * DAY)))
        tickets.update_ticket(tx, ticket, self._state(index), now=changed)
        self._add_relations(index, ticket)

    def _state(self, index: int) -> dict[str, object]:
        chance = self._random.random()
        state: dict[str, object] = {}
        if chance < (0.9 if index < self._count * 0.95 else 0.5):
            state |= {"status": "closed", "closed_at": FIRST_DAY}
        elif chance > 0.97:
            day = self._random.randrange(10, 29)
            state |= {"status": "on-hold", "on_hold_until": f"2027-01-{day}"}
        if chance < 0.6:
            state["assigned_to"] = self._random.choice(self._staff)
        elif chance < 0.7:
            state["team_id"] = self._random.choice(self._teams)
        return state

    def _add_relations(self, index: int, ticket: int) -> None:
        choose, tx = self._random, self._tx
        if index % 3 == 0:
            tickets.add_participant(tx, ticket, choose.choice(self._people))
        for tag, share in TAGS.items():
            if choose.random() < share:
                hashtags.add_hashtag(tx, ticket, tag)
        if index % (1 + self._count // 200) == 0:
            watchlists.add_ticket(tx, self._watchlist, ticket)

    def _subject(self, index: int) -> str:
        words = [self._phrase().capitalize(), *self._planted(is_rare=index in self._rare_subjects)]
        return " ".join(words)

    def _phrase(self) -> str:
        # Not choice(), which takes five times as long.
        return self._phrases[int(self._random.random() * len(self._phrases))]

    def _html(self, index: int) -> str:
        choose = self._random
        lines = [f"{self._phrase().capitalize()}. {self._phrase()}, {self._phrase()}" for _ in "ab"]
        lines.append(" ".join(self._planted(is_rare=index in self._rare_texts)))
        if choose.random() < 0.1:
            return f"<p>Hello <b>{lines[0]}</b></p><p>{lines[1]} R&amp;D</p><p>{lines[2]}</p>"
        return "<br>".join(lines)

    def _planted(self, *, is_rare: bool) -> Iterator[str]:
        chance = self._random.random()
        for word, share in PLANTED.items():
            if chance < share:
                yield word
        if is_rare:
            yield RARE


def _phrases(source: random.Random) -> Iterator[str]:
    syllables = SYLLABLES.split()
    words = ["".join(source.choices(syllables, k=source.randint(1, 4))) for _ in range(20_000)]
    weights = [*itertools.accumulate(1 / (rank + 10) for rank in range(len(words)))]
    for place in range(30_000):
        phrase = source.choices(words, cum_weights=weights, k=source.randint(4, 7))
        if place % 25 == 0:
            phrase.append(source.choice(ACCENTED))
        yield " ".join(phrase)


if __name__ == "__main__":
    print(database_of(int(sys.argv[1]) if len(sys.argv) > 1 else MILLION))
