"""The shape of a result: a record, and the columns that a person or a program reads of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.suggest import nearest

Record = Mapping[str, Any]


class Column(NamedTuple):
    """One field of a record, and what a narrow table does with it."""

    key: str
    leaves: int = 0
    """The rank in which columns are dropped from a narrow table; a column of rank 0 stays as long
    as it can."""

    wraps: bool = False
    """Whether a long text is wrapped and not cut, because it must be read whole."""

    has_bar: bool = False
    """Whether a terminal shows the number as a bar at the end of the row, where it has room."""


class Limited:
    """The first rows of a list that has no pages, and how many rows there were."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.total = 0

    def first_of(self, records: Iterable[Record]) -> list[Record]:
        found = [*records]
        self.total += len(found)
        return found[: self.most]


def columns(
    *names: str, leaving: Sequence[str] = (), wrapping: Sequence[str] = (), bar: str = ""
) -> tuple[Column, ...]:
    """Columns of these fields. `leaving` names those that are dropped from a narrow table, first to
    last; `bar` is drawn as a bar in each row."""
    places = {name: place for place, name in enumerate(leaving, start=1)}
    return tuple(Column(name, places.get(name, 0), name in wrapping, name == bar) for name in names)


def selected(record: Record, fields: Sequence[str]) -> Record:
    """The fields of --fields, in their order. Raises UsageProblem."""
    unknown = [name for name in fields if name not in record]
    if unknown:
        known = ", ".join(record)
        raise UsageProblem(
            f"--fields: there is no field '{unknown[0]}' (known: {known})."
            f"{nearest(unknown[0], record)}"
        )
    return {name: record[name] for name in fields}
