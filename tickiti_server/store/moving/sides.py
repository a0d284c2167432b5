"""The two sides of a move: the database that is read, and the one that is filled.

Rule: a move writes nothing to its source. Until the last transaction the target has a mark, which
keeps servers off and says whose move it is; all that a killed run has committed stays.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

MARK = "unfinished_move"
"""The setting of a target that is not complete."""

FINISHED = "finished_move"
"""The setting of a target that says what has filled it."""

OF_THE_STORE = (MARK, FINISHED, "served_as", "check_due")
"""Settings that belong to a file or a database, and not to its helpdesk."""

DERIVED = {("ticket", "subject_key")}
"""Columns that each store computes from others, with its index of texts."""

Kind = Literal["integer", "text", "bytes", "real"]
Value = int | str | bytes | float | None
Row = tuple[Value, ...]
Key = tuple[Value, ...]
"""The values of a primary key."""


class MoveRefused(Exception):
    """What was asked for is not possible; the sentence says what to do. Nothing was written."""


class InUse(Exception):
    """A server or another move uses the database."""


class Column(NamedTuple):
    name: str
    kind: Kind


class Table(NamedTuple):
    """A table that both databases have."""

    name: str
    columns: Sequence[Column]
    """In the order of their names."""

    key: Sequence[str]
    """The columns of the primary key, in its order."""

    def key_of(self, row: Row) -> Key:
        names = [column.name for column in self.columns]
        return tuple(row[names.index(name)] for name in self.key)


class Origin(NamedTuple):
    """Where the rows of a target come from. A run resumes only what has an equal origin."""

    location: str
    identity: str
    """The same for one database whenever it is opened."""

    state: str
    """Another one after each write."""


class LastIds(NamedTuple):
    """What was given last, so that nothing is given a second time."""

    ids: Mapping[str, int]
    """By the table that it is the whole primary key of; 0: none yet."""

    ticket_number: int
    """0: none yet."""


class Side(Protocol):
    """What both can do: all reads are in the order of the primary key."""

    @property
    def location(self) -> str: ...

    @property
    def tables(self) -> Sequence[Table]: ...

    def count(self, table: Table, /) -> int: ...

    def rows(self, table: Table, after: Key | None = None, /) -> Generator[Row, None, None]:
        """The rows behind a key, one at a time. Raises DatabaseUnusable."""
        ...


class Source(Side, Protocol):
    """An open database that nobody serves. What it reads is of one moment."""

    @property
    def origin(self) -> Origin: ...

    def last_ids(self) -> LastIds: ...

    def has_changed(self) -> bool:
        """Whether anything was written since it was opened. It reads no more after that."""
        ...


class Target(Side, Protocol):
    """A database that a move fills."""

    @property
    def finished(self) -> str | None:
        """The record of the move that has filled it whole, which was given to `finish`."""
        ...

    def begin(self, origin: Origin, /) -> bool:
        """Make the tables, empty and marked. Returns whether they have rows of an earlier run.

        Raises MoveRefused for a database that has anything else, and DatabaseUnusable.
        """
        ...

    def last_key(self, table: Table, /) -> Key | None: ...

    def add(self, table: Table, rows: Sequence[Row], /) -> None:
        """Commit a batch. Raises DatabaseUnusable, with the table's name."""
        ...

    def complete_meanwhile(self) -> None:
        """Begin to make what keeps the rows in order and finds them, beside what reads them. No
        rows are added after that."""
        ...

    def begin_again_next_time(self) -> None:
        """Let the next run keep nothing of this one."""
        ...

    def finish(self, last: LastIds, record: str, /) -> None:
        """Commit what `complete_meanwhile` makes, and replace the mark by a record, all at once."""
        ...
