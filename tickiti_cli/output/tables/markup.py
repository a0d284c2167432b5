"""Tables, records and threads as Markdown and as HTML, for reports.

Rule: text from a server is escaped, so that it is shown and never read as markup. The HTML is a
fragment for a page or a mail, in ASCII, so that it is right in any encoding.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from tickiti_cli.output.format import Column, Record
from tickiti_cli.output.tables import cells
from tickiti_cli.output.tables import thread as words
from tickiti_cli.output.tables.headings import are_numbers, is_whole, label

_INLINE = re.compile(r"([\\`*_{}\[\]<>|~&#!])")
"""Characters that begin something in Markdown, anywhere in a line."""

_BEGINNING = re.compile(r"^(\s*)([-+=]|[0-9]+[.)])(?=\s|$|-|=)")
_MARKS = re.compile(r"(?:> ?|\s+|- |[0-9]{1,9}\. )*")
_TABLE = '<table border="1" cellpadding="4" style="border-collapse: collapse">'
"""The attributes that draw lines between the cells, because mail programs drop style sheets."""


def markdown_rows(records: Sequence[Record], shape: Sequence[Column]) -> str:
    return _markdown(_heads(shape), _bodies(records, shape), _sides(records, shape))


def html_rows(records: Sequence[Record], shape: Sequence[Column]) -> str:
    return _html(_heads(shape), _bodies(records, shape), _sides(records, shape))


def markdown_record(record: Record, shape: Sequence[Column]) -> str:
    return _markdown(("Field", "Value"), _pairs(record, shape), ("left", "left"))


def html_record(record: Record, shape: Sequence[Column]) -> str:
    return _html(("Field", "Value"), _pairs(record, shape), ("left", "left"))


def markdown_text(text: str) -> str:
    return f"{_plain(text)}\n" if text else ""


def html_text(text: str) -> str:
    return _ascii(f"{_tag('p', text)}\n") if text else ""


def markdown_thread(ticket: Record, responses: Sequence[Record]) -> str:
    blocks = [f"# {_plain(words.title(ticket))} ({ticket.get('number')})"]
    blocks.append(_plain(" \u00b7 ".join(words.state(ticket))))
    blocks.append(_plain(words.origin(ticket, is_relative=False)))
    for entry in words.entries(ticket, responses, is_relative=False):
        blocks.append(f"## {_plain(', '.join(filter(None, (entry.author, entry.head))))}")
        blocks.append("\n".join(map(_line, entry.text.splitlines())))
        blocks += [_plain(f"Attached: {name}") for name in entry.files]
        blocks.append(_plain(entry.changes))
    return "\n\n".join(filter(None, blocks)) + "\n"


def html_thread(ticket: Record, responses: Sequence[Record]) -> str:
    blocks = [_tag("h1", f"{words.title(ticket)} ({ticket.get('number')})")]
    blocks.append(_tag("p", " \u00b7 ".join(words.state(ticket))))
    blocks.append(_tag("p", words.origin(ticket, is_relative=False)))
    for entry in words.entries(ticket, responses, is_relative=False):
        blocks.append(_tag("h2", ", ".join(filter(None, (entry.author, entry.head)))))
        blocks.append(_tag("div", entry.text, 'style="white-space: pre-wrap"'))
        blocks += [_tag("p", f"Attached: {name}") for name in entry.files]
        blocks.append(_tag("p", entry.changes))
    return _ascii("\n".join(filter(None, blocks)) + "\n")


def _heads(shape: Sequence[Column]) -> list[str]:
    return [label(column.key) for column in shape]


def _bodies(records: Iterable[Record], shape: Sequence[Column]) -> Iterator[list[str]]:
    for record in records:
        yield [_cell(record.get(column.key), column.key) for column in shape]


def _sides(records: Sequence[Record], shape: Sequence[Column]) -> list[str]:
    """The side on which each column is aligned: numbers at the right."""
    values = {column.key: [record.get(column.key) for record in records] for column in shape}
    return [
        "right" if is_whole(key, found) and key != "priority" and are_numbers(found) else "left"
        for key, found in values.items()
    ]


def _pairs(record: Record, shape: Sequence[Column]) -> list[list[str]]:
    return [[label(column.key), _cell(record.get(column.key), column.key)] for column in shape]


def _cell(value: Any, key: str) -> str:
    return "" if value is None else cells.words(value, key, is_relative=False)


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], sides: Sequence[str]) -> str:
    rules = ["---:" if side == "right" else "---" for side in sides]
    lines = [list(map(_plain, heads)), rules, *(list(map(_plain, row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _html(heads: Sequence[str], rows: Iterable[Sequence[str]], sides: Sequence[str]) -> str:
    aligned = [f'align="{side}"' for side in sides]
    head = "".join(_tag("th", text, style) for text, style in zip(heads, aligned, strict=True))
    lines = [_TABLE, f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for row in rows:
        pairs = zip(row, aligned, strict=True)
        found = "".join(f"<td {align}>{escape(text)}</td>" for text, align in pairs)
        lines.append(f"<tr>{found}</tr>")
    return _ascii("\n".join([*lines, "</tbody>", "</table>", ""]))


def _plain(text: str) -> str:
    return _INLINE.sub(r"\\\1", text)


def _line(text: str) -> str:
    """A line of a thread's text, ended by the two blanks that break a line in Markdown. Quotations
    and lists keep their marks."""
    if not text.strip():
        return ""
    mark = _MARKS.match(text)
    start = mark[0].replace("\t", " ") if mark else ""
    rest = _plain(text[len(start) :])
    return start + _BEGINNING.sub(r"\1\\\2", rest) + "  "


def _tag(name: str, text: str, attributes: str = "") -> str:
    """An element around a text; nothing where there is no text."""
    begin = f"{name} {attributes}" if attributes else name
    return f"<{begin}>{escape(text)}</{name}>" if text else ""


def _ascii(html: str) -> str:
    return html.encode("ascii", "xmlcharrefreplace").decode()
