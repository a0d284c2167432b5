"""The lines of a bulk job: CSV with a header, or an object a line.

The rule of this file: memory holds one line. A line that cannot be read is that line's failure,
not the file's; only what makes every line unreadable ends the job.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from tickiti_cli.bulk import csv_lines, json_lines
from tickiti_cli.bulk.line import Line, Remark
from tickiti_cli.contract.file_system import exists, is_file, make_folder
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.options import FileFormat

_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""How a file begins that a spreadsheet saved as "Unicode text"."""


class Source:
    """A file of lines. What can be read only once, standard input or a pipe, is copied first, into
    a file in `folder` that has no name and goes with the process."""

    def __init__(self, name: str, chosen: FileFormat | None, folder: Path) -> None:
        self.name = name
        self.format = chosen or format_of(name)
        is_read_once = name == "-" or (exists(name) and not is_file(name))
        self.path: str | None = None if is_read_once else _real(name)
        """Where the file is; None for what can be read only once."""

        self.content_digest = ""
        """Of all that was read once."""

        self._copy: IO[bytes] | None = None
        if is_read_once:
            self._copy = self._copied(folder)

    @property
    def former_names(self) -> list[str]:
        """What version 0.1.0 knew the same lines by."""
        if self.path is None:
            return [self.content_digest]
        return list(dict.fromkeys([str(Path(self.name).absolute()), self.path]))

    def lines(self, remark: Remark) -> Iterator[Line]:
        """From the beginning; `remark` hears what is ignored in all of them. Raises UsageProblem
        for a file that cannot be read at all."""
        read = csv_lines.read if self.format is FileFormat.CSV else json_lines.read
        try:
            file = self._opened()
        except OSError as error:
            raise UsageProblem(f"{self.name}: {error.strerror}.") from error
        number = 0
        with file:
            try:
                for line in read(file, self.name, remark):
                    number = line.number
                    yield line
            except (OSError, UnicodeError) as error:
                yield Line(
                    number + 1,
                    error=f"it cannot be read, nor what follows it: {_reason(error)}.",
                    is_last=True,
                )

    def _opened(self) -> TextIO:
        where: int | str = self.name
        if self._copy is not None:
            self._copy.seek(0)
            where = os.dup(self._copy.fileno())
        file = open(where, "rb")  # noqa: PTH123, SIM115 - a descriptor, perhaps; the caller closes it
        try:
            start = file.peek(2)[:2]
        except OSError:
            file.close()
            raise
        encoding = next((name for mark, name in _MARKS if start == mark), "utf-8-sig")
        return _text(file, encoding)

    def _copied(self, folder: Path) -> IO[bytes]:
        copy, digest = _nameless_file(folder), sha256()
        try:
            with _once(self.name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
            copy.flush()
        except OSError as error:
            raise UsageProblem(f"{self.name}: {error.strerror}.") from error
        self.content_digest = digest.hexdigest()
        return copy


def _real(name: str) -> str:
    """Raises UsageProblem where the name begins at a current folder that has been deleted."""
    try:
        return os.path.realpath(name)
    except OSError as error:
        raise UsageProblem(f"{name}: {error.strerror}.") from error


def format_of(name: str) -> FileFormat:
    """By the end of its name. Raises UsageProblem."""
    suffix = Path(name).suffix.lower()
    if suffix in (".ndjson", ".jsonl"):
        return FileFormat.NDJSON
    if suffix in (".csv", ".tsv"):
        return FileFormat.CSV
    raise UsageProblem(f"{name}: say what it is with --format ndjson or --format csv.")


def _text(file: BinaryIO, encoding: str) -> TextIO:
    # Surrogates stand for bytes that are not UTF-8: their line is refused, no other.
    errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


def _reason(error: OSError | UnicodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


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
