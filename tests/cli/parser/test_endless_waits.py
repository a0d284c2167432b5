"""No command waits for input without a terminal, or for a silent server without end."""

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from tests.support import fork_server
from tests.support.cli import Cli
from tests.support.commands import LEAVES
from tests.support.forked_process import ForkedProcess
from tickiti_cli.errors import ExitCode

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
"""Of the fixture that runs them all, on a busy machine; alone it needs some fifteen seconds."""

SECONDS = 10
AT_ONCE = 16
COMPLETE = {
    "ticket create": ("--from", "a@b.example", "-s", "x", "-b", "y"),
    "ticket respond": ("--from", "a@b.example", "-b", "y"),
    "ticket import": ("--format", "csv"),
    "ticket export": ("--format", "csv"),
    "email send": ("-s", "x", "-b", "y"),
    "email bulk": ("--format", "csv"),
    "template create": ("warranty", "-s", "x", "--content-file", "text"),
    "template edit": ("-s", "x"),
    "mailbox edit": ("--port", "25"),
    "outbox wait": ("--timeout", "1"),
    "token mint": ("--preset", "filer"),
    "ticket wait": ("--until", "status=closed", "--timeout", "1"),
    "ticket delete": ("1", "--yes"),
    "ticket merge": ("--yes",),
    "ticket tag": ("--add", "x"),
    "token edit": ("--name", "x"),
    "config get": ("timeout",),
    "config set": ("timeout", "60"),
    "token view": ("--self",),
    "token rotate": ("no such token",),
    "token retire": ("--yes",),
    "token revoke": ("1", "--yes"),
    "op resume": ("--all-pending",),
    "op forget": ("--yes",),
    "server requests wait": ("--timeout", "1"),
    "server wait-ready": ("--timeout", "1"),
    "api": ("create_ticket", "-f", "x=y"),
}
"""What makes a command run instead of naming the flag it lacks, beside what it always needs."""

VALUES = {
    "from": "a@b.example", "to": "a@b.example", "email": "a@b.example", "people": "a@b.example",
    "assignee": "a@b.example", "until": "2999-01-01", "address": "a@b.example", "file": "text",
    "pairs": "a=b", "operation": "20261124T090000-4711053f",
}  # fmt: skip
ASKING = ("ticket ", "template ", "email ", "mailbox ", "outbox ", "token ")
"""Nouns that are on a server, but for what needs a folder of templates, or no server at all."""

LASTING = ("server start", "callback listen")
"""Commands that are meant to go on."""

PATHS = [path for path in (" ".join(path) for path, _ in LEAVES) if path not in LASTING]

LEAVES_BY_NAME = {" ".join(path): (path, command) for path, command in LEAVES}


@dataclass(frozen=True, slots=True)
class Ended:
    code: int | None
    """None: it had to be killed."""

    seconds: float
    stderr: str


def arguments(path: tuple[str, ...], command: Any) -> list[str]:
    """A command line that says all that it must."""
    words = [*path]
    for parameter in command.params:
        if parameter.required:
            is_option = parameter.param_type_name == "option"
            words += [parameter.opts[0]] if is_option else []
            words.append(plausible(parameter))
    return [*words, *COMPLETE.get(" ".join(path), ())]


def plausible(parameter: Any) -> str:
    name = parameter.opts[-1].lstrip("-")
    if choices := getattr(parameter.type, "choices", None):
        first = next(iter(choices))
        return str(getattr(first, "value", first))
    return VALUES.get(name, "1")


@pytest.fixture(scope="module")
def silent_server() -> Iterator[str]:
    """Accepts every connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    held: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for connection in (listener, *held):
        connection.close()


def without_anything(home: Path, words: list[str]) -> Ended:
    """Nothing configured and standard input closed, as some job runners start their jobs."""
    return ended(Cli(home), words, stdin=None)


def with_silence(home: Path, words: list[str], base_url: str) -> Ended:
    """A server that does not answer, and a standard input whose other end says nothing."""
    cli = Cli(home)
    cli.configure(
        f'default_profile = "quiet"\n[profiles.quiet]\nbase_url = "{base_url}"\n',
        '[quiet]\ntoken = "1|tkt_x"\n',
    )
    (cli.folder / "text").write_text("from,to,subject,body\na@b.example,a@b.example,x,y\n")
    reader, writer = os.pipe()
    try:
        return ended(cli, [*words, "--max-time", "2"], stdin=reader)
    finally:
        os.close(reader)
        os.close(writer)


def ended(cli: Cli, words: list[str], *, stdin: int | None) -> Ended:
    """In a fork, because there are four hundred commands; None closes standard input."""
    command = fork_server.Command(words, b"", cli.environ({}), cli.folder)
    began = time.monotonic()
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        streams = [
            number for number in (stdin, stdout.fileno(), stderr.fileno()) if number is not None
        ]
        process = ForkedProcess(*fork_server.begin(command, streams))
        code: int | None
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = None
            process.kill()
            process.wait()
        seconds = time.monotonic() - began
        stderr.seek(0)
        return Ended(code, seconds, stderr.read().decode())


@pytest.fixture(scope="module")
def ends(
    tmp_path_factory: pytest.TempPathFactory, silent_server: str
) -> Mapping[tuple[str, str], Ended]:
    """How each command ended in each situation. Several run at once, since most of them wait."""
    homes = tmp_path_factory.mktemp("homes")

    def end_of(key: tuple[str, str], turn: str) -> Ended:
        name, situation = key
        words = arguments(*LEAVES_BY_NAME[name])
        home = homes / f"{name} {situation} {turn}"
        if situation == "nothing":
            return without_anything(home, words)
        return with_silence(home, words, silent_server)

    keys = [(name, situation) for name in PATHS for situation in ("nothing", "silence")]
    with ThreadPoolExecutor(AT_ONCE) as places:
        ends = dict(zip(keys, places.map(lambda key: end_of(key, "1"), keys), strict=True))
    # A busy machine is no hang: what was slow among others has a second turn alone.
    slow = [key for key, end in ends.items() if end.seconds > SECONDS / 2]
    return ends | {key: end_of(key, "2") for key in slow}


@pytest.mark.parametrize("situation", ["nothing", "silence"])
@pytest.mark.parametrize("path", PATHS)
def test_command_without_a_terminal_does_not_hang(
    ends: Mapping[tuple[str, str], Ended], path: str, situation: str
) -> None:
    end = ends[path, situation]
    assert end.code is not None, f"it was killed after {end.seconds:.1f} s: {end.stderr}"
    assert end.seconds < SECONDS
    assert end.code in {*ExitCode} - {ExitCode.BUG}
    assert "Traceback" not in end.stderr
    assert end.code == 0 or "tickiti: " in end.stderr or "USAGE" in end.stderr


def test_server_commands_reach_the_silent_server(
    ends: Mapping[tuple[str, str], Ended],
) -> None:
    """Else the test above would be one of command lines that say too little."""
    told = {path for (path, _), end in ends.items() if "did not answer within" in end.stderr}
    assert told >= {path for path in PATHS if path.startswith(ASKING)} - {
        "template diff", "template push", "token abilities", "token scan",
    }  # fmt: skip
