"""CSV as spreadsheets write it: a header, then records of one line or more.

Rule: a broken record ends with its first line, so that the records after it are still read.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO

from tickiti_cli.bulk.records.bounded_lines import (
    MOST_FIELD,
    MOST_KEPT,
    MOST_RECORD,
    bounded_lines,
    is_too_long,
)
from tickiti_cli.bulk.records.header import HeaderCheck
from tickiti_cli.bulk.records.record import Record, Remark, refuse_other_encoding
from tickiti_cli.errors import UsageProblem

MOST_LINES_READ_AGAIN = 1_000_000
"""Lines after unclosed quotes that are parsed again, because a file may consist of such quotes."""

DELIMITERS = ",;\t|"
_SETTING = "sep="
"""The line before the header in which a spreadsheet names the delimiter."""


def read(
    file: TextIO,
    name: str,
    remark: Remark,
    *,
    delimiter: str | None = None,
    check_header: HeaderCheck,
) -> Iterator[Record]:
    """Read the records. Without a delimiter, the header tells which one it is.

    Raises UsageProblem for a header that is refused, and NotInEncoding.
    """
    csv.field_size_limit(MOST_FIELD)
    records = _CsvReader(file, delimiter)
    header = _header(records, name, remark)
    if named := [column for column in header if column]:
        check_header(named)
    for number, cells in records:
        if isinstance(cells, Record):
            yield cells
        elif _has_text((number, cells)):
            yield _record_of(number, header, cells)


class _CsvReader:
    """Yields the cells of each record, or a broken Record, with the number of its first line."""

    def __init__(self, file: TextIO, delimiter: str | None) -> None:
        self._file = bounded_lines(file)
        self._again: deque[str] = deque()
        """Lines after a broken record, which are parsed again."""

        self._taken: list[str] = []
        """The lines of the present record."""

        self._size = 0
        """The characters in `_taken`."""

        self._number = 1
        """The number of the next record's first line."""

        self._left = MOST_LINES_READ_AGAIN
        first = next(self._file, "")
        while first and not first.strip():  # a blank line before the header
            self._number += 1
            first = next(self._file, "")
        if first.lower().startswith(_SETTING) and len(first.rstrip("\r\n")) == len(_SETTING) + 1:
            self._number += 1
            self.delimiter = delimiter or first[len(_SETTING)]
        else:
            self._again.append(first)
            self.delimiter = delimiter or _delimiter_of(first)
        self._reader = csv.reader(self._lines(), strict=True, delimiter=self.delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str] | Record]]:
        while True:
            number, self._taken = self._number, []
            try:
                cells: list[str] | Record = next(self._reader)
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

    def _broken(self, number: int, error: csv.Error) -> Record:
        """Return the first line as a broken record; the lines after it are parsed again."""
        first, *others = self._taken
        text = first[:MOST_KEPT] if is_too_long(first) else first
        if len(others) > self._left:
            error_text = f"it is not CSV: {error}, and neither is what follows to line "
            return Record(number, error=f"{error_text}{number + len(others)}.", text=text)
        self._left -= len(others)
        self._again.extendleft(reversed(others))
        self._taken = [first]
        # A new reader, because a csv.reader whose input has ended reads no further.
        self._reader = csv.reader(self._lines(), strict=True, delimiter=self.delimiter)
        where = f" (noticed in line {number + len(others)})" if others else ""
        return Record(number, error=f"it is not CSV: {error}{where}.", text=text)


def _has_text(numbered: tuple[int, list[str] | Record]) -> bool:
    """False for a row of empty cells, which is no record and no header."""
    _, cells = numbered
    return isinstance(cells, Record) or any(map(str.strip, cells))


def _delimiter_of(header: str) -> str:
    """Return the delimiter that splits the header into most columns; a comma in a tie."""

    def count(delimiter: str) -> int:
        try:
            return len(next(csv.reader([header], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=count)


def _header(records: _CsvReader, name: str, remark: Remark) -> Sequence[str]:
    """Return the names of the columns; "" for a column without a name."""
    number, cells = next(filter(_has_text, records), (1, []))
    if isinstance(cells, Record):
        raise UsageProblem(f"{name}: line {number}: {cells.error}")
    header = [cell.strip() for cell in cells]
    for column in header:
        refuse_other_encoding(column, number, may_have_nul=False)
    named = [column for column in header if column]
    nameless = len(header) - len(named)
    if nameless and named:
        columns = "1 column has" if nameless == 1 else f"{nameless} columns have"
        remark(f"{columns} no name in the header: ignored.")
    return header


def _record_of(number: int, header: Sequence[str], cells: Sequence[str]) -> Record:
    for cell in cells:
        refuse_other_encoding(cell, number)
    end = len(cells)
    while end > len(header) and not cells[end - 1].strip():
        end -= 1
    cells = cells[:end]
    if len(cells) != len(header):
        message = f"it has {len(cells)} fields, the header has {len(header)}."
        return Record(number, error=message, text=repr(cells))
    # An empty cell counts as no value, because CSV has no other way to leave one out.
    pairs = zip(header, cells, strict=True)
    return Record(number, {name: cell for name, cell in pairs if name and cell})
