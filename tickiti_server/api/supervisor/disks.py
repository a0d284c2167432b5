"""The free space of disks, of which a dead mount never answers.

Rule: a request waits a bounded time for all disks together. A disk that does not answer keeps one
thread until it does, and is not asked again before that.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from threading import Lock, Thread
from time import monotonic

PATIENCE_SECONDS = 2.0
"""Time that a request waits for the disks. A local disk answers within a millisecond."""

Answer = int | OSError | None
"""The free bytes, why they are unknown, or None where the disk has not answered."""


def _free_bytes(path: str) -> int:
    return shutil.disk_usage(path).free


class Disks:
    """Asks disks for their free space, each in a thread of its own."""

    def __init__(self, ask: Callable[[str], int] = _free_bytes) -> None:
        self._ask = ask
        self._asked: dict[str, _Question] = {}
        self._lock = Lock()

    def free_bytes(
        self, paths: Sequence[str], *, seconds: float = PATIENCE_SECONDS
    ) -> Mapping[str, Answer]:
        """The answer of each disk, after `seconds` at the latest."""
        deadline = monotonic() + seconds
        asked = {path: self._question(path) for path in paths}
        for question in asked.values():
            question.join(max(0.0, deadline - monotonic()))
        return {path: question.answer for path, question in asked.items()}

    def _question(self, path: str) -> "_Question":
        """The question that a disk has not answered yet, or a new one."""
        with self._lock:
            pending = self._asked.get(path)
            if pending is not None and pending.is_alive():
                return pending
            question = self._asked[path] = _Question(self._ask, path)
            question.start()
            return question


class _Question(Thread):
    """One disk's question. As a daemon it does not keep the server from ending."""

    def __init__(self, ask: Callable[[str], int], path: str) -> None:
        super().__init__(name=f"disk {path}", daemon=True)
        self._of_disk = ask
        self._path = path
        self.answer: Answer = None

    def run(self) -> None:
        try:
            self.answer = self._of_disk(self._path)
        except OSError as error:
            self.answer = error
