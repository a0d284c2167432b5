"""Local input that a flag names: a file, or `-` for standard input.

The rule of this file: a bad input is named by the flag it came from, before anything is sent.
"""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from tickiti_cli.errors import UsageProblem

MOST_BYTES = 25 * 1024 * 1024
"""What a server takes in one request."""


def read_bytes(source: str, *, flag: str) -> bytes:
    """Raises UsageProblem."""
    try:
        raw = _read(source, flag)
    except OSError as error:
        raise UsageProblem(f"{flag}: {error.strerror}.") from error
    if len(raw) > MOST_BYTES:
        raise UsageProblem(f"{flag}: larger than {MOST_BYTES} bytes.")
    return raw


def read_text(source: str, *, flag: str) -> str:
    """UTF-8 text; a byte order mark at its start is no part of it. Raises UsageProblem."""
    try:
        return read_bytes(source, flag=flag).decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UsageProblem(f"{flag}: not UTF-8 text.") from None


def parse_json(text: str, *, flag: str) -> Any:
    """Raises UsageProblem for what is no JSON, the NaN that Python would take included."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UsageProblem(f"{flag}: not JSON: {error}.") from None


def _read(source: str, flag: str) -> bytes:
    if source != "-":
        with Path(source).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    if sys.stdin is None:
        raise UsageProblem(f"{flag}: there is no standard input.")
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
