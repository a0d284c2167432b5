"""A value as text: a JSON document on one line, a field of a line, a cell of CSV.

The rule of this file: nothing that a terminal would obey is left in a line or in JSON.
"""

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tickiti_cli.errors import UsageProblem

# C0, DEL, C1, what turns text around, and the two separators that some take for a line's end.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


MOST_DIGITS = 18
"""Of a number that a server can have given; int() itself refuses more than 4,300."""


def moment_of(text: str) -> datetime:
    """A moment as our own files have it: ISO 8601 with its offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no offset from UTC")
    return moment


def is_number(text: str) -> bool:
    """Whether the text is a whole number in ASCII digits that fits into 64 bits."""
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def is_utf8(text: str) -> bool:
    """Whether it can be sent: bytes of an argument that are not UTF-8 are lone surrogates here."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(text: str) -> UsageProblem | None:
    """What to tell of a word of the command line that cannot be sent; None of one that can."""
    if is_utf8(text):
        return None
    return UsageProblem(f"'{text}' is not UTF-8 text.", hint="Check the terminal's encoding.")


BOMS = (
    # the longer first: UTF-32's little-endian mark begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def decoded(raw: bytes) -> str:
    """Text by its byte order mark, which is not part of it; without one it is UTF-8. PowerShell's
    `>` writes UTF-16. Raises UnicodeDecodeError."""
    found = next((encoding for mark, encoding in BOMS if raw.startswith(mark)), "utf-8")
    return raw.decode(found)


def json_text(value: object) -> str:
    """One line of JSON; what a terminal would obey is escaped, which in JSON means the same."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False)
    return shown(text)


def _finite(value: Any) -> Any:
    """With null for what JSON has no number for, as jq puts it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(member) for name, member in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def shown(text: str) -> str:
    """The same of JSON that is written already."""
    return _CONTROLS.sub(_escaped, text)


def plain(value: object) -> str:
    """A value in one field of one line: control characters become escapes."""
    return _CONTROLS.sub(_escaped, _text(value))


def _escaped(control: re.Match[str]) -> str:
    known = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return known.get(control[0], f"\\u{ord(control[0]):04x}")


def cell(value: object) -> str:
    """A CSV cell; one that a spreadsheet would run as a formula is made text by an apostrophe."""
    text = _text(value)
    is_number = isinstance(value, (int, float))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number else text


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        is_flat = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return ",".join(value) if is_flat else json.dumps(value, ensure_ascii=False)
    return str(value)


def csv_line(cells: Sequence[str]) -> str:
    """A record as RFC 4180 has it, with its line break."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
