"""Texts as they are compared: without case, and whichever way their accents are written.

`str.lower` is not enough: it makes two of ΟΔΟΣ and οδοσ, of Straße and STRASSE.
"""

import unicodedata
from collections.abc import Iterator

SLICE = 262_144
"""Characters that are folded at once: the interpreter's lock is not given away meanwhile."""

_INVISIBLE = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
"""Where a word may be parted or joined; the word is the same."""


_SIGMA, _LAST_SIGMA = "\u03c3", "\u03c2"
"""Both are a small Σ; the second stands at the end of a word."""


def case_key(name: str) -> str:
    """A name as it is compared: two with the same key are one name."""
    if name.isascii():
        return name.lower()
    key = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    for sign in _INVISIBLE:
        key = key.replace(sign, "")
    # İ folds to an i and a dot above it, which nobody types who looks for İstanbul.
    return key.replace("i\u0307", "i")


def address_key(address: str) -> str:
    """An e-mail address as it is compared: straße@ and strasse@, one name, are two people."""
    if address.isascii():
        return address.lower()
    return unicodedata.normalize("NFC", address.lower()).replace(_LAST_SIGMA, _SIGMA)


def folded(text: str) -> str:
    """A text as it is searched: by `case_key`, and with one space for any white space."""
    if len(text) <= SLICE:
        return " ".join(case_key(text).split())
    folds = [
        (" " if piece[0].isspace() else "") + " ".join(case_key(piece).split())
        for piece in _pieces(text)
    ]
    return "".join(folds).strip()


def _pieces(text: str) -> Iterator[str]:
    """Slices that end before white space; where there is none, before a sign that is no accent."""
    position = 0
    while position < len(text):
        end = position + SLICE
        space = max(text.rfind(" ", position + 1, end), text.rfind("\n", position + 1, end))
        if end < len(text) and space > 0:
            end = space
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        yield text[position:end]
        position = end
