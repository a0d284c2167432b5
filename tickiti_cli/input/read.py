"""Reads the local input that a flag names: a file, or `-` for standard input.

Rule: an error names the flag, and is raised before any request is sent.
"""

from pathlib import Path
from typing import Any

from tickiti_cli.encoding import decoded, json_value
from tickiti_cli.errors import UsageProblem

MOST_BYTES = 25 * 1024 * 1024
"""The largest request that a server accepts."""


def read_bytes(source: str, *, flag: str) -> bytes:
    """The bytes of a file or standard input. Raises UsageProblem."""
    try:
        raw = _read(source, flag)
    except OSError as error:
        raise UsageProblem(f"{flag}: {error.strerror}.") from error
    if len(raw) > MOST_BYTES:
        raise UsageProblem(f"{flag}: larger than {MOST_BYTES} bytes.")
    return raw


def read_text(source: str, *, flag: str) -> str:
    """The text of a file or stdin, in the encoding of its byte order mark, otherwise in UTF-8.
    Raises UsageProblem, also for a NUL character, which a server takes in no text: a push would
    stop between two templates."""
    try:
        text = decoded(read_bytes(source, flag=flag))
    except UnicodeDecodeError:
        raise UsageProblem(f"{flag}: not UTF-8 text.") from None
    if "\0" in text:
        raise UsageProblem(f"{flag}: not text, because it holds a NUL character.")
    return text


def parse_json(text: str, *, flag: str) -> Any:
    """The value of a JSON text. Raises UsageProblem, as `json_value` raises ValueError."""
    try:
        return json_value(text)
    except ValueError as error:
        raise UsageProblem(f"{flag}: not JSON: {error}.") from None


def _read(source: str, flag: str) -> bytes:
    if source != "-":
        with Path(source).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    from tickiti_cli.standard_input import opened_for  # noqa: PLC0415 - few commands read it

    return opened_for(flag).read(MOST_BYTES + 1)
