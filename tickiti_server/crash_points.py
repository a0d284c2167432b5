"""Places where a test may have the server die: TICKITI_CRASH_AT=<label>[:n], at the n-th passing.

Without that variable a place costs the call of a function that does nothing. The rule of this file:
callers say `crash_points.reached("...")`, so that what is armed once holds everywhere; dying is
SIGKILL, after which nothing is cleaned up.
"""

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "TICKITI_CRASH_AT"

LABELS = (
    "recv.headers",
    "auth.done",
    "recv.body",
    "fast_read.done",
    "validate.done",
    "queue.enqueued",
    "tx.begin",
    "tx.idem_selected",
    "tx.idem_inserted",
    "tx.outbox_inserted",
    "tx.ticket_inserted",
    "tx.released",
    "tx.before_commit",
    "tx.after_commit",
    "reply.first_byte",
    "reply.done",
    "disp.claimed",
    "disp.rcpt_ok",
    "disp.body_sent",
    "disp.dot_marked",
    "disp.dot_sent",
    "disp.reply_read",
    "cb.sent",
    "cb.reply_read",
    "disp.done_committed",
    "purge.mid",
    "ckpt.mid",
    "shutdown.drain",
)
"""In the order in which one request passes them, then a delivery by mail or callback, then the
server itself."""


class NoSuchPoint(Exception):
    """What TICKITI_CRASH_AT names is not there."""


def nothing(label: str) -> None:
    """A place on an ordinary day."""


reached: Callable[[str], None] = nothing


def arm(wanted: str) -> None:
    """Have this process die there; an empty text is an ordinary day. Raises NoSuchPoint."""
    global reached  # noqa: PLW0603 - decided once, when the process starts
    if not wanted:
        return
    label, _, count = wanted.partition(":")
    if label not in LABELS or not (count or "1").isdecimal():
        raise NoSuchPoint(f"{VARIABLE}={wanted}: it is LABEL or LABEL:N, of {', '.join(LABELS)}.")
    reached = _trap(label, int(count or "1"))


def _trap(label: str, count: int) -> Callable[[str], None]:
    left, lock = count, threading.Lock()

    def reached(passed: str) -> None:
        nonlocal left
        if passed != label:
            return
        with lock:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached
