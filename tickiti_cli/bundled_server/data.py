"""The bundled server's data from outside: its own program checks it, copies it and puts it back.

The rule of this file: the CLI opens no database.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tickiti_cli import own_programs
from tickiti_cli.errors import ServerFailed

Verb = Literal["check", "backup", "restore"]


def run(verb: Verb, database: Path, *, file: Path | None = None, lock: int | None = None) -> Any:
    """What the program says of `database`, an object of JSON; `lock` is the caller's hold on it.

    Raises ServerFailed with the program's sentence and exit code.
    """
    words = [verb, "--db", str(database)]
    words += [] if lock is None else ["--lock-fd", str(lock)]
    # A name that begins with a dash is no flag.
    words += [] if file is None else ["--", str(file)]
    return json.loads(_program(words, inherited=() if lock is None else (lock,)))


def engine() -> Any:
    """Which version of SQLite it has, as `sqlite`. Raises ServerFailed."""
    return json.loads(_program([], inherited=(), module="tickiti_server.engine"))


def _program(
    words: Sequence[str], *, inherited: Sequence[int], module: str = "tickiti_server"
) -> str:
    with subprocess.Popen(
        own_programs.command(module, *words),
        env=own_programs.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        pass_fds=inherited,
    ) as program:
        try:
            stdout, stderr = program.communicate()
        except BaseException:
            # It removes what it has not finished; the end of this block waits for that.
            program.terminate()
            raise
    if program.returncode:
        *_, last = [f"it ended with {program.returncode}", *stderr.strip().splitlines()]
        raise ServerFailed(last.removeprefix("tickiti: "), exit_code=program.returncode)
    return stdout
