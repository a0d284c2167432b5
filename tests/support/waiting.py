"""The only loop of the tests that asks again and again until a condition holds.

Rule: a test waits for a fact. It sleeps for a time only to prove that nothing happens meanwhile.
"""

import asyncio
import inspect
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.forked_process import ForkedProcess

PATIENCE_SECONDS = 30
"""How long a busy machine may take for what takes milliseconds on an idle one."""

PAUSE_SECONDS = 0.01


def wait_until(
    is_so: Callable[[], object],
    process: subprocess.Popen[Any] | ForkedProcess | None = None,
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return once the condition holds. Fail after `seconds`, or when the process has ended."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if process is not None and process.poll() is not None:
            stdout, stderr = process.communicate()
            pytest.fail(f"the process ended with {process.returncode}: {stdout!r} {stderr!r}")
        if time.monotonic() > deadline:
            pytest.fail(f"the condition did not hold within {seconds} seconds")
        time.sleep(PAUSE_SECONDS)


async def wait_until_async(
    is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS
) -> None:
    """Return once the condition holds, with the event loop free meanwhile.

    The condition may be a coroutine function.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = is_so()
        if await found if inspect.isawaitable(found) else found:
            return
        assert time.monotonic() < deadline, f"the condition did not hold within {seconds} seconds"
        await asyncio.sleep(PAUSE_SECONDS)
