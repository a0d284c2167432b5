"""The checks of a CSV file's header, which refuse the file before any row is sent.

Rule: only what would fail every row is refused here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NoReturn

from tickiti_cli.errors import UsageProblem

MOST_NAMED = 20
"""Columns of the file that an error names."""

HeaderCheck = Callable[[Sequence[str]], None]
"""Takes the named columns, with repetitions. Raises UsageProblem."""


def refuse_repeated(name: str, columns: Sequence[str], is_used: Callable[[str], bool]) -> None:
    """Raise UsageProblem where two columns that are used have the same name."""
    counts = Counter(columns)  # not list.count: a header may have 100,000 columns
    twice = (column for column in columns if counts[column] > 1 and is_used(column))
    if (column := next(twice, None)) is not None:
        raise UsageProblem(
            f"{name}: two columns have the same name.",
            hint=f"Rename one of the columns '{column}'.",
        )


def refuse_unknown(flag: str, name: str, wanted: Iterable[str], columns: Collection[str]) -> None:
    """Raise UsageProblem for a column that a flag names and the file lacks."""
    for column in wanted:
        if column not in columns:
            raise UsageProblem(
                f"{flag}: {name} has no column '{column}'.", hint=columns_of(name, columns)
            )


def refuse_missing(
    name: str, missing: Sequence[str], columns: Collection[str], flag: str
) -> NoReturn:
    """Raise UsageProblem: columns that every row needs are missing."""
    named = ", ".join(f"'{column}'" for column in missing)
    noun = "column" if len(missing) == 1 else "columns"
    raise UsageProblem(
        f"{name} lacks the {noun} {named}.", hint=f"{columns_of(name, columns)} {flag}"
    )


def columns_of(name: str, columns: Collection[str]) -> str:
    """Return a sentence that names the columns of a file."""
    names = list(dict.fromkeys(columns))
    named = ", ".join(f"'{column}'" for column in names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        named += f" and {len(names) - MOST_NAMED:,} more"
    return f"The columns of {name}: {named}."
