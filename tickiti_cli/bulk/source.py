"""The lines of a bulk job: CSV with a header, or an object a line.

The rule of this file: memory holds one line. A line that cannot be read is that line's failure,
not the file's; only what makes every line unreadable ends the job.
"""

import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from tickiti_cli import locations
from tickiti_cli.contract.file_system import exists, is_file, make_folder
from tickiti_cli.errors import ConfigProblem, UsageProblem
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
    """A file of lines. What can be read only once, standard input or a pipe, is copied first, into
    a file in `folder` that has no name and goes with the process."""

    def __init__(self, name: str, chosen: FileFormat | None, folder: Path) -> None:
        self.name = name
        self.format = chosen or format_of(name)
        self.identity, self._copy = str(locations.absolute(Path(name))), None
        """The same for the same lines: the file's place, or of what was copied its content."""

        if name == "-" or (exists(name) and not is_file(name)):
            self.identity, self._copy = self._copied(folder)

    def count(self) -> int:
        return sum(1 for _ in self.lines())

    def lines(self) -> Iterator[Line]:
        """From the beginning. Raises UsageProblem for a file that cannot be read at all."""
        try:
            with self._opened() as file:
                yield from (_csv(file) if self.format is FileFormat.CSV else _ndjson(file))
        except OSError as error:
            raise UsageProblem(f"{self.name}: {error.strerror}.") from error
        except csv.Error as error:
            raise UsageProblem(f"{self.name} is not CSV: {error}.") from error

    def _opened(self) -> TextIO:
        where: int | str = self.name
        if self._copy is not None:
            self._copy.seek(0)
            where = os.dup(self._copy.fileno())
        # Surrogates stand for bytes that are not UTF-8: their line is refused, no other.
        return open(where, encoding="utf-8-sig", errors="surrogateescape", newline="")  # noqa: PTH123

    def _copied(self, folder: Path) -> tuple[str, IO[bytes]]:
        """Its digest and the copy."""
        copy, digest = _nameless_file(folder), sha256()
        try:
            with _once(self.name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
            copy.flush()
        except OSError as error:
            raise UsageProblem(f"{self.name}: {error.strerror}.") from error
        return digest.hexdigest(), copy


def format_of(name: str) -> FileFormat:
    """By the end of its name. Raises UsageProblem."""
    suffix = Path(name).suffix.lower()
    if suffix in (".ndjson", ".jsonl"):
        return FileFormat.NDJSON
    if suffix == ".csv":
        return FileFormat.CSV
    raise UsageProblem(f"{name}: say what it is with --format ndjson or --format csv.")


def _once(name: str) -> BinaryIO:
    if name != "-":
        return Path(name).open("rb")
    if sys.stdin is None:
        raise UsageProblem("-: there is no standard input.")
    return sys.stdin.buffer


def _nameless_file(folder: Path) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(dir=make_folder(folder))
    except OSError as error:
        raise ConfigProblem(f"{folder} cannot be written to: {error.strerror}.") from error


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
