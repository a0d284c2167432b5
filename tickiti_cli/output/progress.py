"""The progress line of a long job, which a terminal shows until the job ends.

Rule: without a terminal no line is written, and nothing is counted for one.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from typing import Self

from tickiti_cli.output.streams import Streams

PAUSE_SECONDS = 0.1
"""The pause between two changes of the line. Nobody reads more than ten changes a second."""


BAR = 20
"""Characters of the bar: with count, rate and time it fits 80 columns."""


class Progress:
    """A context manager that removes the line at its end.

    `total` counts the items of the job, `noun` names them.
    """

    def __init__(
        self, streams: Streams, noun: str, total: Callable[[], int] | None, *, is_seen: bool
    ) -> None:
        self._streams = streams
        self._noun = noun
        self._is_seen = is_seen
        self._total = total() if is_seen and total else 0
        self._began = time.monotonic()
        self._due = self._began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_seen:
            self._streams.show_status("")

    def show(self, done: int, *, before: int = 0, parts: Mapping[str, int] | None = None) -> None:
        """Show the count. An earlier run did `before` of them; `parts` counts each result."""
        if not self._is_due():
            return
        rate = (done - before) / max(time.monotonic() - self._began, 0.001)
        results = ", ".join(f"{count:,} {name}" for name, count in (parts or {}).items() if count)
        line = f"{self._bar(done)}{self._count(done)} {self._noun}, {rate:,.0f}/s"
        line += self._time_left(done, rate)
        self._write(f"{line}: {results}" if results else line)

    def _count(self, done: int) -> str:
        return f"{done:,} of {self._total:,}" if self._total else f"{done:,}"

    def _bar(self, done: int) -> str:
        """Nothing for a job of unknown length."""
        if not self._total:
            return ""
        share = min(done / self._total, 1.0)
        filled = int(share * BAR)
        return f"[{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}  "

    def _time_left(self, done: int, rate: float) -> str:
        left = self._total - done
        if left <= 0 or rate <= 0:
            return ""
        seconds = left / rate
        if seconds < 100:
            return f", {seconds:.0f} s left"
        minutes = seconds / 60
        return f", {minutes:.0f} min left" if minutes < 100 else f", {minutes / 60:.0f} h left"

    def show_wait(self, so_far: float, whole: float) -> None:
        """Show the waited seconds of the whole wait."""
        if self._is_due():
            self._write(f"{so_far:.0f} of {whole:g} {self._noun}")

    def _is_due(self) -> bool:
        now = time.monotonic()
        if not self._is_seen or now < self._due:
            return False
        self._due = now + PAUSE_SECONDS
        return True

    def _write(self, line: str) -> None:
        self._streams.show_status(line[: shutil.get_terminal_size().columns - 1])
