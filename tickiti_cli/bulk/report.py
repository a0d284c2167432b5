"""The file of --report: a row for the result of each line or ticket."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tickiti_cli.encoding import cell
from tickiti_cli.files.atomic_write import refuse_unwritable, write_output

FLAG = "--report"


def write(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write CSV to a path that ends in .csv, and one JSON object a line to any other.

    Raises UsageProblem, BrokenPipeError.
    """
    pieces = _as_csv(rows, columns) if path.suffix.lower() == ".csv" else _as_json(rows)
    write_output(path, pieces, flag=FLAG)


def refuse_unwritable_report(path: Path) -> None:
    """Raise UsageProblem where no report can be written; called before the first line is sent."""
    refuse_unwritable(path, flag=FLAG)


def _as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[bytes]:
    line = io.StringIO(newline="")
    writer = csv.DictWriter(line, columns)
    writer.writeheader()
    yield line.getvalue().encode()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow({name: cell(value) for name, value in row.items()})
        yield line.getvalue().encode()


def _as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    return (f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows)
