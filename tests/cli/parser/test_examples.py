"""Every example of the help works when it is pasted, on a new `--demo --test` server.

All of them run in the order of the help, on one server, in a folder with the sample files. Those
that end a token or the server, or empty its log of requests, run last.
`tests/cli/commands/test_server.py` and `test_init.py` paste those that start a server, and
`test_server_migrate.py` those that need PostgreSQL.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import decisions
from tests.support.cli import Cli
from tickiti_cli.reference.tree import read_tree

LAST = (
    "server snapshot",
    "server reset",
    "token revoke --self",
    "auth logout",
    "server stop",
    "server restore",
    "server check",
)
"""Examples after which others would fail, in the order in which they work. A snapshot that is
loaded empties the log of requests, as a reset does."""

QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
SIGN = re.compile(r"[^\w\s./:=,@+%-]")
"""What may have a meaning of its own for a shell, outside of quotation marks."""

INSTALL = "https://support.sole-trader.example"


def _rank(line: str) -> int:
    return next((rank for rank, part in enumerate(LAST, start=1) if part in line), 0)


LINES = sorted((line for command in read_tree().commands for line in command.examples), key=_rank)
PASTED_ELSEWHERE = ("tickiti server start", "tickiti init", "tickiti server migrate")
EXAMPLES = [line for line in LINES if not any(start in line for start in PASTED_ELSEWHERE)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A demo server and the sample files; src is a git repository. The profile prod is the same
    server, and the profile test a server in test mode with the same data."""
    run = Cli(tmp_path_factory.mktemp("examples"))
    started = run("server", "start", "--demo", "--test", "--port", "0", "--detach")
    assert (started.code, started.stderr) == (0, "")
    assert run("server", "sample-files").code == 0
    subprocess.run(["git", "init", "-q", "src"], cwd=run.folder, check=True)
    full = ("--preset", "full", "--ability", "manage-tokens")
    run("token", "mint", "--name", "prod", *full, "--out", "prod.token")
    login = ("auth", "login", "-p", "prod", "--base-url", started.stdout.strip())
    assert run(*login, "--from-file", "prod.token").code == 0
    testing = ("--name", "test", "--test", "--memory", "--demo")
    assert run("server", "start", *testing, "--port", "0", "--detach").code == 0
    yield run
    run("server", "stop", "--name", "test")
    run("server", "stop")


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works_when_pasted(demo: Cli, line: str) -> None:
    if "--assisted" in line:
        _exchange_as_a_person(demo, line)
    elif "callback listen" in line:
        decisions.listen_and_leave(demo, line.replace("tickiti", shlex.join(demo.command(()))))
    elif line.endswith("config edit"):
        assert demo.on_terminal("config", "edit", EDITOR="true").code == 0
    elif "auth login" in line and "--token-" not in line:
        _log_in_as_a_person(demo, line)
    else:
        _paste(demo, line)


def _paste(run: Cli, line: str) -> None:
    line = line.replace("pass show tickiti/prod", "cat prod.token")
    if INSTALL in line:
        line = line.replace(INSTALL, _address(run))
    environ = {"BROWSER": "true", "PATH": _path()}
    if not _needs_a_shell(line):
        ran = run(*shlex.split(line)[1:], **environ)
        assert (ran.code, "tickiti:" in ran.stderr) == (0, False), ran.stderr
        return
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        env=run.environ(environ),
        cwd=run.folder,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert (done.returncode, "tickiti:" in done.stderr.decode()) == (0, False), done.stderr


def _needs_a_shell(line: str) -> bool:
    """False for `tickiti` and plain or quoted words, which a shell splits as shlex does."""
    return not line.startswith("tickiti ") or bool(SIGN.search(QUOTED.sub("", line)))


def _path() -> str:
    """`tickiti` of this environment is the one that is found."""
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def _address(run: Cli) -> str:
    return run("server", "url").stdout.strip()


def _log_in_as_a_person(run: Cli, line: str) -> None:
    arguments = [word.replace(INSTALL, _address(run)) for word in shlex.split(line)[1:]]
    token = (run.folder / "prod.token").read_text().strip()
    asked = {
        "Server address": f"{_address(run)}\n", "Token: ": f"{token}\n", "Store it in": "\n"
    }  # fmt: skip
    if "--base-url" in arguments:
        del asked["Server address"]
    ran = run.on_terminal(*arguments, answers=[*asked.items()])
    assert ran.code == 0
    assert token not in ran.stdout
    assert re.search(r"Stored profile '[a-z]+' for http://127\.0\.0\.1:[0-9]+\.\n", ran.stdout)


def _exchange_as_a_person(run: Cli, line: str) -> None:
    abilities = ("--preset", "full", "--ability", "manage-tokens")
    new = run("token", "mint", "--name", "new", *abilities).stdout
    ran = run.on_terminal(*shlex.split(line)[1:], asked="New token: ", typed=new)
    assert ran.code == 0
    assert "Administration -> API keys.\n" in ran.stdout
    assert new.strip() not in ran.stdout
