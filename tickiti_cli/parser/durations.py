"""Durations and rates: how the text of a flag becomes a number of seconds.

Rule: a number without a unit is rejected, because the user of `--overlap 24` means a day, and the
old token would stop working after 24 seconds. A flag whose metavar is S takes seconds as well.
"""

import re

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.choices import UNIT_SECONDS

_DURATION = re.compile(r"([0-9]{1,9})([smhdw])|0{1,9}", re.ASCII)
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)/([smh])", re.ASCII)


def seconds_of(duration: str, flag: str) -> int:
    """Return `90s`, `45m`, `24h`, `90d` or `2w` as seconds; 0 needs no unit.

    Raises UsageProblem, which names the flag.
    """
    text = duration.strip()
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageProblem(
            f"{flag}: {unitless(text)}"
            if text.isascii() and text.isdigit()
            else f"{flag}: '{text}' is not a duration such as 30m, 24h or 90d."
        )
    return int(match[1]) * UNIT_SECONDS[match[2]] if match[1] else 0


def unitless(digits: str) -> str:
    """Return the sentence for a number without a unit."""
    number = digits[:9]
    return f"'{digits}' has no unit: write {number}h for hours or {number}d for days."


def rate_of(text: str | None) -> float | None:
    """Return `10/s`, `0.5/s` or `90/m` as a number a second. Raises UsageProblem."""
    if text is None:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageProblem(f"--rate: '{text}' is not a rate such as 10/s, 0.5/s or 90/m.")
    return float(match[1]) / UNIT_SECONDS[match[2]]
