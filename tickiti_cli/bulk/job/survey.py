"""The first reading of a file: what each line is known by, before any is sent."""

from array import array
from typing import NamedTuple

from tickiti_cli.bulk.identity import ranked


class Survey(NamedTuple):
    """By position in the file. 64 bits for each line and member; `is_valid` a byte."""

    asked: "array[int]"
    """What each line asks for, and its key where columns make it."""

    lines: "array[int]"
    """What each line is known by: `asked` and the line's rank among its equals."""

    contents: "array[int]"
    """The same without the keys of columns."""

    numbers: "array[int]"
    """Where each line begins in the file, from 1."""

    is_valid: bytearray
    """0 for a line that makes no request."""

    @classmethod
    def of(
        cls,
        asked: "array[int]",
        contents: "array[int]",
        numbers: "array[int]",
        is_valid: bytearray,
    ) -> "Survey":
        """`contents` is `asked` itself where no column makes a key."""
        lines = ranked(asked)
        same = lines if contents is asked else ranked(contents)
        return cls(asked, lines, same, numbers, is_valid)
