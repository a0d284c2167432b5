"""A name that is not known, answered with the nearest that is."""

from collections.abc import Iterable


def nearest(wanted: str, known: Iterable[str]) -> str:
    """` Did you mean NAME?`, to follow a sentence; empty where no name comes near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs its 6 ms

    found = get_close_matches(wanted, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""
