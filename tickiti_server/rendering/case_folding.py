"""Keys by which texts are compared: without case, and with accents in one form.

`str.lower` is not enough: it keeps ΟΔΟΣ and οδοσ, Straße and STRASSE apart. Every function takes
time proportional to the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal

SLICE = 262_144
"""Characters that one call folds while it holds the GIL."""

KEPT_WORDS = 4_096
"""Words with other than ASCII letters whose keys are remembered, because most are frequent."""

LONGEST_KEPT = 32
"""Characters of a word whose key is remembered."""

_JOINER = "\u034f"
"""The combining grapheme joiner: no mark changes its place with one on its other side."""

_INVISIBLE = (_JOINER, "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
"""Characters that mark where a word may be parted or joined; the word is the same."""

_LAST_MARK = 0x1FFFF
"""The last combining mark of Unicode."""

_MARKS_IN_ONE = "\u0f73\u0f75\u0f81"
"""Vowels of Tibetan: each is taken apart into two marks, although the vowel itself is not a
mark."""

MOST_MARKS = 30
"""The most marks on one letter. Normalising sorts them, in the square of their number; Unicode's
own limit for texts that are worked on piece by piece is the same (UAX 15, Stream-Safe Text
Format)."""

_SIGMA, _LAST_SIGMA = "\u03c3", "\u03c2"
"""The two small forms of Σ; the second stands at the end of a word."""


def case_key(name: str) -> str:
    """The key of a name. Two names with one key count as the same."""
    if name.isascii():
        return name.lower()
    key = _normalized("NFC", _normalized("NFD", name).casefold())
    for sign in _INVISIBLE:
        key = key.replace(sign, "")
    # İ folds to an i and a dot above it, which nobody types who looks for İstanbul.
    return key.replace("i\u0307", "i")


def address_key(address: str) -> str:
    """The key of an e-mail address. straße@ and strasse@ have two keys, because they are two
    mailboxes."""
    if address.isascii():
        return address.lower()
    return _normalized("NFC", address.lower()).replace(_LAST_SIGMA, _SIGMA)


def folded(text: str) -> str:
    """The text that a search compares: its `case_key`, with each run of white space as one
    space."""
    if len(text) <= SLICE:
        return _folded(text)
    folds = [(" " if piece[0].isspace() else "") + _folded(piece) for piece in _pieces(text)]
    return "".join(folds).strip()


def _folded(text: str) -> str:
    """The same of one slice. The index of texts and each comparison pay for it, so that an ordinary
    text takes a few passes in C, and only words of other letters are normalised."""
    if not text.isascii():
        # White space does not compose with a mark, and nothing else folds to it.
        keys = [word.lower() if word.isascii() else _word_key(word) for word in text.split()]
        return " ".join(filter(None, keys))
    key = text.lower().replace("\n", " ")
    if not key.isprintable():
        return " ".join(key.split())
    while "  " in key:
        key = key.replace("  ", " ")
    return key.strip(" ")


def _word_key(word: str) -> str:
    return _kept_key(word) if len(word) <= LONGEST_KEPT else case_key(word)


@lru_cache(maxsize=KEPT_WORDS)
def _kept_key(word: str) -> str:
    return case_key(word)


def _pieces(text: str) -> Iterator[str]:
    """Slices that end before white space; without any, before a sign that is not an accent."""
    position = 0
    while position < len(text):
        end = position + SLICE
        space = max(text.rfind(" ", position + 1, end), text.rfind("\n", position + 1, end))
        if end < len(text) and space > 0:
            end = space
        else:
            end += _marks_at(text, end)
        yield text[position:end]
        position = end


def _marks_at(text: str, position: int) -> int:
    """How many marks begin there, of which MOST_MARKS belong to the letter before."""
    ahead = text[position : position + MOST_MARKS]
    return next((at for at, sign in enumerate(ahead) if sign not in marks()), len(ahead))


def _normalized(form: Literal["NFC", "NFD"], text: str) -> str:
    """The text in this form; the marks beyond MOST_MARKS on a letter are normalised separately."""
    # A run of so many marks has one at such a place, wherever it begins.
    if not marks().isdisjoint(text[::MOST_MARKS]):
        text = _long_runs().sub(rf"\g<0>{_JOINER}", text)
    return unicodedata.normalize(form, text)


@cache
def marks() -> frozenset[str]:
    """The combining marks, and the marks that are taken apart into such marks."""
    return frozenset(
        character
        for character in map(chr, range(0x300, _LAST_MARK + 1))
        if unicodedata.combining(character) or character in _MARKS_IN_ONE
    )


@cache
def _long_runs() -> re.Pattern[str]:
    return re.compile(f"[{''.join(sorted(marks()))}]{{{MOST_MARKS}}}")
