"""The layout of help: titles, wrapped text, two columns, and examples that can be pasted.

Rule: no word is broken, and no line ends in the middle of a quoted text.
"""

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Rows = Sequence[tuple[str, str]]
"""Terms and their meanings."""

WIDEST_TEXT = 120
"""Columns of text. Longer lines are hard to read; examples alone use a wider terminal."""

NARROWEST = 40
WIDEST_TERM = 26
"""Columns of a flag with its value. The text of a longer one starts on the next line."""

INDENT = "  "
_WORDS = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")


class Style(NamedTuple):
    """How the reader's terminal shows help. In a pipe the lines of examples stay whole."""

    columns: int
    is_bold: bool = False
    is_terminal: bool = False

    @property
    def width(self) -> int:
        return min(self.columns, WIDEST_TEXT)


def style(*, is_terminal: bool, is_bold: bool) -> Style:
    """The style for the terminal of this process; 80 columns where its width is unknown."""
    return Style(max(shutil.get_terminal_size().columns, NARROWEST), is_bold, is_terminal)


def section(title: str, lines: Iterable[str], shown: Style) -> str:
    """A title, and its lines below."""
    head = f"\x1b[1m{title}\x1b[0m" if shown.is_bold else title
    return "\n".join([head, *lines])


def paragraphs(text: str, shown: Style) -> str:
    """Text wrapped to the width, with its empty lines."""
    found = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join("\n".join(_wrapped(part, shown.width)) for part in found if part)


def usage(words: Sequence[str], head: str, shown: Style) -> list[str]:
    """The words of a command line behind `head`, which names the command."""
    whole = [word.replace(" ", "\N{NO-BREAK SPACE}") for word in words]
    behind = " " * min(len(INDENT) + len(head) + 1, shown.width // 2)
    lines = _wrapped(" ".join([head, *whole]), shown.width, first=INDENT, others=behind)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def columns(rows: Rows, shown: Style, *, beside: Sequence[Rows] = ()) -> Iterator[str]:
    """Terms and their meanings side by side, as wide as in the lists `beside` this one."""
    widest = min(WIDEST_TERM, shown.width // 2)
    terms = [term for found in (rows, *beside) for term, _ in found]
    column = max((len(term) for term in terms if len(term) <= widest), default=0) + 2
    for term, meaning in rows:
        head = f"{INDENT}{term}"
        if len(term) > widest:
            yield head
            head = INDENT
        behind = " " * (len(INDENT) + column)
        first, *others = _wrapped(meaning, shown.width, first=behind, others=behind) or [""]
        yield f"{head:<{len(behind)}}{first.lstrip()}".rstrip()
        yield from others


def examples(lines: Iterable[str], shown: Style) -> Iterator[str]:
    """Command lines. A terminal too narrow for one continues it behind a backslash."""
    for line in lines:
        if shown.is_terminal:
            yield from _continued(line, shown.columns)
        else:
            yield f"{INDENT}{line}"


def _continued(line: str, width: int) -> Iterator[str]:
    """The lines of an example, all but the last one ended by a backslash."""
    first, *words = _with_values(_WORDS.findall(line), width - len(INDENT * 3) - 2)
    current = f"{INDENT}{first}"
    for left, word in zip(range(len(words) - 1, -1, -1), words, strict=True):
        longer = f"{current} {word}"
        if len(longer) + (2 if left else 0) > width:
            yield f"{current} \\"
            longer = f"{INDENT * 3}{word}"
        current = longer
    yield current


def _with_values(words: Sequence[str], widest: int) -> list[str]:
    """The words of a command line, each flag together with the value behind it if both fit."""
    joined: list[str] = []
    for word in words:
        is_value = joined and joined[-1].startswith("-") and " " not in joined[-1]
        if is_value and word[0] not in "-|" and len(f"{joined[-1]} {word}") <= widest:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


def _wrapped(text: str, width: int, *, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
