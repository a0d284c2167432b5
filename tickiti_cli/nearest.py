"""A name that is not known, answered with the nearest that is."""

from collections.abc import Iterable


def nearest(wanted: str, known: Iterable[str]) -> str:
    """` Did you mean NAME?`, to follow a sentence; empty where no name comes near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs its 6 ms

    found = get_close_matches(wanted, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""


def none_of(wanted: str, words: Iterable[str]) -> str:
    """What a word is not, to follow `is not`: the nearest of those that can stand there comes
    first. Two letters that share one are near enough: there are few words."""
    from difflib import get_close_matches  # noqa: PLC0415 - as above

    known = list(words)
    listed = f"one of {', '.join(known)}"
    found = get_close_matches(wanted.lower(), known, n=1, cutoff=0.5)
    return f"known; did you mean {found[0]}? It is {listed}" if found else listed
