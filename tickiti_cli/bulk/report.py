"""The file of --report: a row for the result of each line or ticket."""

import csv
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tickiti_cli.encoding import cell
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import refuse_unwritable, write_output

FLAG = "--report"
STDIN_FILENO = 0


def write(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write CSV to a path that ends in .csv, and one JSON object a line to any other.

    Raises UsageProblem, BrokenPipeError.
    """
    pieces = _as_csv(rows, columns) if path.suffix.lower() == ".csv" else _as_json(rows)
    write_output(path, pieces, flag=FLAG)


def refuse_bad_report(path: Path, source: str | None) -> None:
    """Raise UsageProblem where no report can be written, or where it would replace `source`: the
    file that the job reads, "-" for standard input. Called before the first line is sent."""
    if str(path) == "-":
        raise UsageProblem(
            f"{FLAG} -: must be a file.", hint=f"For standard output: {FLAG} /dev/stdout"
        )
    if source is not None and _is_same_file(path, source):
        raise UsageProblem(
            f"{FLAG} {path}: the report would replace the file that is read.",
            hint="Name another file.",
        )
    refuse_unwritable(path, flag=FLAG)


def _is_same_file(path: Path, source: str) -> bool:
    try:
        found = os.fstat(STDIN_FILENO) if source == "-" else os.stat(source)  # noqa: PTH116
        return stat.S_ISREG(found.st_mode) and os.path.samestat(found, path.stat())
    except OSError:
        return False


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
