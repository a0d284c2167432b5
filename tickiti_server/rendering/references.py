"""Character references of HTML: `&amp;`, `&#38;`, `&eacute;` become the characters they mean.

It takes time in proportion to the text.
"""

import re
from functools import lru_cache
from html import unescape

_ENDLESS_NUMBER = re.compile(r"&#[0-9]{100,};?")
"""A number of more digits than `int` reads; no character has such a number."""

_REFERENCE = re.compile(r"&(?:#(?:[0-9]{1,99}|[xX][0-9a-fA-F]{1,99})|[A-Za-z][A-Za-z0-9]{1,31});?")


def unescaped(html: str) -> str:
    """The text with its characters in place of their references."""
    if "&" not in html:
        return html
    return _REFERENCE.sub(_character, _ENDLESS_NUMBER.sub("\ufffd", html))


def _character(reference: re.Match[str]) -> str:
    return _meant(reference[0])


@lru_cache(maxsize=1024)
def _meant(reference: str) -> str:
    """A text has few different ones, and the library looks one up in 40 steps."""
    return unescape(reference)
