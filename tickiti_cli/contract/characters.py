"""What a word is made of, in every script.

Python's `\\w` has letters and digits but not the marks that join them: most words of Hindi, Thai or
Tamil are none to it, nor is a decomposed umlaut. The rule of this file: marks and the two joiners
belong to a word, though it begins with neither.
"""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Without them Persian and several scripts of India write another word."""


def is_word(text: str, more: str = "") -> bool:
    """Whether a text is one word: letters, digits, marks, and the characters of `more`."""
    if text.isascii():
        return bool(text) and all(character.isalnum() or character in more for character in text)
    if unicodedata.category(text[0])[0] == "M" or text[0] in _JOINERS:
        return False
    return all(
        character.isalnum()
        or character in more
        or character in _JOINERS
        or unicodedata.category(character)[0] == "M"
        for character in text
    )
