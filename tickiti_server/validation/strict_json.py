"""JSON as the contract defines it: one object, no ambiguity, only values that a database can store.

`decode` rejects what the standard library accepts: duplicate keys, NaN, 1e999, a byte order mark,
lone surrogates, NUL. `canonical` writes equal values as equal bytes; numbers keep their spelling,
so 1 and 1.0 differ. `feed_canonical` feeds the same bytes to a hash, piece by piece, to save
memory.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as _quoted
from math import isfinite
from typing import Any, NamedTuple

from pydantic_core import to_json

from tickiti_cli.contract.errors import InvalidJson
from tickiti_server.validation import value_count

MOST_NESTING = 64
MOST_DIGITS = 1000
LONG_TEXT = 64 * 1024
"""Characters that are written while the GIL is held: half a millisecond at worst."""


class Decimal(float):
    """A number with a fraction or an exponent. It keeps its spelling."""

    __slots__ = ("spelling",)

    def __new__(cls, spelling: str) -> "Decimal":
        number = super().__new__(cls, spelling)
        number.spelling = spelling
        return number

    spelling: str


class Document(NamedTuple):
    """A decoded JSON object."""

    value: dict[str, Any]
    is_plain: bool
    """Whether the standard library writes it as `canonical` does: it holds no Decimal, nothing
    that `canonical` refuses, and is not deep."""


class _Numbers(threading.local):
    """What the decoder has met in this thread."""

    had_decimals = False


_numbers = _Numbers()


def encode(value: Any) -> bytes:
    """Compact JSON in UTF-8, without needless escapes."""
    return to_json(value)


def decode(raw: bytes) -> Document:
    """The object in `raw`. Raises InvalidJson, and PayloadTooLarge for too many values."""
    value_count.refuse_many(raw)
    _numbers.had_decimals = False
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidJson(f"The body is not UTF-8 (byte {error.start}).") from error
    if text.startswith("\ufeff"):
        raise InvalidJson("The body begins with a byte order mark; send plain UTF-8.")
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InvalidJson(f"The body is not JSON: {error.msg} ({place}).") from error
    except RecursionError as error:
        raise InvalidJson(_too_deep) from error
    if not isinstance(value, dict):
        raise InvalidJson("The body must be a JSON object.")
    return Document(value, not _numbers.had_decimals and _needs_no_check(raw))


def _needs_no_check(raw: bytes) -> bool:
    """Whether the text is not deep, and has no escape by which NUL or half a surrogate pair could
    be written. The decoder refuses both as bytes."""
    return b"\\u" not in raw and raw.count(b"{") + raw.count(b"[") <= MOST_NESTING


def canonical(value: Any, *, is_plain: bool = False) -> bytes:
    """The one spelling of a JSON value: keys sorted, no white space, ASCII.

    Raises InvalidJson for deep nesting and for characters that a text column cannot store. Both are
    checked here because only this function visits every value. One that `is_plain` is written by
    the standard library, in a third of the time.
    """
    if is_plain:
        return _encoder.encode(value).encode("ascii")
    pieces: list[str] = []
    _write(value, pieces.append, depth=1)
    return "".join(pieces).encode("ascii")


def feed_canonical(value: Any, take: Callable[[bytes], object]) -> None:
    """Pass the bytes of `canonical` to `take`, piece by piece. Raises the same errors."""
    pieces: list[str] = []
    size = 0

    def put(piece: str) -> None:
        nonlocal size
        pieces.append(piece)
        size += len(piece)
        if size > LONG_TEXT:
            flush()

    def flush() -> None:
        nonlocal size
        take("".join(pieces).encode("ascii"))
        pieces.clear()
        size = 0

    _write(value, put, depth=1)
    flush()


_too_deep = f"The body is nested deeper than {MOST_NESTING} levels."


def _write(value: Any, put: Callable[[str], None], *, depth: int) -> None:
    if isinstance(value, str):
        if len(value) <= LONG_TEXT:
            put(_string(value))
        else:
            _write_long(value, put)
    elif isinstance(value, (dict, list)) and depth > MOST_NESTING:
        raise InvalidJson(_too_deep)
    elif isinstance(value, dict):
        separator = "{"
        for key in sorted(value):
            put(separator + _string(key) + ":")
            _write(value[key], put, depth=depth + 1)
            separator = ","
        put("}" if value else "{}")
    elif isinstance(value, list):
        separator = "["
        for item in value:
            put(separator)
            _write(item, put, depth=depth + 1)
            separator = ","
        put("]" if value else "[]")
    else:
        put(_scalar(value))


def _scalar(value: object) -> str:
    if isinstance(value, Decimal):
        return value.spelling
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _write_long(text: str, put: Callable[[str], None]) -> None:
    """Writes a long string part by part, so that the GIL is released. Each character is escaped on
    its own, so parts can be joined."""
    put('"')
    for start in range(0, len(text), LONG_TEXT):
        put(_string(text[start : start + LONG_TEXT])[1:-1])
    put('"')


def _string(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidJson("The body holds half of a surrogate pair.") from error
    if "\0" in text:
        raise InvalidJson("The body holds a NUL character.")
    return _quoted(text)


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise InvalidJson(f"The field {twice[:80]!r} occurs twice in one object.")
    return members


def _short(spelling: str) -> str:
    if len(spelling) > MOST_DIGITS:
        raise InvalidJson(f"A number has more than {MOST_DIGITS} digits.")
    return spelling


def _integer(spelling: str) -> int:
    return int(_short(spelling))


def _decimal(spelling: str) -> Decimal:
    _numbers.had_decimals = True
    number = Decimal(_short(spelling))
    if not isfinite(number):
        raise InvalidJson(f"The number {spelling[:40]} is out of range.")
    return number


def _constant(name: str) -> Any:
    raise InvalidJson(f"{name} is not JSON.")


_encoder = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False)
_decoder = json.JSONDecoder(
    object_pairs_hook=_unique_members,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
)
