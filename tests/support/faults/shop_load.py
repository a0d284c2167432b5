"""Clients of servers that share a database of PostgreSQL: each key is sent until it is answered.

What must hold, by the numbers of `invariants.py`: an acknowledged key has one ticket and one stored
reply (I1), no key has two (I2), every reply to a key is the same, byte for byte (I3), indexes agree
with their tables (I4), and numbers are unique (I6). Numbers may have gaps on PostgreSQL.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from random import Random
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from tests.support.nodes import Nodes
from tests.support.place import ticket

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.02
REPLY_SECONDS = 45

STORMS = 0.2
"""The part of the keys that is sent by several clients at once, to every server."""

STORM_CLIENTS = 4

INDEXES = """
SELECT count(bt_index_check(c.oid, true))
  FROM pg_class c JOIN pg_am a ON a.oid = c.relam
 WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relnamespace = 'public'::regnamespace
"""

SQL_TICKETS = "SELECT subject, number FROM ticket"
SQL_REPLIES = "SELECT key_sha256, body FROM idem"


class ShopLoad:
    """`servers` are base URLs by name, which the test changes when a server has another port."""

    def __init__(
        self,
        shop: Nodes,
        servers: Mapping[str, str],
        token: str,
        *,
        clients: int = 6,
        seed: int = 0,
    ) -> None:
        self._shop, self._servers, self._token = shop, servers, token
        self._clients, self._seed = clients, seed
        self._is_over = False
        self._lock = threading.Lock()
        self.acknowledged: dict[str, bytes] = {}
        """The reply to each key."""

        self.retries = 0
        self._broken: list[str] = []

    def run_while(self, harm: Callable[[], None]) -> None:
        with ThreadPoolExecutor(self._clients) as clients:
            chances = [Random(f"{self._seed} {number}") for number in range(self._clients)]
            done = [clients.submit(self._work, chance) for chance in chances]
            try:
                harm()
            finally:
                self._is_over = True
            for each in done:
                each.result()

    def violations(self) -> list[str]:
        """What is broken so far, while the load runs or after it."""
        known = dict(self.acknowledged)
        tickets, stored = self._stored()
        subjects = Counter(subject for subject, _ in tickets)
        numbers = {number for _, number in tickets}
        return [
            *self._broken,
            *(f"I2: {key} has {count} tickets" for key, count in subjects.items() if count > 1),
            *(f"I1: {key} was acknowledged and is lost" for key in known if not subjects[key]),
            *(f"I3: {key} is stored with another reply" for key, told in known.items()
              if stored.get(sha256(key.encode()).digest()) != told),
            *(["I6: a number is there twice"] if len(numbers) < len(tickets) else []),
        ]  # fmt: skip

    def violations_at_the_end(self) -> list[str]:
        """What is broken once every key is answered: a ticket that nobody asked for, too, and an
        index that lacks a row."""
        with self._shop.connection() as connection:
            subjects = {subject for subject, _ in connection.execute(SQL_TICKETS)}
            connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
            assert connection.execute(INDEXES).fetchone() > (20,)
        return [
            *self.violations(),
            *(f"I1: nobody asked for {key}" for key in subjects - self.acknowledged.keys()),
        ]

    def _stored(self) -> tuple[list[tuple[str, int]], dict[bytes, bytes]]:
        """Subject and number of each ticket, and each stored reply. The database may only be
        recovering."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self._shop.connection() as connection:
                    tickets = connection.execute(SQL_TICKETS).fetchall()
                    replies = connection.execute(SQL_REPLIES).fetchall()
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the database does not recover"
                time.sleep(PAUSE_SECONDS)
            else:
                return tickets, {bytes(key): bytes(body) for key, body in replies}

    def _work(self, chance: Random) -> None:
        while not self._is_over:
            key = str(uuid4())
            if chance.random() < STORMS:
                self._storm(key, chance)
            else:
                self._note(key, self._sent(key, [*self._servers], chance))

    def _storm(self, key: str, chance: Random) -> None:
        """Several clients send one key at once, each to a server of its own at first."""
        names = [*self._servers]
        orders = [
            (names[number % len(names) :] + names, Random(chance.random()))
            for number in range(STORM_CLIENTS)
        ]
        with ThreadPoolExecutor(STORM_CLIENTS) as clients:
            for reply in clients.map(lambda one: self._sent(key, *one), orders):
                self._note(key, reply)

    def _note(self, key: str, reply: bytes) -> None:
        with self._lock:
            if self.acknowledged.setdefault(key, reply) != reply:
                self._broken.append(f"I3: {key} was told two outcomes")

    def _sent(self, key: str, servers: list[str], chance: Random) -> bytes:
        """Send a request to one server after the other until one acknowledges it."""
        until = time.monotonic() + PATIENCE_SECONDS
        turn = chance.randrange(len(servers))
        while True:
            try:
                status, raw = self._once(self._servers[servers[turn % len(servers)]], key)
            except (OSError, http.client.HTTPException):
                status, raw = 0, b""
            if status == 200:
                return raw
            assert not status or json.loads(raw)["retryable"], raw
            assert time.monotonic() < until, f"nobody answers: {status} {raw!r}"
            turn += 1
            self.retries += 1
            time.sleep(PAUSE_SECONDS)

    def _once(self, base_url: str, key: str) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
            "Idempotency-Key": key,
        }  # fmt: skip
        host = urlsplit(base_url).netloc
        with closing(http.client.HTTPConnection(host, timeout=REPLY_SECONDS)) as connection:
            connection.request("POST", "/api/create_ticket", json.dumps(ticket(key)), headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
