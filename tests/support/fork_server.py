"""Runs `python -m tickiti_cli`, or a server, in a fork of an interpreter that has imported most of
its modules.

The imports take four fifths of a command's processor time, and the tests run thousands of commands.

Rule: the fork is a process with its own arguments, environment, folder, umask, descriptors and exit
code. Only the imports are shared. A test about the start of a process starts an interpreter:
`Cli.start`, `Cli.on_terminal` and `subprocess` do.
"""

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

MOST_REQUEST_BYTES = 64 * 1024
"""Bytes of one message between the processes. Linux allows three times as many."""

MOST_DESCRIPTORS = 1024
"""Files that the fork server has open at most, so that a fork can close all of them."""

NUMBER = struct.Struct("i")

MODULES = (
    "encodings.idna",
    "platformdirs",
    "platformdirs.unix",
    "resource",
    "tickiti_cli.api.client",
    "tickiti_cli.api.generations",
    "tickiti_cli.api.paging",
    "tickiti_cli.api.reply_shape",
    "tickiti_cli.bundled_server.selection",
    "tickiti_cli.contract.v1.tickets",
    "tickiti_cli.exits",
    "tickiti_cli.input.options",
    "tickiti_cli.input.ticket_filters",
    "tickiti_cli.output.choice",
    "tickiti_cli.own_programs",
    "tickiti_cli.parser.app",
    "tickiti_cli.parser.flag_groups",
    "tickiti_cli.parser.options",
    "tickiti_cli.runtime",
    "tickiti_cli.senders",
)
"""What many commands import, with what these import. No command is among them."""

STARTERS = (("server", "openapi"), ("server", "restore"), ("server", "start"), ("init",))
"""Beginnings of the commands that run the server's program. A fork server of their own forks it."""

STARTUP_VARIABLES = ("LANG", "LC_", "LD_", "PYTHON", "TYPER", "TZ", "_TYPER")
"""Beginnings of the variables that the interpreter, the C library or typer reads at its start."""

STARTUP = {"LANG": "C.UTF-8"}
"""Their values in the fork server."""


class Unforkable(Exception):
    """The command needs an interpreter of its own."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words, what it reads from standard input, and where it runs."""

    words: Sequence[str]
    given: bytes
    environ: Mapping[str, str]
    folder: Path
    module: str = "tickiti_cli"
    """What runs: this command line, or the program of a server."""


Done = tuple[int, bytes, bytes]
"""Exit code (negative for a signal), stdout and stderr."""


def run(command: Command, seconds: float) -> Done:
    """Run the command in a fork if possible, otherwise in a new interpreter."""
    try:
        return fork(command, seconds)
    except Unforkable:
        return start(command, seconds)


def start(command: Command, seconds: float) -> Done:
    """Run the command in a new interpreter, as a user does. Raises subprocess.TimeoutExpired."""
    done = subprocess.run(
        [sys.executable, "-m", "tickiti_cli", *command.words],
        input=command.given,
        capture_output=True,
        env=dict(command.environ),
        cwd=command.folder,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def fork(command: Command, seconds: float) -> Done:
    """Run the command in a fork. Raises Unforkable, and TimeoutError after killing the command."""
    request = _request(command)
    (stdin, writer), (out, stdout), (err, stderr) = os.pipe(), os.pipe(), os.pipe()
    status = _send(command, request, [stdin, stdout, stderr])
    for stream in (stdin, stdout, stderr):
        os.close(stream)
    try:
        pid = number_from(status)
        with ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(_read, out), pool.submit(_read, err)]
            pool.submit(_write, writer, command.given)
            try:
                texts = [job.result(seconds) for job in jobs]
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        return number_from(status), texts[0], texts[1]
    finally:
        status.close()


def begin(command: Command, streams: Sequence[int]) -> tuple[int, socket.socket]:
    """Begin the command in a fork with these descriptors as its standard streams; without the
    first of three its standard input is closed. Returns the process's number and the connection
    that brings its exit code. Raises Unforkable."""
    status = _send(command, _request(command), streams)
    return number_from(status), status


