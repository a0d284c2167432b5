"""The output of a list that `--watch` writes again and again.

A round is one run of the list. On a terminal each round is drawn over the round before.
"""

import shutil
import time

from tickiti_cli.output.streams import Streams


class Repetition(Streams):
    """Writes one round behind the other. A remark of the round before is not repeated."""

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
        """Called when the round is complete."""
        self.flush()
        self.drop()

    def drop(self) -> None:
        """Called when the round failed, so that its output is not shown."""
        self.remarks_before[:] = self.remarks
        self.remarks.clear()


class Screen(Repetition):
    """Draws each round over the round before.

    A round is drawn when it is complete. A remark of a running round appears below the last one.
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
        """Draw from the upper left corner, and clear the rest of each line and of the screen."""
        columns, rows = shutil.get_terminal_size()
        below = [f"\x1b[0m{remark[: columns - 1]}" for remark in self.notes[-3:]]
        height = max(1, rows - 3 - len(below))  # title, empty line, and the cursor's line
        shown = self.seen[:height]
        if len(shown) < len(self.seen):
            below.insert(0, f"... and {len(self.seen) - len(shown)} more lines")
        lines = [f"{self.title}, {time.strftime('%H:%M:%S')}", "", *shown, *below]
        super().write("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
        self.flush()
