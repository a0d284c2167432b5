"""Chooses and sorts the columns and rows of a list, by the names that a person reads.

Rule: a column may be called by its heading or by the name of its field, in any case: `queue`,
`QUEUE` and `queue_name` are one column.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import Column, Record
from tickiti_cli.output.tables.headings import heading, is_time
from tickiti_cli.suggest import nearest

_HUGE = 10**300
"""The largest number that a float holds without an error, in round figures."""

_DIRECTIONS = {"": False, "asc": False, "desc": True}


def arranged(
    records: Iterable[Record], shape: Sequence[Column], *, columns: str | None, sort: str | None
) -> tuple[Iterable[Record], Sequence[Column]]:
    """The rows in the order of --sort, and the columns of --columns. Raises UsageProblem.

    Without --sort the rows are not collected, so that a pipe gets each as it comes.
    """
    if sort is not None:
        records = sorted_rows([*records], sort, shape)
    if columns is None:
        return records, shape
    following = iter(records)
    first = next(following, None)
    rows = following if first is None else chain([first], following)
    return rows, named_columns(columns, shape, first)


def named_columns(names: str, shape: Sequence[Column], record: Record | None) -> tuple[Column, ...]:
    """The columns of a comma-separated list. They may be fields that the list does not show by
    itself. Raises UsageProblem for an unknown one; an empty list tells no field, so that every
    name is good there."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise UsageProblem("--columns names no column.")
    if record is None:
        keys = _keys(shape, {})
        return tuple(Column(_match(name, keys) or _field(name)) for name in wanted)
    keys = _keys(shape, record)
    return tuple(Column(_key_of(name, keys, "--columns")) for name in wanted)


def sorted_rows(rows: Sequence[Record], order: str, shape: Sequence[Column]) -> list[Record]:
    """The rows by the values of a column, `COLUMN` or `COLUMN:desc`; rows without one come last.

    Raises UsageProblem.
    """
    name, _, direction = order.partition(":")
    if direction.lower() not in _DIRECTIONS:
        raise UsageProblem(f"--sort: '{direction}' is not a direction: write {name}:desc.")
    if not rows:
        return []
    key = _key_of(name, _keys(shape, rows[0]), "--sort")
    valued = [row for row in rows if row.get(key) is not None]
    valued.sort(key=lambda row: _rank(row[key], key), reverse=_DIRECTIONS[direction.lower()])
    return [*valued, *(row for row in rows if row.get(key) is None)]


def is_order(order: str | None, name: str, *, is_descending: bool = False) -> bool:
    """Whether --sort asks for this column, by its heading or its field, in this direction."""
    if order is None:
        return False
    wanted, _, direction = order.partition(":")
    names = {_spelling(name), _spelling(heading(name))}
    return _spelling(wanted) in names and _DIRECTIONS.get(direction.lower()) is is_descending


def _keys(shape: Sequence[Column], record: Record) -> list[str]:
    """The columns of the list, then the fields that it leaves out."""
    return [*dict.fromkeys([*(column.key for column in shape), *record])]


def _match(name: str, keys: Sequence[str]) -> str | None:
    """The field that the name stands for. The name of a field wins over all headings."""
    wanted = _spelling(name)
    for spelled in (str, heading):
        for key in keys:
            if _spelling(spelled(key)) == wanted:
                return key
    return None


def _key_of(name: str, keys: Sequence[str], flag: str) -> str:
    """The field that the name stands for. Raises UsageProblem."""
    found = _match(name, keys)
    if found is not None:
        return found
    words = [*dict.fromkeys(_spelling(heading(key)) for key in keys)]
    raise UsageProblem(
        f"{flag}: there is no column '{name}' (known: {', '.join(words)}).{nearest(name, words)}"
    )


def _field(name: str) -> str:
    return _spelling(name).replace("-", "_")


def _spelling(name: str) -> str:
    return "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())


def _rank(value: Any, key: str) -> tuple[int, float, str]:
    """Numbers before texts; a text without regard to case, a time by its moment."""
    if isinstance(value, (int, float)):
        return 0, float(min(value, _HUGE)), ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if text.isascii() and text.isdecimal():
        return 0, float(text), ""
    if is_time(key):
        try:
            return 0, datetime.fromisoformat(text).timestamp(), ""
        except ValueError:
            pass
    return 1, 0.0, text.casefold()
