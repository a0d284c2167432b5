"""The data of the bundled server: the server's own program checks, copies and moves it.

Rule: the CLI never opens a database.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
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


def migrate(
    source: Location,
    target: Location,
    *,
    lock: int,
    on_progress: Callable[[Any], None],
) -> Any:
    """Move a helpdesk to another database and return the program's JSON. `lock` is the caller's
    lock of the file.

    `on_progress` gets the members `step` (copied, compared), `done`, `before` and `total`, which
    count rows. Raises ServerFailed with the program's sentence and exit code.
    """
    words = ["migrate", "--from", str(source), "--to", str(target), "--lock-fd", str(lock)]
    with TemporaryFile("w+", errors="surrogateescape") as sentences:
        program = subprocess.Popen(
            own_programs.command("tickiti_server", *words),
            env=own_programs.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sentences,
            text=True,
            errors="surrogateescape",
            pass_fds=(lock,),
        )
        with program:
            try:
                found = _last_of(program.stdout or (), on_progress)
            except BaseException:
                program.terminate()
                raise
        sentences.seek(0)
        _refuse_failure(program.returncode, sentences.read())
    return found


def _last_of(lines: Iterable[str], on_progress: Callable[[Any], None]) -> Any:
    """The result, which is the last line; those before are its progress."""
    found: Any = None
    for line in lines:
        found = json.loads(line)
        if "step" in found:
            on_progress(found)
    return found


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
    _refuse_failure(program.returncode, stderr)
    return stdout


def _refuse_failure(code: int, stderr: str) -> None:
    """Raise ServerFailed for a program that failed."""
    if code:
        *_, last = [f"it ended with {code}", *stderr.strip().splitlines()]
        raise ServerFailed(last.removeprefix("tickiti: "), exit_code=code)
