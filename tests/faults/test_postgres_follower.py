"""Lists and exports of the command line miss nothing while 16 clients write through two servers.

A follower remembers the highest number, or the latest response, that it has seen. So whatever a
list or an export shows, nothing in front of its end may appear later. An export that is killed and
resumed, at the other server, keeps to the same.

By hand: TICKITI_TEST_SECONDS=120.
"""

import json
import os
import signal
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import tomli_w

from tests.support import postgres
from tests.support.cli import Cli, Ran
from tests.support.cluster import cluster, is_installed
from tests.support.faults.shop_load import ShopLoad
from tests.support.nodes import Nodes

SECONDS = float(os.environ.get("TICKITI_TEST_SECONDS", "5"))
WRITERS = 16

EVERY_TICKET = "SELECT number FROM ticket ORDER BY number"
EVERY_RESPONSE = "SELECT id FROM response ORDER BY created_at, id"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Nodes]:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    url = postgres.url_of(tmp_path / "followed.db")
    ours = Nodes(Cli(tmp_path / "home"), url, cluster().passfile)
    yield ours
    for name in ("one", "two"):
        ours.tickiti("server", "stop", "--name", name)


class Follower:
    """Reads again and again, at each server in turn.

    Its profile has one name and the address of the server whose turn it is, because a resumed
    export refuses another profile.
    """

    def __init__(self, shop: Nodes, folder: Path) -> None:
        self._shop, self._folder = shop, folder
        self._profiles = tomllib.loads(self._file("config").read_text())["profiles"]
        self._file("credentials").write_text(tomli_w.dumps({"shop": {"token": shop.token("one")}}))
        self._turn = 0
        self.tickets: list[list[int]] = []
        self.responses: list[list[int]] = []
        self.resumed = 0

    def follow(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        chance = Random(seconds)
        while time.monotonic() < until or self._turn < 3:
            words = ("ticket", "list", "--all", "--sort", "number", "-o", "ndjson")
            listed = self._at(self._turn, *words)
            rows = [json.loads(line)["number"] for line in listed.stdout.splitlines()]
            self.tickets.append(rows)
            self.tickets.append(self._export("ticket", "number", chance))
            self.responses.append(self._export("response", "id", chance))
            self._turn += 1

    def _export(self, noun: str, field: str, chance: Random) -> list[int]:
        """Kill an export in the middle, and resume it at the other server."""
        file = self._folder / f"{noun}-{self._turn}.ndjson"
        words = (noun, "export", "--out", str(file), "--fields", field)
        self._turn_to(self._turn)
        first = self._shop.run.start("-p", "shop", *words)
        checkpoint = file.with_name(f"{file.name}.part.json")
        while first.poll() is None and not checkpoint.exists():
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        first.send_signal(signal.SIGKILL)
        first.communicate()
        if not file.exists():
            self.resumed += checkpoint.exists()
            ran = self._at(self._turn + 1, *words, "--resume")
            assert ran.code == 0, ran.stderr
        return [int(json.loads(line)[field]) for line in file.read_text().splitlines()]

    def _at(self, turn: int, *words: str) -> Ran:
        self._turn_to(turn)
        return self._shop.run("-p", "shop", *words)

    def _turn_to(self, turn: int) -> None:
        server = self._profiles[("one", "two")[turn % 2]]
        self._file("config").write_text(tomli_w.dumps({"profiles": {"shop": server}}))

    def _file(self, name: str) -> Path:
        return self._shop.run.config / f"{name}.toml"


@pytest.mark.timeout(180 + 2 * SECONDS)
def test_a_follower_over_two_servers_misses_nothing(shop: Nodes, tmp_path: Path) -> None:
    servers = {name: shop.start("--name", name) for name in ("one", "two")}
    load = ShopLoad(shop, servers, shop.token("one"), clients=WRITERS)
    follower = Follower(shop, tmp_path)
    load.run_while(lambda: follower.follow(SECONDS))
    assert load.violations_at_the_end() == []
    with shop.connection() as connection:
        tickets = [number for (number,) in connection.execute(EVERY_TICKET)]
        responses = [response for (response,) in connection.execute(EVERY_RESPONSE)]
    print(f"{len(tickets)} tickets, {len(follower.tickets)} lists, {follower.resumed} resumed")
    for seen in follower.tickets:
        assert seen == tickets[: len(seen)]
    for seen in follower.responses:
        assert seen == responses[: len(seen)]
    assert len(follower.tickets[-1]) > WRITERS
    assert len(follower.responses[-1]) > WRITERS
    assert follower.resumed > 0
