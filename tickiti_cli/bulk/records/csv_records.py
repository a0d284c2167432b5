"""CSV as spreadsheets write it: a header, then a record a line or more.

The rule of this file: a record that is broken ends where the next line begins, so that it takes no
other along.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO

from tickiti_cli.bulk.line import Line, Remark, is_utf8
from tickiti_cli.errors import UsageProblem

MOST_FIELD = 25 * 1024 * 1024
"""Characters in one CSV field: what a server takes in a request."""

MOST_RECORD = 4 * MOST_FIELD
"""Characters in one record: beyond them a quote that is never closed has taken others along."""

MOST_LINES_READ_AGAIN = 1_000_000
"""Behind quotes that are never closed: a file that is nothing else is not read for ever."""

DELIMITERS = ",;\t"
_SETTING = "sep="
"""The line in front of the header by which a spreadsheet is told the delimiter."""


def read(file: TextIO, name: str, remark: Remark) -> Iterator[Line]:
    """Raises UsageProblem for a header that gives no columns."""
    csv.field_size_limit(MOST_FIELD)
    records = _Records(file)
    header = _header(records, name, remark)
    for number, cells in records:
        if isinstance(cells, Line):
            yield cells
        elif any(map(str.strip, cells)):
            yield _record(number, header, cells)


class _Records:
    """The cells of each record with the number of its first line; a Line for one that is broken."""

    def __init__(self, file: TextIO) -> None:
        self._file = iter(file)
        self._again: deque[str] = deque()
        """Lines that a broken record had taken along."""

        self._taken: list[str] = []
        """Those of the record that is being read."""

        self._size = 0
        """In characters, of what is taken."""

        self._number = 1
        """Of the next record's first line."""

        self._left = MOST_LINES_READ_AGAIN
        first = next(self._file, "")
        if first.lower().startswith(_SETTING) and len(first.rstrip("\r\n")) == len(_SETTING) + 1:
            self._number = 2
            self.delimiter = first[len(_SETTING)]
        else:
            self._again.append(first)
            self.delimiter = _delimiter_of(first)
        self._reader = csv.reader(self._lines(), strict=True, delimiter=self.delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str] | Line]]:
        while True:
            number, self._taken = self._number, []
            try:
                cells: list[str] | Line = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells = self._broken(number, error)
            self._number += len(self._taken)
            yield number, cells

    def _lines(self) -> Iterator[str]:
        while line := self._again.popleft() if self._again else next(self._file, ""):
            if not self._taken:
                self._size = 0
            self._taken.append(line)
            self._size += len(line)
            if self._size > MOST_RECORD:
                raise csv.Error(f"a record of more than {MOST_RECORD} characters")
            yield line

    def _broken(self, number: int, error: csv.Error) -> Line:
        """The record's first line; what it took along besides is read again by itself."""
        first, *others = self._taken
        if len(others) > self._left:
            told = f"it is not CSV: {error}, and neither is what follows to line "
            return Line(number, error=f"{told}{number + len(others)}.", text=first)
        self._left -= len(others)
        self._again.extendleft(reversed(others))
        self._taken = [first]
        # Its input has ended, perhaps: the reader asks no ended one again.
        self._reader = csv.reader(self._lines(), strict=True, delimiter=self.delimiter)
        where = f" (noticed in line {number + len(others)})" if others else ""
        return Line(number, error=f"it is not CSV: {error}{where}.", text=first)


def _delimiter_of(header: str) -> str:
    """The one that makes most columns of it; a comma where none makes more."""

    def count(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=count)


def _header(records: _Records, name: str, remark: Remark) -> Sequence[str]:
    """The columns' names; "" for one that has none."""
    _, cells = next(iter(records), (1, []))
    if isinstance(cells, Line):
        raise UsageProblem(f"{name} is not CSV: its header, {cells.error}")
    header = [cell.strip() for cell in cells]
    if not all(map(is_utf8, header)):
        raise UsageProblem(
            f"{name}: its header is not UTF-8 text.", hint="Save the file as CSV in UTF-8."
        )
    named = [column for column in header if column]
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise UsageProblem(
            f"{name} is not CSV: two columns have the same name.",
            hint=f"Rename one of the columns '{twice}'.",
        )
    nameless = len(header) - len(named)
    if nameless and named:
        told = "1 column has" if nameless == 1 else f"{nameless} columns have"
        remark(f"{told} no name in the header: ignored.")
    return header


def _record(number: int, header: Sequence[str], cells: Sequence[str]) -> Line:
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(header):
        told = f"it has {len(cells)} fields, the header has {len(header)}."
        return Line(number, error=told, text=repr(cells))
    if not all(map(is_utf8, cells)):
        return Line(number, error="it is not UTF-8 text.", text=repr(cells))
    # An empty cell is no value: CSV has no other way to leave one out.
    pairs = zip(header, cells, strict=True)
    return Line(number, {name: cell for name, cell in pairs if name and cell})
