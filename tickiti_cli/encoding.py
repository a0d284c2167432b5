"""Values as text: a JSON document on one line, a field of a line, a cell of CSV.

Rule: a line and a JSON document hold no control characters.
"""

import codecs
import csv
import io
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from tickiti_cli.control_characters import escape_controls
from tickiti_cli.errors import UsageProblem

MOST_DIGITS = 18
"""The most digits of a number that fits a server's 64-bit integer."""


def moment_of(text: str) -> datetime:
    """The moment of an ISO 8601 text with its offset, as in our own files. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no offset from UTC")
    return moment


def is_number(text: str) -> bool:
    """Whether the text is a whole number in ASCII digits that fits into 64 bits."""
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def is_utf8(text: str) -> bool:
    """Whether the text can be sent. Python reads bytes that are not UTF-8 as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(text: str) -> UsageProblem | None:
    """The error for a word of the command line that is not UTF-8; None if the word is UTF-8."""
    if is_utf8(text):
        return None
    return UsageProblem(f"'{text}' is not UTF-8 text.", hint="Check the terminal's encoding.")


BOMS = (
    # UTF-32 first, because its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def decoded(raw: bytes) -> str:
    """The text in the encoding of its byte order mark, which is removed, otherwise in UTF-8.

    PowerShell's `>` writes UTF-16. Raises UnicodeDecodeError.
    """
    found = next((encoding for mark, encoding in BOMS if raw.startswith(mark)), "utf-8")
    return raw.decode(found)


def json_value(text: str) -> Any:
    """The value of a JSON text that a user wrote. Raises ValueError with a reason in plain words,
    also for what Python alone accepts: NaN, a field that occurs twice, a number that is infinity,
    half of a surrogate pair; and for a NUL character, which a server takes in no text."""
    if not text.strip():
        raise ValueError("the text is empty")
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_constant=_refuse, parse_float=_finite_number
        )
    except RecursionError:
        raise ValueError("the text is nested too deeply") from None
    except ValueError as error:
        if isinstance(error, (json.JSONDecodeError, _Refused)):
            raise
        # The limit of int(), which speaks of a setting of Python.
        raise ValueError(f"a number has more than {sys.get_int_max_str_digits()} digits") from None
    if "\\u" in text and not is_utf8(json.dumps(value, ensure_ascii=False)):
        raise _Refused("the text has half of a surrogate pair")
    if "\\u0000" in text and holds_nul(value):
        raise _Refused("the text has a NUL character")
    return value


def holds_nul(value: Any) -> bool:
    """Whether a text in the value has a NUL character. JSON and TOML can write one as an escape."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str) and "\0" in one:
            return True
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
    return False


class _Refused(ValueError):
    """JSON that a server would refuse, or read as something else than its author meant."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise _Refused(f"the field '{twice}' occurs twice in one object")
    return found


def _refuse(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a JSON number")


def _finite_number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Refused(f"the number {digits} is out of range")
    return number


def json_text(value: object) -> str:
    """The value as one line of JSON, with control characters escaped."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False)
    return escape_controls(text)


def _finite(value: Any) -> Any:
    """The value with null in place of NaN and infinity, which JSON lacks. jq does the same."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(member) for name, member in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def plain(value: object) -> str:
    """The value as one field of a line, with control characters escaped."""
    return escape_controls(_text(value))


def cell(value: object) -> str:
    """The value as a CSV cell. An apostrophe keeps a spreadsheet from running it as a formula."""
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
    """The cells as a record of RFC 4180, with its line break."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
