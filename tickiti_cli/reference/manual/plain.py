"""Blocks as text for a terminal or a pipe: `tickiti help`, and man pages where there is no man."""

import textwrap
from collections.abc import Iterator, Sequence

from tickiti_cli.surface.blocks import Block, Entries, Literal, Paragraph, Part, Usage

WIDTH = 80
GAP = 2
WIDEST_TERM = 24


def render(blocks: Sequence[Block], indent: str = "") -> str:
    """Text without a line break at its end."""
    return "\n\n".join("\n".join(_lines(block, indent)) for block in blocks)


def _lines(block: Block, indent: str) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from _wrapped(text, indent)
        case Literal(lines):
            yield from (f"{indent}    {line}".rstrip() for line in lines)
        case Part(title):
            yield f"{indent}{title}"
        case Entries(rows):
            yield from _table(rows, indent)


def _table(rows: Sequence[tuple[str, str]], indent: str) -> Iterator[str]:
    """The meanings in one column; a long term has its meaning below it."""
    shown = [(unmarked(term), meaning) for term, meaning in rows]
    widths = [len(term) for term, _ in shown if len(term) <= WIDEST_TERM]
    column = max(widths, default=0) + GAP
    for term, meaning in shown:
        head = f"{indent}  {term}"
        if len(term) > WIDEST_TERM:
            yield head
            head = indent + "  "
        first, *others = _wrapped(meaning, f"{indent}  {' ' * column}") or [""]
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


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
