"""How far a long job has come: a line on a terminal that changes, and goes when the job ends.

The rule of this file: where nobody looks there is no line, and nothing is counted for one.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from typing import Self

from tickiti_cli.streams import Streams

PAUSE_SECONDS = 0.1
"""Between two changes: more often nobody can read them."""


class Progress:
    """A context manager. `total` counts what there is to do, `noun` says what it is."""

    def __init__(
        self, streams: Streams, noun: str, total: Callable[[], int] | None, *, is_seen: bool
    ) -> None:
        self._streams = streams
        self._noun = noun
        self._is_seen = is_seen
        self._of = f" of {total():,}" if is_seen and total else ""
        self._began = time.monotonic()
        self._due = self._began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_seen:
            self._streams.show_status("")

    def show(self, done: int, *, before: int = 0, parts: Mapping[str, int] | None = None) -> None:
        """`before` were done by an earlier run; `parts` say what became of them."""
        if not self._is_due():
            return
        rate = (done - before) / max(time.monotonic() - self._began, 0.001)
        told = f"{done:,}{self._of} {self._noun}, {rate:,.0f}/s"
        shown = ", ".join(f"{count:,} {name}" for name, count in (parts or {}).items() if count)
        self._tell(f"{told}: {shown}" if shown else told)

    def show_wait(self, so_far: float, whole: float) -> None:
        """In seconds."""
        if self._is_due():
            self._tell(f"{so_far:.0f} of {whole:g} {self._noun}")

    def _is_due(self) -> bool:
        now = time.monotonic()
        if not self._is_seen or now < self._due:
            return False
        self._due = now + PAUSE_SECONDS
        return True

    def _tell(self, line: str) -> None:
        self._streams.show_status(line[: shutil.get_terminal_size().columns - 1])
