"""Tables, cards and ticket threads for a person at a terminal. The only module that imports rich.

Rule: text from a server loses its control characters, and is never read as markup.
"""

import io
import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from tickiti_cli.output.format import Column, Record
from tickiti_cli.output.streams import Streams
from tickiti_cli.output.tables import cells
from tickiti_cli.output.tables import thread as words
from tickiti_cli.output.tables.bars import bars
from tickiti_cli.output.tables.headings import Kind, are_numbers, heading, kind_of, label
from tickiti_cli.output.tables.widths import GAP, Need, fitted

_STYLES = {
    "open": "green",
    "on-hold": "yellow",
    "closed": "dim",
    "active": "green",
    "overlap": "yellow",
    "expired": "red",
    "revoked": "red",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
    "failed": "red",
}

_MARKS = re.compile(r"(?:> ?|\s+|- |[0-9]{1,9}\. )*")
"""The marks before the text of a quotation or a list, as the server's plain text writes them."""

_WORD = re.compile(r"\S+\s*")

_FIRST = -1
"""A column without any value is dropped from a narrow table before all others that can be
dropped."""

_LEAST_VALUE = 20
"""The least room for a value beside its label on a card; a narrower terminal breaks the line."""


class _Drawn(NamedTuple):
    """A column's heading and cells, and the width that the column needs."""

    heading: Text
    cells: Sequence[Text]
    need: Need
    is_number: bool
    wraps: bool


_Line = Sequence[tuple[Text, _Drawn, int]]
"""The cells of a line, each with its column and the column's width."""


def table(
    streams: Streams, records: Sequence[Record], shape: Sequence[Column], *, color: str
) -> list[str]:
    """A line for each record. Returns the headings that the width has no room for."""
    console = _console(streams, color)
    drawn = [_drawn(column, records) for column in shape]
    widths = fitted([column.need for column in drawn], console.width)
    shown = [(drawn[place], width) for place, width in sorted(widths.items())]
    _print(console, _row([(column.heading, column, width) for column, width in shown]))
    room = console.width - sum(width + GAP for _, width in shown)
    drawn_bars = _bars(streams, records, shape, room)
    for at in range(len(records)):
        for line in _lines(at, shown, console):
            _print(console, _row(line).append(drawn_bars[at], "cyan"))
            drawn_bars[at] = ""
    _write(streams, console)
    return [column.heading.plain for place, column in enumerate(drawn) if place not in widths]


def _bars(
    streams: Streams, records: Sequence[Record], shape: Sequence[Column], room: int
) -> list[str]:
    """The bar of each row, empty where there is none. A pipe has no bars."""
    key = next((column.key for column in shape if column.has_bar), None)
    if key is None or not streams.is_terminal(streams.stdout):
        return [""] * len(records)
    encoding = getattr(streams.stdout, "encoding", None) or "ascii"
    return bars([record.get(key) for record in records], room, encoding) or [""] * len(records)


def card(streams: Streams, record: Record, shape: Sequence[Column], *, color: str) -> None:
    """One record, with a line for each field."""
    console = _console(streams, color)
    _draw_card(console, record, shape)
    _write(streams, console)


def thread(streams: Streams, ticket: Record, responses: Sequence[Record], *, color: str) -> None:
    """A ticket, then its responses in the given order."""
    console = _console(streams, color)
    number = f"  #{ticket['number']}" if ticket.get("number") is not None else ""
    _print_wrapped(console, Text.assemble((words.title(ticket), "bold"), (number, "dim")))
    status, *rest = words.state(ticket)
    others = "".join(f" \u00b7 {part}" for part in rest)
    state = Text.assemble((status, _STYLES.get(status, "")), others)
    _print_wrapped(console, state)
    _print_wrapped(console, Text(words.origin(ticket), "dim"))
    for entry in words.entries(ticket, responses):
        _draw_entry(console, entry)
    _write(streams, console)


def _draw_entry(console: Console, entry: words.Entry) -> None:
    console.print()
    if not entry.text and not entry.files:
        line = f"{entry.author} {entry.changes}, {entry.when}"
        _print_wrapped(console, Text(line, "dim"))
        return
    role = "yellow" if entry.role.startswith("internal note") else "dim"
    head = Text.assemble((entry.author, "bold cyan"), (f"  {entry.head}", role))
    _print_wrapped(console, head)
    for line in _aligned(entry.text.splitlines(), console.width):
        _print_body(console, line)
    for name in entry.files:
        _print_wrapped(console, Text(f"Attached: {name}", "dim"))
    if entry.changes:
        _print_wrapped(console, Text(f"Also {entry.changes}", "dim"))


