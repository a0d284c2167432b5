"""The lines of a bulk job: CSV with a header, or an object a line.

The rule of this file: memory holds one line. A line that cannot be read is that line's failure,
not the file's; only what makes every line unreadable ends the job.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import FileFormat

MOST_FIELD = 25 * 1024 * 1024
"""Characters in one CSV field: what a server takes in a request."""

DATA = "data."


@dataclass(frozen=True, slots=True)
class Line:
    """One record. `number` is where it begins in the file, from 1."""

    number: int
    columns: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    """Why it cannot be read, where it cannot."""


class Source:
    """A file of lines. What comes from standard input is kept in `spool` first: a job that goes on
    after a crash needs it again."""

    def __init__(self, name: str, chosen: FileFormat | None, spool: Path) -> None:
        self.name = name
        self.path = _spooled(spool) if name == "-" else Path(name)
        self.format = chosen or _format_of(name)

    @property
    def identity(self) -> str:
        """The same for the same file: its place, or for standard input its content."""
        if self.name != "-":
            return str(self.path.absolute())
        with self.path.open("rb") as file:
            digest = sha256()
            while piece := file.read(1 << 20):
                digest.update(piece)
            return digest.hexdigest()

    def lines(self) -> Iterator[Line]:
        """Raises UsageProblem for a file that cannot be read at all."""
        try:
            # Surrogates stand for bytes that are not UTF-8: their line is refused, no other.
            with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
                yield from (_csv(file) if self.format is FileFormat.CSV else _ndjson(file))
        except OSError as error:
            raise UsageProblem(f"{self.name}: {error.strerror}.") from error
        except csv.Error as error:
            raise UsageProblem(f"{self.name} is not CSV: {error}.") from error


def _format_of(name: str) -> FileFormat:
    suffix = Path(name).suffix.lower()
    if suffix in (".ndjson", ".jsonl"):
        return FileFormat.NDJSON
    if suffix == ".csv":
        return FileFormat.CSV
    raise UsageProblem(f"{name}: say what it is with --format ndjson or --format csv.")


def _spooled(spool: Path) -> Path:
    """Standard input in a file of its owner's own."""
    if sys.stdin is None:
        raise UsageProblem("-: there is no standard input.")
    spool.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spool.touch(mode=0o600)
    with spool.open("wb") as file:
        while piece := sys.stdin.buffer.read(1 << 20):
            file.write(piece)
    return spool


def _ndjson(file: TextIO) -> Iterator[Line]:
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield _object(number, text)


def _object(number: int, text: str) -> Line:
    if not _is_utf8(text):
        return Line(number, error="it is not UTF-8 text.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(number, error=f"it is not JSON: {error}.")
    if not isinstance(found, dict):
        return Line(number, error="it is not a JSON object.")
    return Line(number, found)


def _csv(file: TextIO) -> Iterator[Line]:
    csv.field_size_limit(MOST_FIELD)
    reader = csv.reader(file, strict=True)
    header = [name.strip() for name in next(reader, [])]
    if len(set(header)) != len(header):
        raise csv.Error("two columns have the same name")
    number = reader.line_num + 1
    for cells in reader:
        if cells:
            yield _record(number, header, cells)
        number = reader.line_num + 1


def _record(number: int, header: Sequence[str], cells: Sequence[str]) -> Line:
    if len(cells) != len(header):
        return Line(number, error=f"it has {len(cells)} fields, the header has {len(header)}.")
    if not all(map(_is_utf8, cells)):
        return Line(number, error="it is not UTF-8 text.")
    # An empty cell is no value: CSV has no other way to leave one out.
    return Line(number, {name: cell for name, cell in zip(header, cells, strict=True) if cell})


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
