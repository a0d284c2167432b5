"""A fork of the tests' fork server behaves as the `python -m tickiti_cli` of a user."""

import os
import re
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.support import fork_server
from tests.support.cli import Cli, pid_of
from tests.support.forked_process import ForkedProcess, begin

SECONDS = 30

DATABASE = "t.db"
"""The files of a database are opened when they are needed, so that their number differs."""

KNOWN = ("Umask", "SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Groups", "CapEff")
"""Lines of /proc/PID/status that do not change while a server runs."""

COMMANDS = (
    ("version",),
    ("version", "--json"),
    ("ticket", "creat"),
    ("ticket", "create", "--help"),
    ("config", "path"),
    ("config", "list", "--json"),
    ("ticket", "create", "--from", "a@b.example", "-s", "x", "--body-file", "-", "--dry-run"),
    ("ticket", "list", "--base-url", "http://127.0.0.1:1", "--token", "1|x", "--retries", "0"),
    ("ticket", "create", "--body", "\udcff"),
    (),
)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_fork_has_the_code_and_the_streams_of_a_new_interpreter(
    run: Cli, words: tuple[str, ...]
) -> None:
    given = "Cracked at mile 14: \u00fc\n" * 10_000
    command = fork_server.Command(words, given.encode(), run.environ({}), run.folder)
    assert fork_server.fork(command, SECONDS) == fork_server.start(command, SECONDS)


def test_a_fork_without_standard_input_is_as_one_that_a_shell_closed_it_for(run: Cli) -> None:
    words = ("ticket", "create", "--from", "a@b.example", "-s", "x", "--body-file", "-")
    shell = ("sh", "-c", 'exec "$@" <&-', "sh", *run.command(words))
    started = subprocess.run(
        shell, env=run.environ({}), cwd=run.folder, capture_output=True, check=False
    )
    command = fork_server.Command(words, b"", run.environ({}), run.folder)
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        streams = (stdout.fileno(), stderr.fileno())
        code = ForkedProcess(*fork_server.begin(command, streams)).wait(SECONDS)
        for file in (stdout, stderr):
            file.seek(0)
        assert (code, stdout.read(), stderr.read()) == (
            started.returncode, started.stdout, started.stderr
        )  # fmt: skip
    assert code != 0


def test_a_fork_has_the_folder_and_the_umask_of_its_caller(run: Cli) -> None:
    assert run("version").code == 0  # the fork server runs, with another umask
    before = os.umask(0o027)
    try:
        assert run("server", "openapi", "--out", "here.json").code == 0
    finally:
        os.umask(before)
    assert (run.folder / "here.json").stat().st_mode & 0o777 == 0o640


def test_a_forked_server_has_the_signals_and_descriptors_of_a_new_interpreter(run: Cli) -> None:
    start = ("server", "start", "--port", "0", "--detach", "--db")
    forked, started = (run.home / name / DATABASE for name in ("forked", "started"))
    try:
        assert run(*start, str(forked), "--name", "forked").code == 0
        assert run.in_new_interpreter(*start, str(started), "--name", "started").code == 0
        assert _process(forked) == _process(started)
    finally:
        for database in (forked, started):
            run("server", "stop", "--db", str(database))


def test_a_server_in_the_foreground_has_them_too(run: Cli) -> None:
    """The command executes the server's program, which keeps its number."""
    words = ("server", "start", "--port", "0", "--db")
    environ, folder = run.environ({}), run.folder
    forked, started = (run.home / name / DATABASE for name in ("forked", "started"))
    with (run.folder / "log").open("wb") as log:
        named = (*words, str(forked), "--name", "forked")
        fork = begin("tickiti_cli", named, log, environ=environ, folder=folder)
        one = run.start(*words, str(started), "--name", "started", output=log)
        try:
            for database in (forked, started):
                ran = run("server", "wait-ready", "--db", str(database))
                assert ran.code == 0, ran.stderr
            assert isinstance(fork, ForkedProcess)
            assert (pid_of(forked), pid_of(started)) == (fork.pid, one.pid)
            assert _process(forked) == _process(started)
        finally:
            for process in (fork, one):
                process.terminate()
                assert process.wait(timeout=SECONDS) == 0


def test_a_fork_ends_with_its_signal(run: Cli) -> None:
    with (run.folder / "log").open("wb") as log:
        words = ("server", "start", "--port", "0", "--memory")
        fork = begin("tickiti_cli", words, log, environ=run.environ({}), folder=run.folder)
    assert fork.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        fork.wait(timeout=0.1)
    fork.kill()
    assert (fork.wait(timeout=SECONDS), fork.poll()) == (-signal.SIGKILL, -signal.SIGKILL)


def _process(database: Path) -> tuple[dict[str, str], set[str]]:
    """What the system knows of the server of a database, and the kinds of files that are open."""
    folder = Path("/proc") / str(pid_of(database))
    lines = (folder / "status").read_text().splitlines()
    state = dict(line.split(":\t", 1) for line in lines if line.startswith(KNOWN))
    leader = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
    state["leads its session"] = str(leader == int(folder.name))
    opened = [str(path.readlink()) for path in (folder / "fd").iterdir()]
    kinds = {re.sub(r"\d+|forked|started", "N", one) for one in opened if DATABASE not in one}
    return state, kinds
