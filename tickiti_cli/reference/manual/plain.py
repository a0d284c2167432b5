"""Blocks as plain text: for `tickiti help`, and for man pages where man is not installed."""

import textwrap
from collections.abc import Iterator, Sequence

from tickiti_cli.reference.manual.blocks import Block, Entries, Literal, Paragraph, Part, Usage

WIDTH = 80
"""Columns of a text in a file or a pipe, and the most columns on a terminal."""

GAP = 2
WIDEST_TERM = 24


def render(blocks: Sequence[Block], indent: str = "", *, width: int = WIDTH) -> str:
    """The text of all blocks, without a line break at its end. Examples are not wrapped."""
    return "\n\n".join("\n".join(_lines(block, indent, width)) for block in blocks)


def _lines(block: Block, indent: str, width: int) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from _wrapped(text, indent, width)
        case Literal(lines):
            yield from (f"{indent}    {line}".rstrip() for line in lines)
        case Part(title):
            yield f"{indent}{title}"
        case Entries(rows):
            yield from _table(rows, indent, width)


def _table(rows: Sequence[tuple[str, str]], indent: str, width: int) -> Iterator[str]:
    """Terms and their meanings in two columns. The meaning of a long term begins below the term."""
    shown = [(unmarked(term), meaning) for term, meaning in rows]
    widest = min(WIDEST_TERM, width // 3)
    widths = [len(term) for term, _ in shown if len(term) <= widest]
    column = max(widths, default=0) + GAP
    for term, meaning in shown:
        head = f"{indent}  {term}"
        if len(term) > widest:
            yield head
            head = indent + "  "
        first, *others = _wrapped(meaning, f"{indent}  {' ' * column}", width) or [""]
        yield f"{head:<{len(indent) + 2 + column}}{first.lstrip()}".rstrip()
        yield from others


def usage(typed: Usage, indent: str) -> str:
    words = [unmarked(word) for word in typed.words]
    return "\n".join(
        textwrap.wrap(
            " ".join([typed.name, *(word.replace(" ", "\N{NO-BREAK SPACE}") for word in words)]),
            WIDTH,
            initial_indent=indent,
            subsequent_indent=" " * (len(indent) + len(typed.name) + 1),
            break_long_words=False,
            break_on_hyphens=False,
        )
    ).replace("\N{NO-BREAK SPACE}", " ")


def unmarked(term: str) -> str:
    return term.replace(" ,", ",").translate({ord(mark): None for mark in "`<>"})


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
