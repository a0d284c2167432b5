"""The swap of a token: the new one is installed in all places and the hook runs, or none of it.

Rule: a swap that fails restores every place. No signal interrupts that, and a place that cannot be
restored is named.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tickiti_cli.errors import ConditionNotMet, TickitiError
from tickiti_cli.tokens.destinations import Destination

STDERR = 2
LOOK_SECONDS = 1.0
"""Longest wait for the hook before signals are looked at."""

HOOK_SECONDS = 5.0
"""Time between SIGTERM and SIGKILL for a hook that must end."""


@dataclass(slots=True)
class TokenSwap:
    """One swap. `begun` has the places that may have changed, each with its restore function."""

    places: Sequence[Destination]
    hook: str | None = None
    begun: list[tuple[Destination, Callable[[], object]]] = field(default_factory=list)

    def make(self, minted: Mapping[str, Any]) -> None:
        """Install the token and run the hook. After an exception the caller restores the places."""
        restorers = [place.restorer(minted) for place in self.places]
        for place, restorer in zip(self.places, restorers, strict=True):
            self.begun.append((place, restorer))
            place.install(minted)
        if self.hook:
            _run_hook(self.hook)

    def restore(self) -> list[str]:
        """Restore every place. Return a sentence for each place where that failed."""
        lost = []
        with signals_ignored():
            for place, restore in reversed(self.begun):
                try:
                    restore()
                except (TickitiError, OSError) as error:
                    lost.append(f"{place} could not be restored: {error}")
        return lost


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore SIGINT, SIGTERM and SIGHUP inside the block."""
    ignored = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _run_hook(hook: str) -> None:
    """Run the hook. Its output goes to standard error, because standard output has the result."""
    # A process group of its own, so that its children can be killed as well.
    with subprocess.Popen(  # noqa: S602 - the user's own command line
        hook, shell=True, stdin=subprocess.DEVNULL, stdout=STDERR, process_group=0
    ) as process:
        try:
            code = _code_of(process)
        except BaseException:
            _end_hook(process)
            raise
    if code:
        raise ConditionNotMet(f"The hook '{hook}' ended with {code}.")


def _code_of(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the end of the hook, in steps.

    Python sees a signal that arrives right before a wait only after it, and a hook may take hours.
    """
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(LOOK_SECONDS)


def _end_hook(process: "subprocess.Popen[bytes]") -> None:
    """A hook that has just ended, or that runs as another user (as sudo does), is left alone: the
    places are restored in any case."""
    with signals_ignored():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(HOOK_SECONDS)
        # A child that was being started may have missed SIGTERM, and would live on.
        with suppress(ProcessLookupError, PermissionError):  # all of its processes have ended
            os.killpg(process.pid, signal.SIGKILL)
