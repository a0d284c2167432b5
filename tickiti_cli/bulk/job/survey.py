"""The survey of a file: its first reading identifies every line before any is sent."""

from array import array
from typing import NamedTuple

from tickiti_cli.bulk.job.identity import ranked


class Survey(NamedTuple):
    """Arrays by position in the file: 64 bits a line and member, 8 bits for `is_valid`."""

    asked: "array[int]"
    """The digest of each line's request, and of its key where --key-from makes one."""

    lines: "array[int]"
    """The identity of each line: `asked` and the line's rank among equal lines."""

    contents: "array[int]"
    """The identity of each line without the keys of --key-from."""

    numbers: "array[int]"
    """The number of the line where each record begins, from 1."""

    is_valid: bytearray
    """0 for a line that makes no request, because its record is broken."""

    @classmethod
    def of(
        cls,
        asked: "array[int]",
        contents: "array[int]",
        numbers: "array[int]",
        is_valid: bytearray,
    ) -> "Survey":
        """Rank the lines. `contents` is the same array as `asked` without --key-from."""
        lines = ranked(asked)
        same = lines if contents is asked else ranked(contents)
        return cls(asked, lines, same, numbers, is_valid)
