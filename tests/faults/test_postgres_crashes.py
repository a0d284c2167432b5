"""A database that crashes, and servers that are killed, under load.

Nothing acknowledged is lost, and no key makes two tickets.

A backend that is killed makes PostgreSQL end every other one and recover from its log. Clients send
each request with its key until it is answered, as the command line does.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.support import postgres
from tests.support.cli import Cli
from tests.support.cluster import cluster, is_installed
from tests.support.nodes import Nodes
from tests.support.place import holds_files
from tests.support.waiting import wait_until

CYCLES = 2
CLIENTS = 6
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 60

BACKENDS = """
SELECT pid FROM pg_stat_activity
 WHERE application_name = 'tickiti' AND datname = current_database()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Nodes]:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    url = postgres.url_of(tmp_path / "crashes.db")
    ours = Nodes(Cli(tmp_path / "home"), url, cluster().passfile)
    yield ours
    for name in ("one", "two"):
        ours.tickiti("server", "stop", "--name", name)


class Load:
    """Clients that create tickets one after the other, each with a key of its own."""

    def __init__(self, shop: Nodes, servers: dict[str, str], token: str) -> None:
        self._shop, self._servers, self._token = shop, servers, token
        self._is_over = False
        self.acknowledged: dict[str, int] = {}
        """The number of each key's ticket."""

    def run_while(self, harm: Callable[[], None]) -> None:
        with ThreadPoolExecutor(CLIENTS) as clients:
            done = [clients.submit(self._create, Random(seed)) for seed in range(CLIENTS)]
            try:
                harm()
            finally:
                self._is_over = True
            for each in done:
                each.result()

    def _create(self, choose: Random) -> None:
        while not self._is_over:
            key = str(uuid4())
            self.acknowledged[key] = self._sent(key, choose)

    def _sent(self, key: str, choose: Random) -> int:
        """Send a request to any server until one acknowledges it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            server = choose.choice([*self._servers.values()])
            with suppress(httpx.TransportError):
                status, reply = self._shop.create(server, self._token, key)
                if status == 200:
                    return int(reply["data"]["ticket_number"])
                assert reply["retryable"], reply
            assert time.monotonic() < until, "nobody answers"
            time.sleep(0.05)

    def check(self) -> None:
        """Every acknowledged ticket is there, and no key has two; a key that nobody was told of may
        have one."""
        numbers = [*self.acknowledged.values()]
        assert len(numbers) == len(set(numbers))
        assert set(self._shop.numbers()) == set(numbers)
        assert len(numbers) > CYCLES


def test_a_crashing_database_loses_and_doubles_nothing(shop: Nodes) -> None:
    servers = {"one": shop.start("--name", "one")}
    load = Load(shop, servers, shop.token("one"))

    def crash() -> None:
        for _ in range(CYCLES):
            time.sleep(PAUSE_SECONDS)
            before = len(load.acknowledged)
            with postgres.connection_to(shop.url) as connection:
                (pid,), *_ = connection.execute(BACKENDS).fetchall()
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda before=before: len(load.acknowledged) > before + CLIENTS)
        _wait_for_the_database(shop)

    load.run_while(crash)
    load.check()


def test_a_killed_server_of_two_loses_and_doubles_nothing(shop: Nodes) -> None:
    servers = {name: shop.start("--name", name) for name in ("one", "two")}
    load = Load(shop, servers, shop.token("one"))

    def kill() -> None:
        for cycle in range(CYCLES):
            time.sleep(PAUSE_SECONDS)
            name = ("one", "two")[cycle % 2]
            pid = shop.status("--name", name)["pid"]
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: not holds_files(pid))
            servers[name] = shop.start("--name", name)

    load.run_while(kill)
    load.check()


def _wait_for_the_database(shop: Nodes) -> None:
    def answers() -> bool:
        with suppress(psycopg.OperationalError), postgres.connection_to(shop.url):
            return True
        return False

    wait_until(answers)
