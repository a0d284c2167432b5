"""The checks that need no server: files, variables, the journal, SQLite, completions.

Only a pending operation has its server asked, if that is a server on this machine: for the epoch.
"""

import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from tickiti_cli import __version__, paths
from tickiti_cli.bundled_server import data, database_claim, named_servers
from tickiti_cli.commands.doctor.check import Check, fail, ok, warn
from tickiti_cli.config.document import ConfigFile
from tickiti_cli.errors import ServerFailed, TickitiError, UsageProblem
from tickiti_cli.reference.completion.install import (
    found_by,
    missing_step,
    packaged,
    script,
    shell_in_use,
)
from tickiti_cli.reference.manual import viewer
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

OURS = "TICKITI_"

SOUND_SQLITE = (3, 51, 3)
"""The first version without the WAL-reset bug: before it, two connections that write or checkpoint
at once could lose committed data (sqlite.org/wal.html, "the WAL-reset bug")."""

OLDEST_SQLITE = (3, 35, 0)
"""The first version with RETURNING and DROP COLUMN, which the bundled server uses."""


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
        yield from _without_os_errors(name, check(runtime))


def _without_os_errors(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """Yield the checks. A file without read permission is a failed check, not an error."""
    try:
        yield from checks
    except OSError as error:
        problem = named_servers.access_problem(Path(error.filename or name), error)
        yield fail(name, problem.message, problem.hint)


def _version(_runtime: Runtime) -> Iterator[Check]:
    yield ok("version", f"tickiti {__version__}, Python {platform.python_version()}")


def _local_server(runtime: Runtime) -> Iterator[Check]:
    """Check each bundled server that was ever started; yields nothing where there is none."""
    try:
        for name in named_servers.names(runtime.environ):
            running = named_servers.by_name(runtime.environ, name).running
            if running is not None:
                yield ok("local server", f"'{name}' runs at {running.base_url}.")
        named_servers.on(runtime.environ, database_claim.default_database())
    except TickitiError as problem:
        yield fail("local server", problem.message, problem.hint)


def _configuration(runtime: Runtime) -> Iterator[Check]:
    config = runtime.config
    try:
        file = ConfigFile.of(config)
        file.check(file.text(), config.path)
        _ = [*config.in_force()]
    except TickitiError as problem:
        path = getattr(problem, "path", None)
        edit = "tickiti config edit" if path in (None, config.path) else ""
        yield fail("configuration", problem.message, problem.hint or edit)
        if path not in (None, config.path):
            # A project file, so that the checks of the server have the user's own files left.
            config.leave_out_project()
        return
    found = "is valid" if os.path.lexists(config.path) else "does not exist; defaults apply"
    yield ok("configuration", f"{config.path} {found}.")


def _variables(runtime: Runtime) -> Iterator[Check]:
    known = [name for name in paths.ENVIRONMENT if name.startswith(OURS)]
    given = sorted(name for name in runtime.environ if name.startswith(OURS))
    unknown = [name for name in given if name not in known]
    for name in unknown:
        # Compared without the prefix, because the prefix makes any two names look alike.
        near = nearest(name.removeprefix(OURS), [one.removeprefix(OURS) for one in known])
        advice = near.strip().replace("mean ", f"mean {OURS}") or "See: tickiti help environment"
        yield warn("environment", f"{name} is not a known variable.", advice)
    if not unknown:
        yield ok("environment", f"Variables set: {', '.join(given) or 'none'}.")


def _files(runtime: Runtime) -> Iterator[Check]:
    """Check the permissions that protect tokens and the addresses they are sent to."""
    folder = runtime.config.directory
    if os.path.lexists(folder) and not folder.is_dir():
        advice = f"Move it away, or name another directory in {paths.CONFIG_DIR}"
        yield fail("files", f"{folder} is not a directory.", advice)
        return
    found = [*_modes(folder), *_modes(paths.journal_dir(runtime.environ))]
    try:
        runtime.config.credentials.find("")
    except TickitiError as problem:
        found = [fail("files", problem.message, problem.hint), *found]
    yield from found
    if not found:
        yield ok("files", f"File permissions in {folder} are private.")


def _modes(folder: Path) -> Iterator[Check]:
    """Check the mode of a folder of ours and of its files. The reader of credentials.toml checks
    that file itself."""
    if not folder.is_dir():
        return
    for path in (folder, *sorted(path for path in folder.iterdir() if path.is_file())):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o022:
            advice = f"chmod go-w {path}"
            yield warn("files", f"{path} is writable by others (mode {mode:04o}).", advice)
        elif mode & 0o044 and path.parent.name == "journal":
            yield warn("files", f"{path} is readable by others (mode {mode:04o}).",
                       f"chmod 600 {path}")  # fmt: skip


def _journal(runtime: Runtime) -> Iterator[Check]:
    """Check for pending operations. One that a test server has lost by a reset is none."""
    folder = paths.journal_dir(runtime.environ)
    if not _can_hold_files(folder):
        detail = f"{folder} cannot be written, and without it no command sends a write."
        advice = f"Make it writable, or name another directory in {paths.CONFIG_DIR}"
        yield fail("journal", detail, advice)
        return
    try:
        found = runtime.journal.pending()
        pending = runtime.resets.without_reset(found)
    except TickitiError as problem:
        yield fail("journal", problem.message, problem.hint)
        return
    lost = (
        f" Sent before a reset: {len(found) - len(pending)}." if len(found) > len(pending) else ""
    )
    if not pending:
        yield ok("journal", f"No pending operations.{lost}")
        return
    oldest = pending[0].first_sent_at
    yield warn(
        "journal",
        f"Pending operations: {len(pending)}, the oldest from {oldest}.{lost}",
        "tickiti op resume --all-pending",
    )


def _can_hold_files(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder in the nearest one that there is."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _sqlite(_runtime: Runtime) -> Iterator[Check]:
    """Check the SQLite of the Python that would run the bundled server."""
    try:
        yield judge_sqlite(str(data.engine()["sqlite"]))
    except ServerFailed as problem:
        detail = f"The bundled server cannot run: {problem.message}"
        yield fail("sqlite", detail, "Reinstall tickiti.")


def judge_sqlite(version: str) -> Check:
    """Return what a version of SQLite means for the bundled server's database."""
    numbers = tuple(int(part) for part in version.split("."))
    if numbers >= SOUND_SQLITE:
        return ok("sqlite", f"SQLite {version}")
    if numbers < OLDEST_SQLITE:
        oldest = ".".join(str(part) for part in OLDEST_SQLITE)
        return fail(
            "sqlite",
            f"SQLite {version} is too old for the bundled server, which needs {oldest}.",
            "Install tickiti with a Python that has a newer SQLite, such as uv's or pyenv's.",
        )
    sound = ".".join(str(part) for part in SOUND_SQLITE)
    return warn(
        "sqlite",
        f"SQLite {version} has a bug that can lose data with two concurrent writers. The bundled "
        "server has one writer.",
        f"Let no other program write to its database, or use a Python with SQLite {sound}.",
    )


def _completion(runtime: Runtime) -> Iterator[Check]:
    """Check that the shell in use finds the completion script in its own folders."""
    try:
        shell = shell_in_use(runtime.environ)
    except UsageProblem as problem:
        yield warn("completion", problem.message, problem.hint)
        return
    install = f"tickiti completion install {shell}"
    found = found_by(shell, runtime.environ)
    if found is None:
        elsewhere = packaged(shell)
        where = f" {shell} does not read {elsewhere}." if elsewhere else ""
        yield warn("completion", f"Completion is not installed for {shell}.{where}", install)
    elif found.read_text("utf-8", "replace") != script(shell):
        yield warn("completion", f"{found} is from another version.", install)
    elif step := missing_step(shell, found, runtime.environ):
        yield warn("completion", f"{found} exists, but {step[0]}", step[1])
    else:
        yield ok("completion", f"{found}")


def _man(runtime: Runtime) -> Iterator[Check]:
    """Check that `man tickiti` finds the page that came with the package."""
    page = viewer.found_by_man(runtime.environ)
    if page is not None:
        yield ok("man", f"{page}")
    elif shutil.which("man", path=runtime.environ.get("PATH")) is None:
        yield ok("man", "man is not installed; `tickiti man` shows every page.")
    else:
        yield warn(
            "man", "`man tickiti` does not find the page.", "Show the manual with: tickiti man"
        )
