"""JSON of others with line breaks, so that a person can read it.

Rule: the words are those that were sent: each number as it was written, each member as often as it
is there. JSON that would become much longer is left as it is, because 64 KiB that are nested 900
deep become 59 MB, and anybody can send them.
"""

import json
import re

STEP = "  "
MOST_TIMES = 8
SPARE = 4096
"""Characters that a short text may have beyond MOST_TIMES its length."""

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def indented(text: str) -> str:
    """`text` with line breaks if it is JSON; otherwise, and if it would be too long, as it is."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _arranged(text, MOST_TIMES * len(text) + SPARE) or text


def _arranged(json_text: str, most: int) -> str | None:
    """The text with line breaks; None if it has more than `most` characters."""
    pieces: list[str] = []
    depth = size = 0
    last = "nothing"
    for found in _WORD.finditer(json_text):
        word = found[0]
        depth -= word in "]}"
        is_broken = last not in "[{" if word in "]}" else last in "[{,"
        piece = ("\n" + STEP * depth if is_broken else "") + _shown(word)
        size += len(piece)
        if size > most:
            return None
        pieces.append(piece)
        depth += word in "[{"
        last = word
    return "".join(pieces)


def _shown(word: str) -> str:
    """A word for a person: an escaped letter is shown, one that cannot be seen stays escaped."""
    if word == ":":
        return ": "
    if "\\u" not in word:
        return word
    letters = json.dumps(json.loads(word), ensure_ascii=False)
    return letters if letters.isprintable() else word