def _aligned(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines with the cells of each table, which are separated by TABs, in columns. A table that
    is too wide stays as it is, and so does code that is indented by TABs."""
    for count, found in groupby(lines, key=lambda line: line.count("\t")):
        rows = [line.split("\t") for line in found]
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        is_table = count and all(row[0].strip() for row in rows)
        if not is_table or sum(widths) + GAP * count > width:
            yield from map("\t".join, rows)
            continue
        for row in rows:
            cells = (set_cell_size(cell, size) for cell, size in zip(row, widths, strict=True))
            yield (" " * GAP).join(cells).rstrip()


def _print_body(console: Console, line: str) -> None:
    """A line of a text. After a line break a quotation continues with its marks, a list with
    blanks."""
    mark = _MARKS.match(line)
    start = mark[0] if mark and cell_len(mark[0]) <= console.width // 2 else ""
    rest = "".join(sign if sign == ">" else " " for sign in start)
    pieces = _wrapped(console, line[len(start) :], console.width - cell_len(start))
    for at, piece in enumerate(pieces):
        _print(console, Text(start if at == 0 else rest).append_text(piece))


def _print_wrapped(console: Console, text: Text) -> None:
    for line in text.wrap(console, console.width):
        _print(console, line)


def _wrapped(console: Console, text: str, width: int) -> list[Text]:
    """The lines of a text. A URL or an id that is wider than the line is not broken, so that it can
    be copied."""
    lines: list[Text] = []
    for piece in _around_long_words(text, width):
        is_word = piece.isascii() and " " not in piece
        lines += [Text(piece)] if is_word else [*Text(piece).wrap(console, width)]
    return lines or [Text()]


def _around_long_words(text: str, width: int) -> Iterator[str]:
    """The text in pieces: each word that is too wide, and what is between them. Chinese has no
    blanks, so that only ASCII counts as a word."""
    end = 0
    for found in _WORD.finditer(text):
        word = found[0].rstrip()
        if word.isascii() and len(word) > width:
            yield from filter(None, (text[end : found.start()].rstrip(), word))
            end = found.end()
    if end < len(text):
        yield text[end:]


def _drawn(column: Column, records: Sequence[Record]) -> _Drawn:
    values = [record.get(column.key) for record in records]
    found = [_cell(value, column.key) for value in values]
    title = Text(heading(column.key).upper(), "bold")
    natural = max(cell_len(cell.plain) for cell in (title, *found))
    kind = kind_of(column.key, values)
    is_empty = all(value in (None, "", []) for value in values)
    need = Need(natural, kind, _FIRST if column.leaves and is_empty else column.leaves)
    is_number = kind is Kind.WHOLE and column.key != "priority" and are_numbers(values)
    return _Drawn(title, found, need, is_number, column.wraps)


def _lines(at: int, shown: Sequence[tuple[_Drawn, int]], console: Console) -> Iterator[_Line]:
    """The lines of a row: one line, or several where a column's text is wrapped."""
    wrapped = [
        _wrapped(console, column.cells[at].plain, width) if column.wraps else [column.cells[at]]
        for column, width in shown
    ]
    for line in zip_longest(*wrapped, fillvalue=Text()):
        yield [(cell, *column) for cell, column in zip(line, shown, strict=True)]


def _row(line: _Line) -> Text:
    pieces: list[Text] = []
    for cell, column, width in line:
        fitting = cell.copy()
        if not column.wraps:  # there a path or a URL may be wider than its column
            fitting.truncate(width, overflow="ellipsis")
        blanks = Text(" " * (width - cell_len(fitting.plain)))
        pieces += [blanks, fitting] if column.is_number else [fitting, blanks]
        pieces.append(Text(" " * GAP))
    return Text().join(pieces)


def _draw_card(console: Console, record: Record, shape: Sequence[Column]) -> None:
    labels = [Text(label(column.key), "dim") for column in shape]
    indent = max((cell_len(title.plain) for title in labels), default=0) + GAP
    for title, column in zip(labels, shape, strict=True):
        lines = _value_lines(console, record.get(column.key), column.key, indent)
        title.append(" " * (indent - cell_len(title.plain)))
        for at, line in enumerate(lines):
            _print(console, Text().join([title if at == 0 else Text(" " * indent), line]))


def _value_lines(console: Console, value: Any, key: str, indent: int) -> list[Text]:
    cell = _cell(value, key)
    lines = _wrapped(console, cell.plain, max(console.width - indent, _LEAST_VALUE))
    for line in lines:
        line.stylize(cell.style)
    return lines


def _print(console: Console, line: Text) -> None:
    """Print a line unchanged, even where an id makes it wider than the terminal."""
    line.rstrip()
    console.print(line, soft_wrap=True)


def _console(streams: Streams, color: str) -> Console:
    """A console that draws into memory, so that Streams writes the text like all other text."""
    is_terminal = streams.is_terminal(streams.stdout)
    wants_color = {"always": True, "never": False}.get(color, is_terminal)
    size = shutil.get_terminal_size()
    return Console(
        file=io.StringIO(),
        width=size.columns,
        height=size.lines,  # without it, a dumb terminal is taken to be 80 wide
        force_terminal=wants_color,
        no_color=not wants_color,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _write(streams: Streams, console: Console) -> None:
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    streams.write("".join(f"{line.rstrip()}\n" for line in lines))


def _cell(value: Any, key: str) -> Text:
    text = cells.words(value, key)
    if value is None:
        return Text(text, "dim")
    return Text(text, _STYLES.get(text, "") if key in ("status", "state") else "")
