"""Parses TOML, and finds the line of a key for an error: the parser tells lines of syntax alone."""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickiti_cli.errors import ConfigProblem

NUL = re.compile(r"\\(?:u0000|U00000000)")
"""What may be the escape of a NUL character."""

Table = Mapping[str, Any]

AT_THE_END = "(at end of document)"
"""What the parser says instead of the last line."""


def members_of(text: str) -> dict[str, Any]:
    """Returns the members of a TOML text. Raises TOMLDecodeError, also for nested values that are
    too deep for the parser, and for a NUL character, which a server takes in no text."""
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("Values are nested too deeply") from None
    if NUL.search(text):
        from tickiti_cli.encoding import holds_nul  # noqa: PLC0415 - hardly any text has one

        if holds_nul(found):
            raise tomllib.TOMLDecodeError("A text has a NUL character")
    return found


def parsed(path: Path, text: str) -> Table:
    """Returns the members of a file, unchecked. Raises ConfigProblem, which names the line."""
    try:
        return members_of(text)
    except tomllib.TOMLDecodeError as error:
        last = f"(at line {len(text.splitlines()) or 1}, the end of the file)"
        reason = str(error).replace(AT_THE_END, last)
        problem = ConfigProblem(f"{path} is not TOML: {reason}.")
        problem.path = path
        raise problem from error


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """Returns the number of the line with a key of a valid text, such as ("defaults", "timeout").
    A value of several lines counts as its last one. None for a text without the key."""
    lines = text.splitlines(keepends=True)
    at = bisect_left(range(len(lines) + 1), 1, key=lambda count: _has(lines[:count], keys))
    return at if at <= len(lines) else None


def _has(lines: list[str], keys: tuple[str, ...]) -> bool:
    """True if the first lines hold the key. Lines are left out at the end until the rest is TOML,
    because a text may be cut within a value."""
    for count in range(len(lines), 0, -1):
        try:
            found: Any = members_of("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        for key in keys:
            if not isinstance(found, Mapping) or key not in found:
                return False
            found = found[key]
        return True
    return False
