"""Chooses the driver of a database, and is the only module that imports one.

A database is a path or a URL. A path and `sqlite:PATH` are SQLite, `postgresql://` is PostgreSQL;
another driver needs a folder beside these and a line in `_driver`. Drivers are imported on use,
because the command line asks for one thing at a time and waits for it.
"""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tickiti_server.store.driver import Driver
from tickiti_server.store.interface import (
    Database,
    DatabaseSummary,
    DatabaseUnusable,
)
from tickiti_server.store.moving.move import Moved, Report, move
from tickiti_server.store.moving.sides import MoveRefused
from tickiti_server.store.states import States

Location = Path | str
"""A path, or a URL as a text. A Path is never read as a URL."""

POSTGRES = ("postgresql", "postgres")
"""The schemes of PostgreSQL's own URLs."""

_URL = re.compile(r"(?:sqlite:|[a-z][a-z0-9+.-]+://)", re.IGNORECASE)


def open_database(location: Location, *, name: str = "") -> Database:
    """Open a migrated database for serving; `name` is what the server is called. Raises
    DatabaseUnusable."""
    driver, path = _driver(location)
    return driver.open_database(path, name=name)


def is_served_as(location: Location, name: str) -> bool:
    """Whether a server of that name uses a database that several machines may share. Raises
    DatabaseUnusable."""
    driver, path = _driver(location)
    return driver.is_served_as(path, name)


def engine_versions() -> dict[str, str]:
    """The version of each database engine that has a driver."""
    from tickiti_server.store.sqlite.connection import VERSION  # noqa: PLC0415 - the driver, on use

    return {"sqlite": VERSION}


def prepare_database(
    location: Location, *, backup: bool = True, on_copy: Callable[[Path], object] = lambda _: None
) -> list[str]:
    """Create or upgrade a database. Returns the names of the migrations that ran.

    Before a migration rewrites rows, a copy is made beside the database unless `backup` is false;
    `on_copy` gets its path. Raises DatabaseUnusable.
    """
    driver, path = _driver(location)
    return driver.prepare_database(path, backup=backup, on_copy=on_copy)


def accept_durability(location: Location, *, unsafe: bool) -> list[str]:
    """Return the settings of a database, as `name = value`, by which a power cut would lose what
    was acknowledged. Raises DatabaseUnusable if there are any, unless `unsafe` accepts them."""
    driver, path = _driver(location)
    found = driver.unsafe_settings(path)
    if found and not unsafe:
        raise DatabaseUnusable(
            f"A power cut would lose tickets: {', '.join(found)}. Switch it on, or give"
            " --accept-unsafe for a database that may be lost."
        )
    return found


def is_for_tests(location: Location) -> bool:
    """Whether a database may be one of test mode: it does not exist, or test mode created it.

    Raises DatabaseUnusable. SQLite only.
    """
    driver, path = _driver(location)
    return driver.is_for_tests(path)


def states_of(location: Location) -> States:
    """The saved states of a database in test mode. SQLite only."""
    driver, path = _driver(location)
    return driver.states_of(path)


def check_database(location: Location) -> DatabaseSummary:
    """Check every page and index, even while the database is served. Raises DatabaseUnusable and
    OSError."""
    driver, path = _driver(location)
    return driver.check_database(path)


def back_up_database(location: Location, target: Path) -> DatabaseSummary:
    """Copy a database, even while it is served, to a file that stands alone.

    Raises DatabaseUnusable, and OSError if `target` exists or cannot be written.
    """
    driver, path = _driver(location)
    return driver.back_up_database(path, target)


def restore_database(location: Location, backup: Path) -> tuple[DatabaseSummary, Path | None]:
    """Replace a database, whose lock the caller holds, by a copy of `backup`.

    Returns also where the replaced database lies now. Raises DatabaseUnusable and OSError; then
    nothing has changed.
    """
    driver, path = _driver(location)
    return driver.restore_database(path, backup)


def move_database(source: Location, target: Location, report: Report) -> Moved:
    """Copy a helpdesk from a file to an empty database of PostgreSQL, or back, and compare both.

    The caller holds the lock of the file. Nothing is written to the source. Raises MoveRefused and
    InUse, then nothing was written to the target either; and DatabaseUnusable and OSError, then the
    next run goes on.
    """
    (reader, read), (writer, written) = _driver(source), _driver(target)
    if reader is writer:
        raise MoveRefused(
            "A move needs a file and a URL that begins with postgresql://. Files are copied by"
            " tickiti server backup, databases of PostgreSQL by pg_dump and pg_restore."
        )
    with reader.open_source(read) as ours, writer.open_target(written) as theirs:
        return move(ours, theirs, report)


def _driver(location: Location) -> tuple[Driver, str]:
    """The driver of a location, and the location without its scheme."""
    scheme, path = _split(location)
    if scheme == "sqlite":
        from tickiti_server.store.sqlite import driver  # noqa: PLC0415 - the driver, on use

        return driver, path
    if scheme in POSTGRES:
        return _postgres(), str(location)
    raise DatabaseUnusable(
        f"This version has no driver for {scheme}: databases: give a file, or a URL that begins"
        " with postgresql://."
    )


def _postgres() -> Driver:
    """The driver of PostgreSQL, whose library is an extra. Raises DatabaseUnusable."""
    try:
        from tickiti_server.store.postgres import driver  # noqa: PLC0415 - the driver, on use
    except ModuleNotFoundError as error:
        raise DatabaseUnusable(
            "PostgreSQL needs the extra `postgres`: pip install 'tickiti[postgres]'."
        ) from error
    return driver


def _split(location: Location) -> tuple[str, str]:
    if isinstance(location, Path) or not _URL.match(location):
        return "sqlite", str(location)
    url = urlsplit(location)
    return url.scheme, unquote(url.path)
