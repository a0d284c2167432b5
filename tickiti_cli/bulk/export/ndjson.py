"""Rows as NDJSON, spelled as in every other output.

Rule: a line holds no control characters, as in every other output of JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tickiti_cli import encoding
from tickiti_cli.control_characters import escape_controls_of_json
from tickiti_cli.output.format import selected

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def lines(rows: Sequence[Mapping[str, Any]], fields: Sequence[str] | None) -> bytes:
    """The rows, or those of their members that are in `fields`. Raises UsageProblem."""
    if fields:
        rows = [selected(row, fields) for row in rows]
    return b"".join([_line(row) for row in rows])


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return escape_controls_of_json(_encode(row).encode()) + b"\n"
    except (ValueError, RecursionError):  # a number that JSON lacks, or too deep for this encoder
        return encoding.json_text(row).encode() + b"\n"
