"""Waiting for something to be so, on a machine that may be busy."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20.0


def wait_for(is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
