"""The source of a bulk job: a file, a pipe or standard input, in CSV or NDJSON.

Rule: memory holds one record. A record that cannot be read fails alone; only an error that makes
every record unreadable ends the job.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Protocol, TextIO

from tickiti_cli.bulk.records import csv_records, json_records
from tickiti_cli.bulk.records.file_format import (
    MOST_FIRST_BYTES,
    Dialect,
    FileFormat,
    format_to_read,
    refuse_no_text,
)
from tickiti_cli.bulk.records.header import HeaderCheck
from tickiti_cli.bulk.records.record import NotInEncoding, Record, Remark
from tickiti_cli.contract.files.file_system import exists, is_file, make_folder
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.standard_input import opened_for

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""The byte order marks of "Unicode text", as spreadsheets save it. The longer ones come first."""


class RecordSource(Protocol):
    """A source of records that a bulk job can read any number of times."""

    @property
    def path(self) -> str | None:
        """The path of a file; None for anything else."""

    @property
    def former_names(self) -> list[str]:
        """The names that version 0.1.0 may have given to this source."""

    def records(self, remark: Remark) -> Iterator[Record]:
        """Read all records. `remark` is called with the columns that all records ignore."""


def shown_name(name: str) -> str:
    """The name of a file in a sentence; - is standard input."""
    return "standard input" if name == "-" else name


class Source:
    """A file of records. Standard input or a pipe can be read only once, and is therefore copied to
    an unnamed file in `folder`, which ends with the process."""

    def __init__(
        self, name: str, dialect: Dialect, folder: Path, check_header: HeaderCheck
    ) -> None:
        self.name = name
        self.shown = shown_name(name)
        self.format = dialect.format or format_to_read(self.shown)
        self._dialect = dialect
        self._check_header = check_header
        is_read_once = name == "-" or (exists(name) and not is_file(name))
        self.path: str | None = None if is_read_once else _real(name)
        """The path of the file; None for standard input and pipes."""

        self.content_digest = ""
        """The SHA-256 of standard input or a pipe."""

        self._copy: IO[bytes] | None = None
        if is_read_once:
            self._copy = self._copied(folder)

    @property
    def former_names(self) -> list[str]:
        """The names that version 0.1.0 may have given to this source."""
        if self.path is None:
            return [self.content_digest]
        return list(dict.fromkeys([str(Path(self.name).absolute()), self.path]))

    def records(self, remark: Remark) -> Iterator[Record]:
        """Read all records. `remark` is called with the columns that all records ignore.

        Raises UsageProblem for a file that cannot be opened, and for one in another encoding.
        """
        try:
            file = self._opened()
        except OSError as error:
            raise UsageProblem(f"{self.shown}: {error.strerror}.") from error
        number = 0
        with file:
            try:
                for record in self._read(file, remark):
                    number = record.number
                    yield record
            except NotInEncoding as error:
                raise self._wrong_encoding(error.line) from None
            except (OSError, UnicodeError) as error:
                yield Record(
                    number + 1,
                    error=f"it and the rest of the file cannot be read: {_reason(error)}.",
                    is_last=True,
                )

    def _read(self, file: TextIO, remark: Remark) -> Iterator[Record]:
        if self.format is FileFormat.CSV:
            return csv_records.read(
                file,
                self.shown,
                remark,
                delimiter=self._dialect.delimiter,
                check_header=self._check_header,
            )
        return json_records.read(file)

    def _wrong_encoding(self, line: int) -> UsageProblem:
        """Another encoding is never guessed: a wrong guess would store wrong letters."""
        given = self._dialect.encoding
        if given:
            return UsageProblem(f"{self.shown}: line {line} is not {given} text: check --encoding.")
        return UsageProblem(
            f"{self.shown}: line {line} is not UTF-8 text.",
            hint="Name the encoding of the file, for example: --encoding windows-1252",
        )

    def _opened(self) -> TextIO:
        where: int | str = self.name
        if self._copy is not None:
            self._copy.seek(0)
            where = os.dup(self._copy.fileno())
        file = open(where, "rb")  # noqa: PTH123, SIM115 - a descriptor, perhaps; the caller closes it
        try:
            start = file.peek(MOST_FIRST_BYTES)[:MOST_FIRST_BYTES]
            refuse_no_text(self.shown, start)
        except (OSError, UsageProblem):
            file.close()
            raise
        marked = next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
        return _text(file, marked or self._dialect.encoding or "utf-8-sig")

    def _copied(self, folder: Path) -> IO[bytes]:
        copy, digest = _unnamed_file(folder), sha256()
        try:
            with _open_once(self.name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
            copy.flush()
        except OSError as error:
            raise UsageProblem(f"{self.shown}: {error.strerror}.") from error
        self.content_digest = digest.hexdigest()
        return copy


def _real(name: str) -> str:
    """Raises UsageProblem where the name begins at a current folder that has been deleted."""
    try:
        return os.path.realpath(name)
    except OSError as error:
        raise UsageProblem(f"{name}: {error.strerror}.") from error


def _text(file: BinaryIO, encoding: str) -> TextIO:
    # Surrogates stand for bytes that are not in the encoding, so that their line can be named.
    # After such bytes UTF-16 and UTF-32 have no lines.
    errors = "strict" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


def _reason(error: OSError | UnicodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _open_once(name: str) -> BinaryIO:
    if name != "-":
        return Path(name).open("rb")
    return opened_for("FILE -")


def _unnamed_file(folder: Path) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(dir=make_folder(folder))
    except OSError as error:
        raise ConfigProblem(f"{folder} cannot be written to: {error.strerror}.") from error
