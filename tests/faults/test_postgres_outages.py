"""The database restarts, fails over to its standby, loses the standby, is full, or is reached
through a PgBouncer that ends: requests get a 503 that may be retried, nothing acknowledged is lost,
and the server recovers by itself."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import postgres
from tests.support.cli import Cli
from tests.support.cluster import cluster, is_installed, program
from tests.support.faults.shop_load import ShopLoad
from tests.support.nodes import Nodes
from tests.support.pgbouncer import CONNECTIONS, PgBouncer
from tests.support.replication import Pair, pair
from tests.support.waiting import wait_until

CLIENTS = 20
IN_TURN = 24
CUT_OFF_SECONDS = 0.5
RESTORED = 12

WAITS_FOR_STANDBY = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture(scope="module")
def replicated() -> Iterator[Pair]:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    with pair() as both:
        yield both


@pytest.fixture
def shop(replicated: Pair, tmp_path: Path) -> Iterator[Nodes]:
    replicated.empty()
    ours = Nodes(Cli(tmp_path / "home"), replicated.url, replicated.primary.passfile)
    yield ours
    ours.tickiti("server", "stop")


def test_a_restart_and_a_lost_standby_are_a_503_until_they_are_back(
    shop: Nodes, replicated: Pair
) -> None:
    base_url = shop.start()
    token = shop.token()
    assert shop.create(base_url, token, "before")[0] == 200

    replicated.primary.stop()
    assert refusal(shop.create(base_url, token, "restart")) == (503, "storage_unavailable", True)
    assert httpx.get(f"{base_url}/_tickiti/readyz").status_code == 503
    assert httpx.get(f"{base_url}/_tickiti/healthz").status_code == 200
    replicated.primary.start()
    replicated.wait_until_synchronous()
    wait_until(lambda: httpx.get(f"{base_url}/_tickiti/readyz").status_code == 200)
    assert shop.create(base_url, token, "restart")[0] == 200

    # An administrator who ends the wait for the standby makes the commit neither sure nor undone.
    replicated.standby.stop()
    with ThreadPoolExecutor(1) as client:
        waiting = client.submit(shop.create, base_url, token, "standby")
        with replicated.primary.connect() as connection:
            wait_until(lambda: connection.execute(WAITS_FOR_STANDBY).fetchone())
            (pid,) = connection.execute(WAITS_FOR_STANDBY).fetchone() or ()
            connection.execute("SELECT pg_cancel_backend(%s)", [pid])
        assert refusal(waiting.result()) == (503, "storage_unavailable", True)
    replicated.standby.start()
    replicated.wait_until_synchronous()
    again = shop.create(base_url, token, "standby")
    assert again[0] == 200
    assert shop.create(base_url, token, "standby") == again
    assert len(shop.numbers()) == 3


def test_a_dump_that_is_restored_into_a_fresh_cluster_is_listed_and_exported_whole(
    shop: Nodes, tmp_path: Path
) -> None:
    """What a list by number waits for is nothing that a dump brings along."""
    old = shop._replace(url=postgres.url_of(tmp_path / "old.db"), passfile=cluster().passfile)
    base_url = old.start("--name", "old")
    token = old.token("old")
    first = [old.create(base_url, token, f"{number}") for number in range(RESTORED)]
    old.tickiti("server", "stop", "--name", "old")
    dump = tmp_path / "shop.dump"
    said = old.tickiti("server", "backup", str(dump), "--db", old.url).stderr
    _as_told(said, old.passfile)
    said = old.tickiti("server", "restore", str(dump), "--yes", "--db", shop.url).stderr
    _as_told(said, shop.passfile)

    base_url = shop.start("--first-token-file", str(_kept(tmp_path, token)), "--no-profile")
    assert [shop.create(base_url, token, f"{number}") for number in range(RESTORED)] == first
    assert shop.create(base_url, token, "new")[0] == 200
    own = {"TICKITI_API_BASE": base_url, "TICKITI_API_TOKEN": token}
    whole = [220009 + number for number in range(RESTORED + 1)]
    listed = shop.run("ticket", "list", "--all", "--fields", "number", **own)
    assert sorted(map(int, listed.stdout.split())) == whole
    for words in (("ticket", "--fields", "number"), ("response", "--fields", "ticket_number")):
        noun, *fields = words
        rows = shop.run(noun, "export", "--out", "-", "--format", "ndjson", *fields, **own)
        numbers = [next(iter(json.loads(line).values())) for line in rows.stdout.splitlines()]
        assert numbers == whole, noun


def _as_told(said: str, passfile: Path) -> None:
    """Run the command of PostgreSQL that the command line has named."""
    words = shlex.split(said.splitlines()[-1])
    environ = {**os.environ, "PGPASSFILE": str(passfile)}
    subprocess.run([program(words[0]), *words[1:]], env=environ, check=True, timeout=60)


def _kept(folder: Path, token: str) -> Path:
    file = folder / "token"
    file.write_text(f"{token}\n")
    file.chmod(0o600)
    return file


@contextmanager
def frozen(shop: Nodes, postmaster: int, *, backends: bool) -> Iterator[None]:
    """Stop the process that lets connections in, or every process of the cluster."""
    pids = [postmaster]
    if backends:
        with shop.connection() as connection:
            others = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            pids += [pid for (pid,) in connection.execute(others)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("backends", [False, True])
def test_a_frozen_database_does_not_keep_its_server_from_ending(
    tmp_path: Path, backends: bool
) -> None:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    url = postgres.url_of(tmp_path / "shop.db")
    shop = Nodes(Cli(tmp_path / "home"), url, cluster().passfile)
    base_url = shop.start()
    token = shop.token()
    assert shop.create(base_url, token, "before")[0] == 200
    with frozen(shop, cluster().pid, backends=backends), ThreadPoolExecutor(1) as client:
        waiting = client.submit(suppressed, lambda: shop.create(base_url, token, "k"))
        stopping = shop.run.start("server", "stop", PGPASSFILE=str(shop.passfile))
        _, said = stopping.communicate(timeout=60)
        assert stopping.returncode == 0, said
        waiting.result(60)
    if backends:
        log = shop.tickiti("server", "logs").stdout
        assert "The time to stop is over: what still runs is left behind" in log
    shop.start()
    assert 220009 in shop.numbers()
    shop.tickiti("server", "stop")


def suppressed(run: Callable[[], object]) -> None:
    with suppress(httpx.HTTPError):
        run()


def refusal(reply: tuple[int, Any]) -> tuple[int, str, bool]:
    status, body = reply
    return status, body["code"], body["retryable"]


def test_a_failover_under_load_loses_and_doubles_no_ticket(shop: Nodes, replicated: Pair) -> None:
    """The primary is killed, and its synchronous standby promoted. The last test of the pair."""
    servers = {"local": shop.start()}
    load = ShopLoad(shop, servers, shop.token(), clients=CLIENTS)

    def fail_over() -> None:
        wait_until(lambda: len(load.acknowledged) > 5 * CLIENTS)
        # What is committed from now on is not sent to the standby.
        os.kill(replicated.sender, signal.SIGSTOP)
        time.sleep(CUT_OFF_SECONDS)
        replicated.primary.kill()
        replicated.promote()
        before = len(load.acknowledged)
        wait_until(lambda: len(load.acknowledged) > before + 2 * CLIENTS)
        assert load.violations() == []

    load.run_while(fail_over)
    assert load.violations_at_the_end() == []


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of a few megabytes that belongs to the cluster's user."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    if not is_installed():
        pytest.skip("postgresql is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tickiti-disk-"))
    folder.chmod(0o711)
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], check=True)
    shutil.chown(disk, "postgres")
    yield disk
    subprocess.run(["umount", disk], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def crowded(small_disk: Path, tmp_path: Path) -> Iterator[Nodes]:
    """A database on the small disk."""
    with cluster().connect() as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        connection.execute("CREATE DATABASE crowded TABLESPACE small")
    ours = Nodes(Cli(tmp_path / "home"), cluster().url("crowded"), cluster().passfile)
    yield ours
    ours.tickiti("server", "stop")
    with cluster().connect() as connection:
        connection.execute("DROP DATABASE crowded WITH (FORCE)")
        connection.execute("DROP TABLESPACE small")


def test_a_full_disk_refuses_writes_still_replays_and_recovers(
    crowded: Nodes, small_disk: Path
) -> None:
    base_url = crowded.start()
    token = crowded.token()
    first = crowded.create(base_url, token, "before")
    assert first[0] == 200
    # Made before the disk is full, because a new connection may have to write a file.
    with crowded.connection() as connection:
        _refuse_while_full(crowded, small_disk / "filler", base_url, token, connection)
    assert crowded.create(base_url, token, "before") == first


def _refuse_while_full(
    crowded: Nodes, filler: Path, base_url: str, token: str, connection: Any
) -> None:
    def tickets() -> int:
        (count,) = connection.execute("SELECT count(*) FROM ticket").fetchone()
        return int(count)

    def is_refused() -> bool:
        """What pages still have room for is written first."""
        reply = crowded.create(base_url, token, f"filler {time.monotonic_ns()}", size=100_000)
        return reply[0] != 200 and refusal(reply) == (503, "storage_full", True)

    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    wait_until(is_refused)
    assert crowded.create(base_url, token, "before")[0] == 200
    had = tickets()
    assert refusal(crowded.create(base_url, token, "full", size=100_000))[1] == "storage_full"
    assert tickets() == had
    filler.unlink()
    assert crowded.create(base_url, token, "full", size=100_000)[0] == 200
    assert tickets() == had + 1


@pytest.fixture
def bouncer() -> Iterator[PgBouncer]:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tickiti-pgbouncer-"))
    folder.chmod(0o711)
    between = PgBouncer(folder, cluster())
    between.start()
    yield between
    between.stop()
    shutil.rmtree(folder)


def test_a_server_works_through_pgbouncer_and_recovers_with_it(
    tmp_path: Path, bouncer: PgBouncer
) -> None:
    url = f"{postgres.url_of(tmp_path / 'shop.db')}?pooler=127.0.0.1:{bouncer.port}"
    shop = Nodes(Cli(tmp_path / "home"), url, cluster().passfile)
    servers = {name: shop.start("--name", name) for name in ("one", "two")}
    try:
        load = ShopLoad(shop, servers, shop.token("one"))

        def end_and_start() -> None:
            wait_until(lambda: len(load.acknowledged) > 50)
            assert _backends(shop) <= CONNECTIONS
            bouncer.stop()
            reply = shop.create(servers["one"], shop.token("one"), "between")
            assert refusal(reply) == (503, "storage_unavailable", True)
            bouncer.start()
            before = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) > before + 50)

        load.run_while(end_and_start)
        assert load.violations_at_the_end() == []
        many = len(load.acknowledged)
        # Statements that repeat: one that is prepared is unknown to the next connection.
        in_turn = [
            shop.create(servers[("one", "two")[n % 2]], shop.token("one"), f"in turn {n}")
            for n in range(IN_TURN)
        ]
        assert {status for status, _ in in_turn} == {200}
        many += IN_TURN
        # Lists, searches and exports read with a cursor, in a snapshot.
        searched = shop.tickiti("-p", "two", "ticket", "list", "--search", "content=MILE", "--all")
        exported = shop.tickiti("-p", "two", "response", "export", "--out", "-")
        assert [searched.stdout.count("\n"), exported.stdout.count("\n")] == [many, many]
        assert json.loads(shop.tickiti("server", "check", url, "--json").stdout)["tickets"] == many
    finally:
        for name in servers:
            shop.tickiti("server", "stop", "--name", name)


def _backends(shop: Nodes) -> int:
    """The connections of PgBouncer to the database, whose name they do not have."""
    own = "application_name LIKE 'tickiti%' AND datname = current_database()"
    found: int = shop.value(f"SELECT count(*) FROM pg_stat_activity WHERE {own}")
    return found
