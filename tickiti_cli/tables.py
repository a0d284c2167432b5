"""Tables and threads for a person at a terminal: the only module that imports rich.

Text from a server is stripped of control sequences and never read as markup.
"""

import io
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tickiti_cli.streams import Streams, harmless

if TYPE_CHECKING:
    from tickiti_cli.output import Column

Record = Mapping[str, Any]

_GAP = 2
"""Blanks between columns."""

_LEAST_WIDTH = 12
"""A column that had to be narrower could not be read; a list of tickets fits 80 characters."""

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
_PRIORITIES = {"10": "low", "20": "normal", "30": "high", "40": "urgent"}
_STEPS = (
    (86_400 * 365, "y"),
    (86_400 * 30, "mo"),
    (86_400, "d"),
    (3600, "h"),
    (60, "min"),
    (1, "s"),
)


def table(
    streams: Streams, records: Sequence[Record], shape: Sequence["Column"], *, color: str
) -> None:
    """A line for each record, or a card where the terminal is too narrow for lines."""
    console = _console(streams, color)
    rows = [[_cell(record.get(column.key), column) for column in shape] for record in records]
    least = [
        min(_LEAST_WIDTH, max(Text(column.title).cell_len, *(row[at].cell_len for row in rows)))
        for at, column in enumerate(shape)
    ]
    if sum(least) + _GAP * (len(least) - 1) > console.width:
        for at, record in enumerate(records):
            console.print(*([] if at == 0 else [""]), _grid(record, shape), sep="\n")
    else:
        console.print(_lines(rows, shape, least))
    _write(streams, console)


def card(streams: Streams, record: Record, shape: Sequence["Column"], *, color: str) -> None:
    """One record, a line for each member."""
    console = _console(streams, color)
    console.print(_grid(record, shape))
    _write(streams, console)


def thread(
    streams: Streams,
    ticket: Record,
    responses: Sequence[Record],
    *,
    shape: Sequence["Column"],
    color: str,
) -> None:
    console = _console(streams, color)
    console.print(Text(f"Ticket {ticket['number']}: {harmless(str(ticket['subject']))}", "bold"))
    rest = [column for column in shape if column.key not in ("number", "subject")]
    console.print(_grid(ticket, rest))
    for response in responses:
        who = harmless(str(response.get("created_by_email")))
        kind = " (internal)" if response.get("is_internal") else ""
        when = _age(str(response.get("created_at", "")))
        console.print()
        console.print(Text(f"{who}{kind}, {when}", "cyan"))
        console.print(Text(harmless(str(response.get("plain_text", "")))))
    _write(streams, console)


def _lines(
    rows: Sequence[Sequence[Text]], shape: Sequence["Column"], least: Sequence[int]
) -> Table:
    grid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for column, width in zip(shape, least, strict=True):
        grid.add_column(column.title, overflow="fold", min_width=width)
    for row in rows:
        grid.add_row(*row)
    return grid


def _grid(record: Record, shape: Sequence["Column"]) -> Table:
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for column in shape:
        grid.add_row(Text(column.title, "dim"), _cell(record.get(column.key), column))
    return grid


def _console(streams: Streams, color: str) -> Console:
    """Draws into memory, so that the text is written where all other text is."""
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


def _cell(value: Any, column: "Column") -> Text:
    if value is None:
        return Text("-", "dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, list):
        return Text(harmless(", ".join(map(_item, value))))
    # A cell is one line: rich measures neither tabs nor line breaks.
    text = _age(str(value)) if column.is_time else " ".join(harmless(str(value)).split())
    text = _PRIORITIES.get(text, text) if column.key == "priority" else text
    return Text(text, _STYLES.get(text, "") if column.key in ("status", "state") else "")


def _item(value: Any) -> str:
    """One of a list: text, or an object by its values (`number price Price for Marcus`)."""
    if isinstance(value, dict):
        return " ".join(str(member) for member in value.values())
    return str(value)


def _age(moment: str) -> str:
    """`3 min ago`, `in 2 d`; the text itself where it is no time."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (ValueError, TypeError):
        return harmless(moment)
    for size, unit in _STEPS:
        if abs(seconds) >= size:
            count = round(abs(seconds) / size)
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
    return "now"
