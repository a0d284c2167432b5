"""The preview of a bulk job: which column fills which field, with the first value of each."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from tickiti_cli.control_characters import strip_controls

MOST_SHOWN = 40
"""Characters of a name or a value. The preview is for comparing columns, not for reading them."""

MOST_COLUMNS = 30
"""Columns in the preview, which leave the last lines of a terminal to the job."""


def mapping_lines(
    name: str,
    columns: Mapping[str, Any],
    field_of: Callable[[str], str | None],
    key_from: Collection[str] = (),
) -> Iterator[str]:
    """Yield a line for the file, and one for each of the first columns of its first record."""
    yield f"{name}: columns and the first row"
    rows = [
        (_shown(column), _field(column, field_of, key_from), _shown(value))
        for column, value in islice(columns.items(), MOST_COLUMNS)
    ]
    widest = max((len(column) for column, _, _ in rows), default=0)
    widest_field = max((len(field) for _, field, _ in rows), default=0)
    for column, field, value in rows:
        yield f"  {column:<{widest}}  -> {field:<{widest_field}}  {value}".rstrip()
    if len(columns) > MOST_COLUMNS:
        yield f"  ... and {len(columns) - MOST_COLUMNS:,} more columns"


def _field(column: str, field_of: Callable[[str], str | None], key_from: Collection[str]) -> str:
    return field_of(column) or ("(key)" if column in key_from else "(ignored)")


def _shown(value: object) -> str:
    """One line of at most MOST_SHOWN characters, without what a terminal would obey."""
    text = " ".join(strip_controls(str(value)).split())
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
