"""The tail of a detached server's log, as `tail -F` follows it.

Rule: every line is yielded once and complete, even where the file is renamed or truncated.
"""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tickiti_cli.contract.files.lockfile import older_log


class LogTail:
    """Reads a log from where the last read ended. Raises OSError where there is no log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._file = log.open("rb")
        self._partial_line = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def newest(self, count: int) -> list[str]:
        """Return the last lines, which may be in the older log."""
        found: deque[str] = deque(maxlen=count)
        older = older_log(self._log)
        if older.exists():
            with LogTail(older) as before:
                found.extend(before.lines())
        found.extend(self.lines())
        return [*found]

    def lines(self) -> Iterator[str]:
        """Yield the complete lines that were added since the last call."""
        yield from self._whole_lines()
        if self._is_renamed():
            yield from self._whole_lines()  # written between the last read and the rename
            self._file.close()
            self._file = self._log.open("rb")
            yield from self._whole_lines()
        elif os.fstat(self._file.fileno()).st_size < self._file.tell():  # truncated
            self._file.seek(0)
            self._partial_line = b""
            yield from self._whole_lines()

    def _whole_lines(self) -> Iterator[str]:
        for piece in self._file:
            self._partial_line += piece
            if self._partial_line.endswith(b"\n"):
                line, self._partial_line = self._partial_line[:-1], b""
                yield line.decode("utf-8", "replace")

    def _is_renamed(self) -> bool:
        """True if the path is another file now. A missing path counts as no rename yet."""
        try:
            return not os.path.samestat(os.fstat(self._file.fileno()), self._log.stat())
        except FileNotFoundError:
            return False
