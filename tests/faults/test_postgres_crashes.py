"""Servers that share a database are killed under load, and so is the database.

Nothing acknowledged is lost, and no key makes two tickets. Clients send each request with its key
until it is answered, as the command line does; a part of the keys is sent by several at once, to
all servers. After every kill the database is compared with what clients were told.

By hand: TICKITI_TEST_KILLS=100.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.cli import Cli
from tests.support.cluster import cluster, is_installed
from tests.support.faults.shop_load import ShopLoad
from tests.support.nodes import Nodes
from tests.support.place import holds_files
from tests.support.waiting import wait_until

KILLS = int(os.environ.get("TICKITI_TEST_KILLS", "3"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
CLIENTS = 6

BACKENDS = """
SELECT pid FROM pg_stat_activity
 WHERE application_name LIKE 'tickiti%' AND datname = current_database()
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


def harm(shop: Nodes, names: list[str], kill: Callable[[dict[str, str], int], None]) -> ShopLoad:
    """Run clients of these servers, and kill in the middle, KILLS times."""
    chance = random.Random(SEED)
    servers = {name: shop.start("--name", name) for name in names}
    load = ShopLoad(shop, servers, shop.token(names[0]), clients=CLIENTS, seed=SEED)

    def kill_and_look() -> None:
        for cycle in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.5))
            kill(servers, cycle)
            before = len(load.acknowledged)
            wait_until(lambda before=before: len(load.acknowledged) > before + CLIENTS)
            assert load.violations() == [], f"seed {SEED}, cycle {cycle}"

    load.run_while(kill_and_look)
    print(f"seed {SEED}: {KILLS} kills, {len(load.acknowledged)} keys, {load.retries} retries")
    assert load.violations_at_the_end() == [], f"seed {SEED}"
    assert len(load.acknowledged) > KILLS * CLIENTS
    return load


def kill_server(shop: Nodes, servers: dict[str, str], name: str) -> None:
    pid = shop.status("--name", name)["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not holds_files(pid))
    servers[name] = shop.start("--name", name)


def backends(shop: Nodes) -> list[int]:
    """The processes of PostgreSQL that serve connections of ours."""
    with shop.connection() as connection:
        return [pid for (pid,) in connection.execute(BACKENDS)]


@pytest.mark.timeout(120 + 10 * KILLS)
def test_a_killed_server_loses_and_doubles_nothing(shop: Nodes) -> None:
    harm(shop, ["one"], lambda servers, _: kill_server(shop, servers, "one"))


@pytest.mark.timeout(120 + 10 * KILLS)
def test_a_killed_server_of_two_loses_and_doubles_nothing(shop: Nodes) -> None:
    names = ["one", "two"]
    harm(shop, names, lambda servers, cycle: kill_server(shop, servers, names[cycle % 2]))


@pytest.mark.timeout(120 + 10 * KILLS)
def test_a_killed_postmaster_loses_and_doubles_nothing(shop: Nodes) -> None:
    """In turn with one of its processes, after which PostgreSQL ends all others and recovers."""

    def kill(_servers: dict[str, str], cycle: int) -> None:
        if cycle % 3 == 2:
            wait_until(lambda: backends(shop))
            os.kill(backends(shop)[0], signal.SIGKILL)
        else:
            cluster().kill()
            cluster().start()

    harm(shop, ["one", "two"], kill)
