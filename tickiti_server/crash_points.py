"""Crash points: TICKITI_CRASH_AT=<label>[:n] kills the server when it reaches one the n-th time.

Without the variable a crash point calls an empty function. Rule: callers write
`crash_points.reached("...")`, so that arming replaces the function for all of them. The process
dies by SIGKILL, so that nothing is cleaned up.
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
    "closed.mid",
    "index.mid",
    "ckpt.mid",
    "shutdown.drain",
)
"""The labels in the order in which a request reaches them, then a delivery, then the server
itself."""


class UnknownCrashPoint(Exception):
    """TICKITI_CRASH_AT names an unknown crash point."""


def nothing(label: str) -> None:
    """A crash point that is not armed."""


reached: Callable[[str], None] = nothing


def arm(wanted: str) -> None:
    """Arm the crash point `wanted`; "" arms none. Raises UnknownCrashPoint."""
    global reached  # noqa: PLW0603 - decided once, when the process starts
    if not wanted:
        return
    label, _, count = wanted.partition(":")
    if label not in LABELS or not (count or "1").isdecimal():
        raise UnknownCrashPoint(
            f"{VARIABLE}={wanted}: it is LABEL or LABEL:N, of {', '.join(LABELS)}."
        )
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
