"""When each periodic task of the server ran last, since the server started."""

from collections.abc import Mapping
from typing import NamedTuple

from tickiti_server.clock import SECOND, Microseconds


class TaskRun(NamedTuple):
    """The end of a task's last round, and the pause until its next one."""

    ended_at: Microseconds
    every_seconds: float | None
    """None if the task does not wait for a fixed time."""

    @property
    def next_at(self) -> Microseconds | None:
        if self.every_seconds is None:
            return None
        return self.ended_at + int(self.every_seconds * SECOND)


TaskRuns = Mapping[str, TaskRun]
"""The runs by the id of the task. A task that has not run yet is missing."""
