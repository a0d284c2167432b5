"""How a file of records is read: its format, the delimiter of a CSV file, and its encoding."""

import codecs
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.errors import UsageProblem

_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class FileFormat(StrEnum):
    """How a file holds many records."""

    NDJSON = "ndjson"
    CSV = "csv"


_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")

_FIRST_BYTES = (
    (b"PK\x03\x04", ".xlsx"),
    (b"\xd0\xcf\x11\xe0", ".xls"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ", ".xz"),
    (b"\x28\xb5\x2f\xfd", ".zst"),
)
"""What files begin with that are no text, by a suffix of their kind. An .ods is a ZIP file too."""

MOST_FIRST_BYTES = 5


def format_of(name: str) -> FileFormat:
    """The format that the suffix of a file's name stands for. Raises UsageProblem."""
    suffix = Path(name).suffix.lower()
    if suffix in (".ndjson", ".jsonl"):
        return FileFormat.NDJSON
    if suffix in (".csv", ".tsv"):
        return FileFormat.CSV
    raise UsageProblem(f"{name}: unknown format; add --format ndjson or --format csv.")


def format_to_read(name: str) -> FileFormat:
    """The format of a file that is read. Raises UsageProblem, which names what is no text."""
    _refuse_kind(name, Path(name).suffix.lower())
    return format_of(name)


def refuse_no_text(name: str, start: bytes) -> None:
    """Raise UsageProblem for a file that begins as a spreadsheet or a compressed file does."""
    for first, suffix in _FIRST_BYTES:
        if start.startswith(first):
            _refuse_kind(name, suffix)


def _refuse_kind(name: str, suffix: str) -> None:
    if suffix in _SPREADSHEETS:
        raise UsageProblem(
            f"{name}: it is a spreadsheet, not a text file.",
            hint="Save the sheet as CSV in your spreadsheet program, and give that file.",
        )
    if suffix in _COMPRESSED:
        raise UsageProblem(
            f"{name}: it is compressed.",
            hint="Decompress it first, for example: gunzip -c FILE | tickiti ... - --format csv",
        )


class Dialect(NamedTuple):
    """The format of a file, as far as flags name it. A field is None where the file itself
    decides."""

    format: FileFormat | None = None
    delimiter: str | None = None
    encoding: str | None = None

    @classmethod
    def of(
        cls, file_format: FileFormat | None, delimiter: str | None, encoding: str | None
    ) -> "Dialect":
        """Check the values of the flags. Raises UsageProblem."""
        return cls(file_format, _checked_delimiter(delimiter), _checked_encoding(encoding))


def _checked_delimiter(value: str | None) -> str | None:
    if value is None:
        return None
    character = _NAMED_DELIMITERS.get(value.lower(), value)
    if len(character) != 1 or character.isalnum() or character in '"\r\n\0':
        raise UsageProblem(
            f"--delimiter: '{value}' is not a delimiter.",
            hint='Give one character, such as ";" or "|", or the word tab.',
        )
    return character


def _checked_encoding(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        # Only encodings of text: codecs has others, such as base64.
        "".encode(codecs.lookup(value).name)
    except (LookupError, ValueError):
        raise UsageProblem(
            f"--encoding: unknown encoding '{value}'.",
            hint="Common ones are utf-8, windows-1252, iso-8859-1 and utf-16.",
        ) from None
    return value
