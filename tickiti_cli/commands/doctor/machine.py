"""What can be wrong without any server: files, variables, the journal, SQLite, completions."""

import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from tickiti_cli import (
    __version__,
    completions,
    local_data,
    local_server,
    locations,
    manual,
    named_servers,
)
from tickiti_cli.config_file import ConfigFile
from tickiti_cli.doctor.check import Check, fail, ok, warn
from tickiti_cli.errors import ServerFailed, TickitiError, UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.runtime import Runtime

OURS = "TICKITI_"

SOUND_SQLITE = (3, 51, 3)
"""The first without the WAL-reset bug: before it, two connections that write or checkpoint at once
could lose what was committed (sqlite.org/wal.html, "the WAL-reset bug")."""

OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING and DROP COLUMN, which the bundled server uses."""


def examine(runtime: Runtime) -> Iterator[Check]:
    checks: dict[str, Callable[[Runtime], Iterator[Check]]] = {
        "version": _version,
        "configuration": _configuration,
        "environment": _variables,
        "files": _files,
        "journal": _journal,
        "local server": _local_server,
        "sqlite": _sqlite,
        "completion": _completion,
        "man": _man,
    }
    for name, check in checks.items():
        yield from _as_far_as_readable(name, check(runtime))


def _as_far_as_readable(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """What a check finds; a file that may not be looked at is a finding like another."""
    try:
        yield from checks
    except OSError as error:
        problem = named_servers.unreadable(Path(error.filename or name), error)
        yield fail(name, problem.message, problem.hint)


def _version(_runtime: Runtime) -> Iterator[Check]:
    yield ok("version", f"tickiti {__version__}, Python {platform.python_version()}")


def _local_server(runtime: Runtime) -> Iterator[Check]:
    """Nothing is said where none was ever started."""
    try:
        for name in named_servers.names(runtime.environ):
            running = named_servers.by_name(runtime.environ, name).running
            if running is not None:
                yield ok("local server", f"'{name}' runs at {running.base_url}.")
        named_servers.on(local_server.database_path(None))
    except TickitiError as problem:
        yield fail("local server", problem.message, problem.hint)


def _configuration(runtime: Runtime) -> Iterator[Check]:
    config = runtime.config
    try:
        file = ConfigFile.of(config)
        file.check(file.text(), config.path)
        _ = [*config.in_force()]
    except TickitiError as problem:
        yield fail("configuration", problem.message, problem.hint or "tickiti config edit")
        return
    found = "is valid" if os.path.lexists(config.path) else "is not there; nothing is set"
    yield ok("configuration", f"{config.path} {found}.")


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


def _journal(runtime: Runtime) -> Iterator[Check]:
    try:
        pending = runtime.journal.pending()
    except TickitiError as problem:
        yield fail("journal", problem.message, problem.hint)
        return
    if not pending:
        yield ok("journal", "No operation is open.")
        return
    yield warn(
        "journal",
        f"Operations without a definite answer: {len(pending)}, the oldest of "
        f"{pending[0].first_sent_at}.",
        "tickiti op resume --all-pending",
    )


def _sqlite(_runtime: Runtime) -> Iterator[Check]:
    """That of the Python which would run the bundled server."""
    try:
        yield judged(str(local_data.engine()["sqlite"]))
    except ServerFailed as problem:
        detail = f"The bundled server cannot be run: {problem.message}"
        yield fail("sqlite", detail, "Install tickiti anew.")


def judged(version: str) -> Check:
    """What a version of SQLite means for a database."""
    numbers = tuple(int(part) for part in version.split("."))
    if numbers >= SOUND_SQLITE:
        return ok("sqlite", f"SQLite {version}")
    if numbers < OLDEST_SQLITE:
        oldest = ".".join(str(part) for part in OLDEST_SQLITE)
        return fail(
            "sqlite",
            f"SQLite {version} is too old for the bundled server, which needs {oldest}.",
            "Install tickiti with a Python that has a newer one, for example uv's or pyenv's.",
        )
    sound = ".".join(str(part) for part in SOUND_SQLITE)
    return warn(
        "sqlite",
        f"SQLite {version} has a bug that two writers at once could lose data by. The bundled "
        "server has one writer.",
        f"Let no other program write to its database; a Python with SQLite {sound} ends this.",
    )


def _completion(runtime: Runtime) -> Iterator[Check]:
    """Whether the shell in use finds a script by itself, where it looks."""
    try:
        shell = completions.shell_in_use(runtime.environ)
    except UsageProblem as problem:
        yield warn("completion", problem.message, problem.hint)
        return
    install = f"tickiti completion install {shell}"
    found = completions.found_by(shell, runtime.environ)
    if found is None:
        elsewhere = completions.packaged(shell)
        where = f" {shell} does not look at {elsewhere}." if elsewhere else ""
        yield warn("completion", f"TAB completes nothing in {shell} yet.{where}", install)
    elif found.read_text("utf-8", "replace") != completions.script(shell):
        yield warn("completion", f"{found} is of another version.", install)
    elif step := completions.missing_step(shell, found, runtime.environ):
        yield warn("completion", f"{found} is there, and {step[0]}", step[1])
    else:
        yield ok("completion", f"{found}")


def _man(runtime: Runtime) -> Iterator[Check]:
    """Whether `man tickiti` finds the page that came with the package."""
    page = manual.found_by_man(runtime.environ)
    if page is not None:
        yield ok("man", f"{page}")
    elif shutil.which("man", path=runtime.environ.get("PATH")) is None:
        yield ok("man", "man is not installed; `tickiti man` shows every page all the same.")
    else:
        yield warn("man", "`man tickiti` finds no page.", "Every page is shown by: tickiti man")
