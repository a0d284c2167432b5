"""Waiting until something is so on a server, with one deadline for the whole wait.

The rule of this file: a server that is gone for a moment does not end a wait, nor does a page that
stands in its place meanwhile; what cannot get better by itself does.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConditionNotMet, TickitiError, UsageProblem
from tickiti_cli.runtime import Runtime

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
"""Soon enough for what takes minutes; a quick change is seen quickly by the first looks."""

SHORTEST_LOOK_SECONDS = 3.0
"""A last look is given so long, even if the deadline is nearer: an answer beats a guess."""

Found = TypeVar("Found")


def until(
    runtime: Runtime,
    look: Callable[[float], Found | None],
    *,
    seconds: float,
    late: Callable[[], str],
) -> Found:
    """What `look(seconds left)` finds, once it finds something.

    When time is up, raises ConditionNotMet with the sentence `late()`, or a look's own error where
    no look was ever answered.
    """
    if not seconds >= 0:
        raise UsageProblem(f"--timeout: {seconds:g} is no number of seconds.")
    began, left = time.monotonic(), seconds
    pause = FIRST_PAUSE_SECONDS
    was_answered = False
    with runtime.output.counting("seconds") as counting:
        while True:
            found, trouble = _looked(
                look, max(left, SHORTEST_LOOK_SECONDS), was_answered=was_answered
            )
            if found is not None:
                return found
            was_answered = was_answered or trouble is None
            left = seconds - (time.monotonic() - began)
            if left <= 0:
                raise trouble if trouble and not was_answered else ConditionNotMet(late())
            counting.show_wait(seconds - left, seconds)
            runtime.streams.pause(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _looked(
    look: Callable[[float], Found | None], within: float, *, was_answered: bool
) -> tuple[Found | None, ApiError | TickitiError | None]:
    """What was found, or what was in the way and may pass: anything that is not the server's own
    answer, once there was one; before, it is most often a wrong address."""
    try:
        return look(within), None
    except (ApiError, TickitiError) as error:
        may_pass = was_answered and error.is_foreign
        if not (may_pass or getattr(error, "retryable", False)):
            raise
        return None, error
