"""Files of another user, left by root with this HOME for example, are named."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.contract.files import lockfile

START = ("server", "start", "--port", "0", "--detach")
VERBS = (
    ("server", "status"), ("server", "url"), ("server", "stop"), ("server", "logs"),
    ("server", "wait-ready", "--timeout", "1"),
)  # fmt: skip


def powerless(cli: Cli, *words: str) -> Ran:
    """As somebody whom the mode of a file binds, which it does not bind root."""
    bound = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*bound, *cli.command(words)], env=cli.environ({}), cwd=cli.folder, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def closed(run: Cli) -> Iterator[list[Path]]:
    """What is listed here is opened again at the end."""
    paths: list[Path] = []
    yield paths
    for path in reversed(paths):
        path.chmod(0o700)
    run("server", "stop")


def close(paths: list[Path], path: Path) -> Path:
    path.chmod(0)
    paths.append(path)
    return path


@pytest.mark.parametrize("what", ["name", "names", "database", "data"])
def test_command_names_the_file_that_it_may_not_read(
    run: Cli, closed: list[Path], what: str
) -> None:
    data = run.home / "data" / "tickiti"
    assert run(*START).code == 0
    if what in ("database", "data"):
        (run.config / "servers" / "local.lock").unlink()
    path = {
        "name": run.config / "servers" / "local.lock",
        "names": run.config / "servers",
        "database": lockfile.path_for(data / "tickiti.db"),
        "data": data,
    }[what]
    close(closed, path)
    for words in (*VERBS, START):
        ran = powerless(run, *words)
        assert (ran.code, ran.stdout) == (3, ""), (words, ran)
        assert str(path) in ran.stderr
        assert "Permission denied" in ran.stderr
        assert "sudo chown" in ran.stderr
    if what != "name":
        assert powerless(run, "doctor").code == 13
    rows = {
        row["name"]: row for row in json.loads(powerless(run, "doctor", "--json").stdout)
    }  # the checks after the one that cannot be made are made
    assert rows["local server"]["state"] == "fail"
    assert str(path) in rows["local server"]["detail"]
    assert "completion" in rows


def test_unreadable_log_is_named(run: Cli, closed: list[Path]) -> None:
    assert run(*START).code == 0
    log = close(closed, run.home / "data" / "tickiti" / "server.log")
    ran = powerless(run, "server", "logs")
    assert (ran.code, ran.stdout) == (3, "")
    assert f"{log} cannot be read: Permission denied." in ran.stderr


@pytest.mark.parametrize("what", ["config", "journal", "config/config.toml"])
def test_doctor_continues_after_an_unreadable_file(
    remote: Cli, closed: list[Path], what: str
) -> None:
    (remote.config / "journal").mkdir(exist_ok=True)
    path = remote.config if what == "config" else remote.config / Path(what).name
    close(closed, path)
    ran = powerless(remote, "doctor", "--json")
    assert ran.code == 13
    rows = json.loads(ran.stdout)
    assert any(row["state"] == "fail" and str(path) in row["detail"] for row in rows)
    assert {"version", "sqlite", "completion"} <= {row["name"] for row in rows}
    assert "a bug" not in ran.stderr


def test_server_of_another_user_is_not_stopped(run: Cli) -> None:
    folder = run.config / "servers"
    folder.mkdir(parents=True)
    lock = lockfile.acquire(folder / "local.lock")
    lockfile.write(lock, lockfile.Running(pid=1, port=1, name="local", database="/x/t.db"))
    ran = powerless(run, "server", "stop") if os.geteuid() else _as_nobody_would(run)
    os.close(lock)
    assert ran.code in (2, 13)
    assert "Traceback" not in ran.stderr


def _as_nobody_would(run: Cli) -> Ran:
    """Without the right to signal others; process 1 itself ignores what root sends."""
    return powerless(run, "server", "stop", "--timeout", "0.2")
