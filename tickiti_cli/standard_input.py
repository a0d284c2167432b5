"""Standard input, which only one flag or argument of a run may read.

Rule: every reader of data opens standard input here, because a second reader would find it empty: a
ticket was closed without its comment.
"""

import sys
from typing import BinaryIO, TextIO

from tickiti_cli.errors import UsageProblem

_reader: tuple[TextIO, str] | None = None
"""The stream that was opened, and the flag or argument that reads it."""


def opened_for(reader: str) -> BinaryIO:
    """Returns standard input for a flag or argument such as `--body-file -`.

    Raises UsageProblem where there is none, or where another flag or argument reads it.
    """
    global _reader  # noqa: PLW0603 - a process has one standard input
    if sys.stdin is None:
        raise UsageProblem(f"{reader}: there is no standard input.")
    if _reader is not None and _reader[0] is sys.stdin:
        raise UsageProblem(
            f"{reader}: standard input can be read only once, and {_reader[1]} reads it.",
            hint="Give one of them a file.",
        )
    _reader = (sys.stdin, reader)
    return sys.stdin.buffer
