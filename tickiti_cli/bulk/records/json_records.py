"""NDJSON: each line is a JSON object."""

from collections.abc import Iterator
from typing import TextIO

from tickiti_cli.bulk.records.record import Record, refuse_other_encoding
from tickiti_cli.encoding import json_value


def read(file: TextIO) -> Iterator[Record]:
    """Read the records. Lines of white space are skipped. Raises NotInEncoding."""
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield _object(number, text)


def _object(number: int, text: str) -> Record:
    refuse_other_encoding(text, number)
    try:
        found = json_value(text)
    except ValueError as error:
        return Record(number, error=f"it is not JSON: {error}.", text=text)
    if not isinstance(found, dict):
        return Record(number, error="it is not a JSON object.", text=text)
    return Record(number, found)
