"""The data of the bundled server: the server's own program checks, backs up and restores it.

Rule: the CLI never opens a database.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tickiti_cli import own_programs
from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.errors import ServerFailed

Verb = Literal["check", "backup", "restore"]


def run(
    verb: Verb, database: Location, *, file: Path | None = None, lock: int | None = None
) -> Any:
    """Run a verb of the server's program and return its JSON. `lock` is the caller's lock.

    Raises ServerFailed with the program's sentence and exit code.
    """
    words = [verb, "--db", str(database)]
    words += [] if lock is None else ["--lock-fd", str(lock)]
    # After `--` a name that begins with a dash is not a flag.
    words += [] if file is None else ["--", str(file)]
    return json.loads(_program(words, inherited=() if lock is None else (lock,)))


def engine() -> Any:
    """Return the server's version of SQLite as `sqlite`. Raises ServerFailed."""
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
            # SIGTERM makes it delete unfinished files; the end of the block waits for that.
            program.terminate()
            raise
    if program.returncode:
        *_, last = [f"it ended with {program.returncode}", *stderr.strip().splitlines()]
        raise ServerFailed(last.removeprefix("tickiti: "), exit_code=program.returncode)
    return stdout
