"""The end of a log, and what is added to it: `tail -F` for the file that a detached server writes.

The rule of this file: a line is told once and whole, also where the file is renamed or emptied.
"""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tickiti_cli.contract.lockfile import older_log


class Tail:
    """Reads on where it stopped. Raises OSError where there is no log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._file = log.open("rb")
        self._begun = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def newest(self, count: int) -> list[str]:
        """The last lines so far, those of the older log included."""
        found: deque[str] = deque(maxlen=count)
        older = older_log(self._log)
        if older.exists():
            with Tail(older) as before:
                found.extend(before.lines())
        found.extend(self.lines())
        return [*found]

    def lines(self) -> Iterator[str]:
        """What has been added since the last call, up to the last line's end."""
        yield from self._whole_lines()
        if self._is_moved():
            yield from self._whole_lines()  # written between the last look and the move
            self._file.close()
            self._file = self._log.open("rb")
            yield from self._whole_lines()
        elif os.fstat(self._file.fileno()).st_size < self._file.tell():  # emptied
            self._file.seek(0)
            self._begun = b""
            yield from self._whole_lines()

    def _whole_lines(self) -> Iterator[str]:
        for piece in self._file:
            self._begun += piece
            if self._begun.endswith(b"\n"):
                line, self._begun = self._begun[:-1], b""
                yield line.decode("utf-8", "replace")

    def _is_moved(self) -> bool:
        """Whether another file stands in this one's place; while there is none, it is only gone."""
        try:
            return not os.path.samestat(os.fstat(self._file.fileno()), self._log.stat())
        except FileNotFoundError:
            return False
