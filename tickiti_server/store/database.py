"""The seam between the server and its database: what a transaction offers, and the two ways in.

Everything above this module is the same for every database. SQL is written once, with named
parameters (`:name`) and these functions for search: `folded(text)` of `tickiti_server.folding`,
`plain_text(html)` of the renderer, and `holds(text, needles)`, which is whether one of the texts of
a JSON array is in a text, all of them folded. A driver translates what its database spells
differently.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

Parameters = Mapping[str, object]
Result = TypeVar("Result")


class Row(Protocol):
    """One row of a result, read by column name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Transaction(Protocol):
    """What SQL runs in: atomic, and isolated from every other transaction."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> int:
        """Run a statement; the number of rows it changed."""
        ...

    def insert(self, sql: str, parameters: Parameters = ..., /) -> int:
        """Insert one row into a table with a column `id`; the new id, or 0 where the statement's
        ON CONFLICT left the row out."""
        ...

    def one(self, sql: str, parameters: Parameters = ..., /) -> Row | None:
        """The first row of a result, or None."""
        ...

    def all(self, sql: str, parameters: Parameters = ..., /) -> Sequence[Row]:
        """Every row of a result. A reader raises PayloadTooLarge where they are too many bytes."""
        ...

    def few(
        self, sql: str, parameters: Parameters = ..., /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        """The first rows of a result that are `most` bytes together, but one at least; and whether
        these are all."""
        ...

    @property
    def next_ticket_number(self) -> str:
        """SQL for a number higher than any ticket's; numbers may have gaps, never repeat."""
        ...


Work = Callable[[Transaction], Result]


class Database(Protocol):
    """A database that is open. Failures are the `Unavailable` family of the contract."""

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        """Run `work` on a consistent snapshot; it cannot write.

        `lane` is who asks: one who reads for long keeps a driver's threads from nobody else.

        `quick` says that it only looks up a few rows by key, so that a driver may run it where it
        stands: a hop to another thread costs several times such a look-up.
        """
        ...

    async def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction; once this returns, what it did survives a power cut.

        An exception from `work` undoes it alone. Raises Overloaded before anything is queued.
        Work that is queued runs to its end even if the caller stops waiting.
        """
        ...

    @property
    def tokens_as_of(self) -> object:
        """The same again while no token has changed, nor any user: what was read of them since it
        was so is still true. A driver that cannot know gives another object each time."""
        ...

    async def close(self) -> None:
        """Finish what is to be written, then let go of the database. What still reads is cut off,
        or left behind where that is not possible."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a check found in a sound database."""

    bytes: int
    schema: int
    tickets: int
    responses: int
    keys: int
    tokens: int


class DatabaseUnusable(Exception):
    """The database cannot be served at all; the sentence says why and what to do."""


def open_database(path: Path) -> Database:
    """Open a migrated database for serving. Raises DatabaseUnusable."""
    from tickiti_server.store.sqlite import SqliteDatabase  # noqa: PLC0415 - the driver, on use

    return SqliteDatabase(path)


def engine_versions() -> dict[str, str]:
    """The version of each engine that a database here can have."""
    from tickiti_server.store.sqlite.connection import VERSION  # noqa: PLC0415 - the driver, on use

    return {"sqlite": VERSION}


def prepare_database(
    path: Path, *, backup: bool = True, tell: Callable[[Path], object] = lambda _: None
) -> list[str]:
    """Create or upgrade it; the names of the migrations that ran. Raises DatabaseUnusable.

    Before they rewrite anything, a copy is kept beside it unless `backup` is false; `tell` gets its
    path."""
    from tickiti_server.store.sqlite import prepare  # noqa: PLC0415 - the driver, on use

    return prepare(path, backup=backup, tell=tell)


def check_database(path: Path) -> Contents:
    """Look at all of it, even while it is served. Raises DatabaseUnusable and OSError."""
    from tickiti_server.store.sqlite.keeping import check  # noqa: PLC0415 - the driver, on use

    return check(path)


def back_up_database(path: Path, target: Path) -> Contents:
    """Copy it, even while it is served, to a file that stands alone. Raises DatabaseUnusable, and
    OSError where `target` exists or cannot be written."""
    from tickiti_server.store.sqlite.keeping import back_up  # noqa: PLC0415 - the driver, on use

    return back_up(path, target)


def restore_database(path: Path, backup: Path) -> tuple[Contents, Path | None]:
    """Put a copy of `backup` in its place, whose lock the caller holds; where the database went
    that was there. Raises DatabaseUnusable and OSError; then nothing has changed."""
    from tickiti_server.store.sqlite.keeping import restore  # noqa: PLC0415 - the driver, on use

    return restore(path, backup)
