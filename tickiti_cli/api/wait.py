"""Waits until a server reports a condition, with one deadline for the whole wait.

Rule: an error that may pass does not end a wait: no connection, a busy server, another server's
page after a first answer. Any other error does.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConditionNotMet, TickitiError, UsageProblem
from tickiti_cli.output.output import Output

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
"""The longest pause, short enough for a change that takes minutes; the first pauses see a quick
change."""

SHORTEST_LOOK_SECONDS = 3.0
"""The last look may take so long, even past the deadline, because an answer beats a guess."""

Found = TypeVar("Found")


def until(
    look: Callable[[float], Found | None],
    *,
    seconds: float,
    late: Callable[[], str],
    output: Output,
    pause: Callable[[float], object],
) -> Found:
    """Calls `look(seconds left)` until `look` returns something, and returns that. `pause` sleeps.

    At the deadline raises ConditionNotMet with the sentence `late()`, or the error of `look` where
    the server never answered.
    """
    if not seconds >= 0:
        raise UsageProblem(f"--timeout: {seconds:g} is not a number of seconds.")
    began, left = time.monotonic(), seconds
    wait = FIRST_PAUSE_SECONDS
    was_answered = False
    with output.counting("seconds") as counting:
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
            pause(min(wait, left))
            wait = min(2 * wait, LONGEST_PAUSE_SECONDS)


def _looked(
    look: Callable[[float], Found | None], within: float, *, was_answered: bool
) -> tuple[Found | None, ApiError | TickitiError | None]:
    """Returns the result of `look`, or an error that may pass. A foreign answer may pass once the
    server has answered; before that the address is most often wrong."""
    try:
        return look(within), None
    except (ApiError, TickitiError) as error:
        may_pass = was_answered and error.is_foreign
        if not (may_pass or getattr(error, "retryable", False)):
            raise
        return None, error
