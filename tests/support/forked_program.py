"""Runs the server's program in a fork of the command that starts it, or in the command's own
process where the command executes it.

The imports of the server take ten times as long as the rest of its start, and the tests start
hundreds of servers.

Rule: the program has the descriptors, the session, the signals and the environment that it would
have in a new interpreter. Only the imports are shared.
"""

import gc
import inspect
import logging
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tickiti_cli import own_programs

MODULES = ("tickiti_server.api.registry", "tickiti_server.maintenance", "tickiti_server.serve")
"""What the server imports, but for the module that runs. A fork server imports them first."""

*PROGRAM, _ = own_programs.command("tickiti_server")
"""How the command line of each of our programs begins; the module follows."""

ORIGINAL = subprocess.Popen
EXECUTE = os.execve

PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
"""What Popen calls the ends of its pipes; -1 where there is none."""

STANDARD = ("p2cread", "c2pwrite", "errwrite")
"""Those that are the child's stdin, stdout and stderr."""


class Popen(ORIGINAL):  # type: ignore[type-arg]
    """A Popen that forks where the program is the server's. Any other program is executed."""

    def _execute_child(self, *given: Any) -> None:
        parent = ORIGINAL._execute_child  # type: ignore[attr-defined]
        call = inspect.signature(parent).bind(self, *given).arguments
        program, words = call["args"][: len(PROGRAM)], call["args"][len(PROGRAM) :]
        if not _is_ours(program, words):
            parent(self, *given)
            return
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _run(words, call)
        self._child_created = True
        self._close_pipe_fds(*(call[name] for name in PIPES))  # type: ignore[attr-defined]


def execute(file: str, command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """An `os.execve` that stays in this process where the program is the server's."""
    program, words = command[: len(PROGRAM)], command[len(PROGRAM) :]
    if not _is_ours(program, words):
        EXECUTE(file, command, environ)
    kept = [number for number in _open_descriptors() if os.get_inheritable(number)]
    call = {"env": environ, "start_new_session": False, "pass_fds": kept}
    _run(words, call | dict.fromkeys(PIPES, -1))


def _is_ours(program: Sequence[str], words: Sequence[str]) -> bool:
    return [*program] == PROGRAM and words[0].startswith("tickiti_server")


def install() -> None:
    subprocess.Popen = Popen  # type: ignore[misc]
    os.execve = execute  # type: ignore[assignment]


def _run(words: Sequence[str], call: Mapping[str, Any]) -> NoReturn:
    """Become the program and end with its exit code; never returns to the command's frames."""
    code = 1
    try:
        _resemble_a_new_interpreter(call)
        module, *sys.argv[1:] = words
        code = _exit_code(module)
        threading._shutdown()  # type: ignore[attr-defined]
        logging.shutdown()  # at the exit of an interpreter; those of the command are not run
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _exit_code(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter ends
        traceback.print_exc()
        return 1
    return 0


def _resemble_a_new_interpreter(call: Mapping[str, Any]) -> None:
    # The command's objects are never freed, because a file among them would close a number that the
    # program uses for another file by then.
    gc.freeze()
    if call["start_new_session"]:
        os.setsid()
    _reset_signals()
    _take_over(call)
    sys.path[:] = [folder for folder in sys.path if folder not in ("", str(Path.cwd()))]
    if call["env"] is not None:
        os.environ.clear()
        os.environ.update(call["env"])


def _reset_signals() -> None:
    """Drop the handlers of the command, as exec does, and set those of an interpreter."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_over(call: Mapping[str, Any]) -> None:
    """Keep the three standard streams and the descriptors that are passed, and close all others."""
    for number, name in enumerate(STANDARD):
        if call[name] != -1:
            os.dup2(call[name], number)
    kept = {0, 1, 2, *call["pass_fds"]}
    for descriptor in _open_descriptors():
        if descriptor not in kept:
            os.close(descriptor)
    for descriptor in call["pass_fds"]:
        os.set_inheritable(descriptor, True)
    sys.stdin = _stream(0, "r", errors="surrogateescape")
    sys.stdout = _stream(1, "w", errors="surrogateescape")
    sys.stderr = _stream(2, "w", errors="backslashreplace", buffering=1)


def _open_descriptors() -> list[int]:
    found = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return [number for number in found if Path(f"/proc/self/fd/{number}").exists()]


def _stream(descriptor: int, mode: str, *, errors: str, buffering: int = -1) -> Any:
    return open(descriptor, mode, buffering, encoding="utf-8", errors=errors, closefd=False)
