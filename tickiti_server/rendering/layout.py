"""The lines of a text that HTML becomes: line breaks and the prefix of each line.

Rule: a break is recorded when a block begins or ends, and written before the next text. Blocks that
begin or end at one place therefore make one break.
"""

import re
from typing import NamedTuple

LINE, PARAGRAPH = 1, 2
"""How far apart two texts are: on lines of their own, or with an empty line between."""

DEEPEST = 12
"""The most nested lists and quotations that have a mark before a line; deeper ones add nothing.
Without a limit the text could become many times as long as its HTML."""

SLICE = 65_536
"""Characters that one call of a library function gets, because the call holds the GIL."""

_SPACES = re.compile(r"[ \t\n\r\f\v\xa0]{2,}|[\t\n\r\f\v\xa0]")


class Container(NamedTuple):
    """An open element. `first` stands before its first line, `rest` before the others."""

    tag: str
    first: str = ""
    rest: str = ""


class Layout:
    """Takes texts and breaks in their order; `text()` is what they make."""

    def __init__(self) -> None:
        self.lines_made = 0
        self.is_verbatim = False
        """Whether white space counts, as in `pre`."""

        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._cells: list[str] = []
        self._before = self._after = 0  # the breaks on both sides of what is being collected
        self._is_fresh = False  # nothing has come yet in this list item, quotation or cell
        self._containers: list[Container] = []
        self._unmarked = 0  # so many of the innermost ones have no line yet
        self._is_stale = False  # the prefixes below must be computed again
        self._first = self._rest = ""  # the prefix of the next line, and of later lines
        self._quotes = self._last_quotes = ""  # its quotation marks, and those of the last line

    def text(self) -> str:
        self.flush()
        return "\n".join(self._lines).strip("\n").rstrip()

    def add(self, text: str) -> None:
        """Text between two tags, its references read."""
        is_blank = not self.is_verbatim and text.isspace()
        if is_blank and (self._after or not self._pieces):
            return
        if self._after:
            self.flush()
        self._is_fresh = False
        self._pieces.append(text)

    def add_behind(self, text: str) -> None:
        """Add text to the last text, even if breaks were noted since."""
        if self._pieces or self._cells or not self._lines:
            self._pieces.append(text)
        else:
            self._lines[-1] += text

    def break_line(self, gap: int = LINE) -> None:
        if self._is_fresh:
            return
        if self._pieces or self._cells:
            self._after = max(self._after, gap)
        elif gap > self._before:
            self._before = gap

    def next_line(self) -> None:
        """End the line, even an empty one, as `br` does."""
        is_empty = self._after or not (self._pieces or self._cells)
        self.break_line(PARAGRAPH if is_empty else LINE)

    def open(self, container: Container, gap: int) -> None:
        self.break_line(gap)
        self.flush()
        self._containers.append(container)
        self._unmarked += 1
        self._is_fresh = True
        self._is_stale = True

    def close(self, gap: int) -> None:
        """End the innermost container."""
        self.flush()
        self._containers.pop()
        self._unmarked = min(self._unmarked, len(self._containers))
        self._is_fresh = False
        self._is_stale = True
        self.break_line(gap)

    def begin_cell(self) -> None:
        """The first one of a line."""
        self._is_fresh = True

    def next_cell(self) -> None:
        """The following text is on the same line, separated from the text before it."""
        self._cells.append(self._collected())
        self._after, self._is_fresh = 0, True

    def flush(self) -> None:
        """Make a line of what was collected."""
        if not self._pieces and not self._cells:
            return
        text = self._collected()
        if self._cells:
            text = "\t".join([*self._cells, text]).strip()
            self._cells.clear()
        if text and not text.isspace():
            self._make_lines(text)
        self._before, self._after = max(self._before, self._after, LINE), 0

    def _collected(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text.replace("\xa0", " ").rstrip() if self.is_verbatim else collapsed(text).strip()

    def _make_lines(self, text: str) -> None:
        if self._is_stale:
            self._find_prefixes()
        if self._before == PARAGRAPH and self._lines:
            self._lines.append(min(self._quotes, self._last_quotes, key=len).rstrip())
        breaks = text.count("\n") if self._rest else 0
        if breaks and breaks * len(self._rest) <= len(text) + SLICE:
            text = text.replace("\n", f"\n{self._rest}")
        self._lines.append(self._first + text)
        self.lines_made += 1
        self._first, self._last_quotes = self._rest, self._quotes
        self._unmarked = self._before = 0

    def _find_prefixes(self) -> None:
        self._is_stale = False
        shown = self._containers[:DEEPEST]
        marked = len(self._containers) - self._unmarked
        self._first = "".join([c.rest if at < marked else c.first for at, c in enumerate(shown)])
        self._rest = "".join([c.rest for c in shown])
        self._quotes = "".join([c.rest for c in shown if c.tag == "blockquote"])


def collapsed(text: str) -> str:
    """The text with one space for each run of white space."""
    if len(text) <= SLICE:
        return _SPACES.sub(" ", text)
    slices = [_SPACES.sub(" ", text[at : at + SLICE]) for at in range(0, len(text), SLICE)]
    for at in range(1, len(slices)):
        if slices[at - 1].endswith(" "):
            slices[at] = slices[at].removeprefix(" ")
    return "".join(slices)
