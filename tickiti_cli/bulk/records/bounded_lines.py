"""The lines of a file, none of which takes more memory than a request may need."""

from collections.abc import Iterator
from typing import TextIO

MOST_FIELD = 25 * 1024 * 1024
"""Characters in one CSV field: as many as a server accepts in a request."""

MOST_RECORD = 4 * MOST_FIELD
"""Characters in one record. A longer one has a quote that is never closed, or is no text."""

TOO_LONG = f"it has more than {MOST_RECORD} characters."

MOST_KEPT = 1000
"""Characters of a line that is too long. It is not sent, so that no more are needed."""


def bounded_lines(file: TextIO) -> Iterator[str]:
    """Yield the lines; of one with more than MOST_RECORD characters only the start, which is longer
    than that too."""
    while line := file.readline(MOST_RECORD + 1):
        yield line
        while is_too_long(line) and line[-1] not in "\r\n":
            line = file.readline(MOST_RECORD + 1)


def is_too_long(line: str) -> bool:
    return len(line) > MOST_RECORD
