"""NDJSON: each line is a JSON object."""

import json
from collections.abc import Iterator
from typing import TextIO

from tickiti_cli.bulk.records.bounded_lines import (
    MOST_KEPT,
    TOO_LONG,
    bounded_lines,
    is_too_long,
)
from tickiti_cli.bulk.records.record import Record, refuse_other_encoding
from tickiti_cli.encoding import json_value

NOT_ONE_LINE = "it is not a JSON object: NDJSON has each object in one line."


def read(file: TextIO) -> Iterator[Record]:
    """Read the records. Lines of white space are skipped. Raises NotInEncoding."""
    for number, text in enumerate(bounded_lines(file), start=1):
        if is_too_long(text):
            yield Record(number, error=TOO_LONG, text=text[:MOST_KEPT])
        elif text.strip():
            yield _object(number, text)


def _object(number: int, text: str) -> Record:
    refuse_other_encoding(text, number, may_have_nul=number > 1)
    try:
        found = json_value(text)
    except json.JSONDecodeError as error:
        if text.strip() in ("{", "["):
            return Record(number, error=NOT_ONE_LINE, text=text)
        # Its own sentence counts lines too, and a record is one.
        reason = f"it is not JSON: {error.msg}: column {error.pos + 1}."
        return Record(number, error=reason, text=text)
    except ValueError as error:
        return Record(number, error=f"it is not JSON: {error}.", text=text)
    if not isinstance(found, dict):
        return Record(number, error="it is not a JSON object.", text=text)
    return Record(number, found)
