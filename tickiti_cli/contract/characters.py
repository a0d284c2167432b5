"""Which characters make a word, in every script, and which control a screen or a protocol.

Rule: combining marks and the two joiners belong to a word, but no word begins with one. Python's
`\\w` excludes them, so that it splits most words of Hindi, Thai and Tamil.
"""

import re
import unicodedata

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""A control character or a line separator: no subject, name or header may hold one."""

_JOINERS = "\u200c\u200d"
"""Zero-width joiners. Persian and several scripts of India spell words with them."""


def is_word(text: str, more: str = "") -> bool:
    """Whether the text is one word: letters, digits, marks and the characters of `more`."""
    if text.isascii():
        return text.isalnum() or (
            bool(text) and all(character.isalnum() or character in more for character in text)
        )
    if unicodedata.category(text[0])[0] == "M" or text[0] in _JOINERS:
        return False
    return all(
        character.isalnum()
        or character in more
        or character in _JOINERS
        or unicodedata.category(character)[0] == "M"
        for character in text
    )
