"""`--watch S`: a list again and again, until Ctrl-C.

The rule of this file: a server that is gone for a moment is a remark, not the end; what cannot get
better by itself is the end.
"""

import shutil
import time
from collections.abc import Callable

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import MOST_SECONDS, Format
from tickiti_cli.streams import Streams

SHORTEST_SECONDS = 0.1
"""A list takes a server some milliseconds; faster than this nobody reads."""


def repeat(runtime: Runtime, show: Callable[[], object], *, every: float) -> None:
    """Never returns: the first round's errors, a lasting one later, or Ctrl-C end it."""
    if not SHORTEST_SECONDS <= every <= MOST_SECONDS:
        raise UsageProblem(
            f"--watch: {every:g} is not a number of seconds from {SHORTEST_SECONDS} to "
            f"{MOST_SECONDS}."
        )
    rounds = runtime.streams = _rounds_of(runtime.streams, f"Every {every:g} s")
    output = runtime.output
    if output.format is Format.CSV or (output.format is Format.JSON and not output.is_filtered):
        raise UsageProblem(
            f"--watch writes the list again and again, which is no {output.format} document: "
            "use -o ndjson."
        )
    show()
    rounds.end()
    while True:
        rounds.pause(every)
        try:
            show()
        except (ApiError, TickitiError) as error:
            if not getattr(error, "retryable", False):
                raise
            rounds.drop()
            output.progress(f"{error.message} Asking again in {every:g} s.")
        else:
            rounds.end()


def _rounds_of(streams: Streams, title: str) -> "Rounds":
    kind = Screen if streams.is_terminal(streams.stdout) else Rounds
    if streams.environ.get("TERM") == "dumb":
        kind = Rounds
    return kind(streams, title)


class Rounds(Streams):
    """One round after the other; a remark that every round would make is made once."""

    def __init__(self, streams: Streams, title: str) -> None:
        super().__init__(streams.stdin, streams.stdout, streams.stderr, streams.environ)
        self.title = title
        self.remarks: list[str] = []
        self.remarks_before: list[str] = []

    def remark(self, line: str) -> None:
        if line not in self.remarks_before:
            super().remark(line)
        self.remarks.append(line)

    def end(self) -> None:
        """The round is whole."""
        self.flush()
        self.drop()

    def drop(self) -> None:
        """The round is not to be seen."""
        self.remarks_before[:] = self.remarks
        self.remarks.clear()


class Screen(Rounds):
    """A terminal on which each round takes the place of the one before.

    A round is drawn when it is whole; what is said meanwhile appears below the one that is seen.
    """

    def __init__(self, streams: Streams, title: str) -> None:
        super().__init__(streams, title)
        self.texts: list[str] = []
        self.seen: list[str] = []
        self.notes: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)

    def remark(self, line: str) -> None:
        if not self.is_terminal(self.stderr):
            super().remark(line)
            return
        self.notes.append(line)
        self._draw()

    def end(self) -> None:
        self.seen[:] = "".join(self.texts).splitlines()
        self._draw()
        self.notes.clear()
        self.drop()

    def drop(self) -> None:
        self.texts.clear()
        super().drop()

    def _draw(self) -> None:
        """From the upper left corner, clearing what is left of each line and of the screen."""
        columns, rows = shutil.get_terminal_size()
        below = [f"\x1b[0m{remark[: columns - 1]}" for remark in self.notes[-3:]]
        room = max(1, rows - 3 - len(below))
        shown = self.seen[:room]
        if len(shown) < len(self.seen):
            below.insert(0, f"... and {len(self.seen) - len(shown)} more lines")
        lines = [f"{self.title}, {time.strftime('%H:%M:%S')}", "", *shown, *below]
        super().write("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
        self.flush()