def _request(command: Command) -> bytes:
    environ = dict(command.environ)
    startup = {name: value for name, value in environ.items() if name.startswith(STARTUP_VARIABLES)}
    if startup != STARTUP or not hasattr(os, "pidfd_open"):
        raise Unforkable
    request = json.dumps(
        [command.module, command.words, environ, str(command.folder), _umask()]
    ).encode()
    if len(request) > MOST_REQUEST_BYTES:
        raise Unforkable
    return request


def _umask() -> int:
    """Read from /proc, because `os.umask` changes it for the other threads too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("Umask:")[2].split()[0], 8)


def _send(command: Command, request: bytes, streams: Iterable[int]) -> socket.socket:
    """The connection on which the fork server sends the process's number, and its exit code."""
    starts = command.module != "tickiti_cli" or any(
        tuple(command.words[: len(words)]) == words for words in STARTERS
    )
    ours, theirs = socket.socketpair()
    with theirs:
        descriptors = [*streams, theirs.fileno()]
        server = _fork_server(*(["programs"] if starts else []))
        socket.send_fds(server, [request], descriptors)
    return ours


def number_from(status: socket.socket) -> int:
    received = status.recv(NUMBER.size)
    assert received, "the fork server has ended"
    number: int = NUMBER.unpack(received)[0]
    return number


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


def _write(descriptor: int, given: bytes) -> None:
    """Write all, unless the command ends before it has read all."""
    with suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(given)


@cache
def _fork_server(*flags: str) -> socket.socket:
    """The connection to a fork server of this test process, which ends when it is closed. With
    "programs", its commands fork the server's program too."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno()), *flags],
            pass_fds=[theirs.fileno()],
            # Pipes, as those of each command: an interpreter adapts its streams at the start.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **STARTUP},
        )
    atexit.register(_end, ours, process)
    return ours


def _end(connection: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    connection.close()
    process.communicate()


def main() -> None:
    """The fork server. Returns in each fork, when the command has ended, and at the end."""
    programs = import_module("forked_program") if "programs" in sys.argv else None
    del sys.path[0]  # this folder, whose modules are of no concern to the command
    for module in (*MODULES, *(programs.MODULES if programs else ())):
        import_module(module)
    if programs:
        programs.install()
    gc.freeze()
    request = _next_request(socket.socket(fileno=int(sys.argv[1])))
    if request:
        module, words, environ, folder, umask = json.loads(request)
        os.chdir(folder)
        os.umask(umask)
        os.environ.clear()
        os.environ.update(environ)
        sys.path.insert(0, folder)
        sys.argv[1:] = words
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _next_request(connection: socket.socket) -> bytes:
    """Fork for each request. Returns it in the fork, and b"" when the connection is closed."""
    selector = selectors.DefaultSelector()
    selector.register(connection, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                selector.unregister(key.fd)
                _report_end(key.fd, *key.data)
                continue
            request, descriptors, *_ = socket.recv_fds(connection, MOST_REQUEST_BYTES, 4)
            if not request:
                return b""
            pid = os.fork()
            if pid == 0:
                selector.close()
                connection.close()
                _take_over(descriptors[:-1])
                return request
            status = _report_start(pid, descriptors)
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))


def _take_over(streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams, 3 - len(streams)):
        os.dup2(stream, number)
    os.closerange(3, MOST_DESCRIPTORS)
    if len(streams) < 3:
        os.close(0)
        sys.stdin = None


def _report_start(pid: int, descriptors: Sequence[int]) -> int:
    """The descriptor of the status connection. The streams belong to the fork alone."""
    *streams, status = descriptors
    for stream in streams:
        os.close(stream)
    os.write(status, NUMBER.pack(pid))
    return status


def _report_end(pidfd: int, pid: int, status: int) -> None:
    _, waited = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        os.write(status, NUMBER.pack(os.waitstatus_to_exitcode(waited)))
    os.close(status)
    os.close(pidfd)


if __name__ == "__main__":
    main()
