"""What can be wrong without any server: files, variables, the journal, SQLite, completions."""

import os
import platform
import stat
from collections.abc import Iterator
from pathlib import Path

from tickiti_cli import __version__, completions, local_data, locations
from tickiti_cli.config_file import ConfigFile
from tickiti_cli.doctor.check import Check, fail, ok, warn
from tickiti_cli.errors import ServerFailed, TickitiError, UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.runtime import Runtime

OURS = "TICKITI_"

SOUND_SQLITE = (3, 51, 3)
"""The first without the WAL-reset bug: before it, two connections that write or checkpoint at once
could lose what was committed (sqlite.org/wal.html, "the WAL-reset bug")."""


def examine(runtime: Runtime) -> Iterator[Check]:
    yield ok("version", f"tickiti {__version__}, Python {platform.python_version()}")
    yield _configuration(runtime)
    yield from _variables(runtime)
    yield from _files(runtime)
    yield _journal(runtime)
    yield _sqlite()
    yield _completion(runtime)


def _configuration(runtime: Runtime) -> Check:
    config = runtime.config
    try:
        file = ConfigFile.of(config)
        file.check(file.text(), config.path)
        _ = [*config.in_force()]
    except TickitiError as problem:
        return fail("configuration", problem.message, problem.hint or "tickiti config edit")
    found = "is valid" if os.path.lexists(config.path) else "is not there; nothing is set"
    return ok("configuration", f"{config.path} {found}.")


def _variables(runtime: Runtime) -> Iterator[Check]:
    known = [name for name in locations.ENVIRONMENT if name.startswith(OURS)]
    given = sorted(name for name in runtime.environ if name.startswith(OURS))
    unknown = [name for name in given if name not in known]
    for name in unknown:
        # Without what they all begin with, which makes any two of them look alike.
        near = nearest(name.removeprefix(OURS), [one.removeprefix(OURS) for one in known])
        advice = near.strip().replace("mean ", f"mean {OURS}") or "See: tickiti help environment"
        yield warn("environment", f"{name} is not known.", advice)
    if not unknown:
        yield ok("environment", f"Known variables are set: {', '.join(given) or 'none'}.")


def _files(runtime: Runtime) -> Iterator[Check]:
    """Who could read a token, or change where it goes."""
    folder = runtime.config.directory
    found = [*_modes(folder), *_modes(locations.journal_dir(runtime.environ))]
    try:
        runtime.config.credentials.find("")
    except TickitiError as problem:
        found = [fail("files", problem.message, problem.hint), *found]
    yield from found
    if not found:
        yield ok("files", f"What lies in {folder} is yours alone.")


def _modes(folder: Path) -> Iterator[Check]:
    """A folder of ours and the files in it; credentials.toml is checked where it is read."""
    if not folder.is_dir():
        return
    for path in (folder, *sorted(path for path in folder.iterdir() if path.is_file())):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o022:
            advice = f"chmod go-w {path}"
            yield warn("files", f"{path} can be changed by others (mode {mode:04o}).", advice)
        elif mode & 0o044 and path.parent.name == "journal":
            yield warn("files", f"{path} can be read by others (mode {mode:04o}).",
                       f"chmod 600 {path}")  # fmt: skip


def _journal(runtime: Runtime) -> Check:
    try:
        pending = runtime.journal.pending()
    except TickitiError as problem:
        return fail("journal", problem.message, problem.hint)
    if not pending:
        return ok("journal", "No operation is open.")
    return warn(
        "journal",
        f"Operations without a definite answer: {len(pending)}, the oldest of "
        f"{pending[0].first_sent_at}.",
        "tickiti op resume --all-pending",
    )


def _sqlite() -> Check:
    """That of the Python which would run the bundled server."""
    try:
        return judged(str(local_data.engine()["sqlite"]))
    except ServerFailed as problem:
        detail = f"The bundled server cannot be run: {problem.message}"
        return fail("sqlite", detail, "Install tickiti anew.")


def judged(version: str) -> Check:
    """What a version of SQLite means for a database."""
    if tuple(int(part) for part in version.split(".")) >= SOUND_SQLITE:
        return ok("sqlite", f"SQLite {version}")
    sound = ".".join(str(part) for part in SOUND_SQLITE)
    return warn(
        "sqlite",
        f"SQLite {version} has a bug that two writers at once could lose data by. The bundled "
        "server has one writer.",
        f"Let no other program write to its database; a Python with SQLite {sound} ends this.",
    )


def _completion(runtime: Runtime) -> Check:
    try:
        shell = completions.shell_in_use(runtime.environ)
    except UsageProblem as problem:
        return warn("completion", problem.message, problem.hint)
    found = completions.installed(shell, runtime.environ)
    if found is None:
        return warn("completion", f"TAB completes nothing in {shell} yet.",
                    f"tickiti completion install {shell}")  # fmt: skip
    if found.read_text("utf-8", "replace") != completions.script(shell):
        return warn("completion", f"{found} is of another version.",
                    f"tickiti completion install {shell}")  # fmt: skip
    return ok("completion", f"{found}")
