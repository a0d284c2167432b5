"""The command line as a process: an isolated home for each test, one real server for all of them.

The rule of this file: nothing of the machine's own configuration reaches a test, and nothing a test
writes lies outside its temporary folder.
"""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cli import (
    Admin,
    Cli,
    Served,
)
from tests.support.databases import IS_POSTGRES, prepared_with_queues
from tests.support.foreign import Foreign
from tests.support.two_nodes import served_by_two
from tests.support.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def run(tmp_path: Path) -> Cli:
    """The command line where nothing is configured."""
    return Cli(tmp_path / "home")


@pytest.fixture
def database(run: Cli) -> Iterator[Path]:
    """A database that does not exist yet; whatever serves it is stopped."""
    path = run.home / "db" / "tickiti.db"
    yield path
    run("server", "stop", "--db", str(path))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the whole run; a test that needs an empty one starts its own. On PostgreSQL
    two servers of one database, behind nginx."""
    cli = Cli(tmp_path_factory.mktemp("served"))
    with served_by_two(cli) if IS_POSTGRES else _served_by_one(cli) as found:
        yield found


@contextmanager
def _served_by_one(cli: Cli) -> Iterator[Served]:
    database = cli.folder / "tickiti.db"
    port_file = cli.folder / "port"
    prepared_with_queues(database)
    words = ("--port", "0", "--port-file", str(port_file), "--db", str(database))
    with (cli.folder / "log").open("wb") as log:
        process = cli.start("server", "start", *words, output=log)
    try:
        wait_until(port_file.exists, process)
        base_url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        yield Served(base_url, cli.config, database, process.pid)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture
def admin(served: Served) -> Admin:
    credentials = tomllib.loads((served.config / "credentials.toml").read_text())
    return Admin(served.base_url, credentials["local"]["token"])


@pytest.fixture
def local(run: Cli, served: Served) -> Cli:
    """The command line with a profile `local` for the running server."""
    shutil.copytree(served.config, run.config)
    return run


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with Foreign() as server:
        yield server


@pytest.fixture
def remote(run: Cli, foreign: Foreign) -> Cli:
    """The command line with a profile for the foreign server."""
    run.configure(
        f'default_profile = "far"\n[profiles.far]\nbase_url = "{foreign.base_url}"\n',
        '[far]\ntoken = "7|secret-of-far"\ntoken_id = 7\n',
    )
    return run


@pytest.fixture
def small_disk(remote: Cli) -> Iterator[Path]:
    """A file system of half a megabyte under the folder of the journal."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    disk = remote.config / "journal"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)
