"""The known name that is nearest to a name that nobody knows.

Rule: no other module of the CLI compares names, so that all suggest by the same measure.
"""

from collections.abc import Iterable

NEAR = 0.6
"""The least similarity of two names, from 0 to 1: difflib's own default."""

NEAR_WORDS = 0.5
"""The least similarity where few words are known: two letters that share one are near enough."""


def closest(wanted: str, known: Iterable[str], *, least: float = NEAR) -> str | None:
    """The known name most like the wanted one; None where no name comes near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs its 6 ms

    return next(iter(get_close_matches(wanted, list(known), n=1, cutoff=least)), None)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean NAME?` to follow a sentence; empty where no name is near."""
    found = closest(wanted, known)
    return f" Did you mean {found}?" if found else ""


def none_of(wanted: str, words: Iterable[str]) -> str:
    """The end of a sentence after `is not`: all the known words, then the nearest one."""
    known = list(words)
    listed = f"one of {', '.join(known)}"
    found = closest(wanted.lower(), known, least=NEAR_WORDS)
    return f"{listed} (did you mean {found}?)" if found else listed
