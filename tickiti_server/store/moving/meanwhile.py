"""Work on a second connection to a target, while the first one reads.

Rule: the work is one transaction, which only the move commits; whatever ends the move before that
takes the work back.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

INTERRUPT_SECONDS = 0.05
"""Between two attempts to stop: one may come just before a statement."""


class Meanwhile:
    """Runs steps one after the other on a thread of its own."""

    def __init__(
        self, steps: Iterable[Callable[[], object]], *, interrupt: Callable[[], None]
    ) -> None:
        """`interrupt` is called from another thread, and makes a running step raise."""
        self._steps = steps
        self._interrupt = interrupt
        self._is_stopped = False
        pool = ThreadPoolExecutor(1, "meanwhile")
        self._work: Future[None] = pool.submit(self._run)
        pool.shutdown(wait=False)

    def _run(self) -> None:
        for step in self._steps:
            if self._is_stopped:
                return
            step()

    def wait(self) -> None:
        """Wait for the last step. Raises what a step raised."""
        self._work.result()

    def stop(self) -> None:
        """Have no step run any more, and none begin."""
        self._is_stopped = True
        while not self._work.done():
            self._interrupt()
            wait([self._work], INTERRUPT_SECONDS)
