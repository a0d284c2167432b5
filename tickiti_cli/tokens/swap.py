"""A new token put in all of its places and announced by the hook; or none of it.

The rule of this file: what is taken back is taken back whole. No signal interrupts that, and what
could not be put back is named.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tickiti_cli.errors import ConditionNotMet, TickitiError
from tickiti_cli.installing import Destination

STDERR = 2
HOOK_SECONDS = 5.0
"""What a hook that is to end has for it, before it is killed."""


@dataclass(slots=True)
class Swap:
    """One exchange under way."""

    places: Sequence[Destination]
    hook: str | None = None
    begun: list[tuple[Destination, Callable[[], object]]] = field(default_factory=list)

    def make(self, minted: Mapping[str, Any]) -> None:
        """Raises what went wrong; then it is for the caller to take it back."""
        restorers = [place.restorer() for place in self.places]
        with _lost_terminal_terminates():
            for place, restorer in zip(self.places, restorers, strict=True):
                self.begun.append((place, restorer))
                place.install(minted)
            if self.hook:
                _run(self.hook)

    def take_back(self) -> list[str]:
        """Put each place back as it was; what is returned says which could not be, and why."""
        lost = []
        with undisturbed():
            for place, restore in reversed(self.begun):
                try:
                    restore()
                except TickitiError as error:
                    lost.append(f"{place} could not be put back: {error}")
        return lost


@contextmanager
def undisturbed() -> Iterator[None]:
    """Neither Ctrl-C nor SIGTERM ends what runs in here."""
    ignored = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _lost_terminal_terminates() -> Iterator[None]:
    """A session that breaks off ends the command as SIGTERM does, with all put back, unless it was
    started so as to outlive the session."""
    before = signal.getsignal(signal.SIGHUP)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _run(hook: str) -> None:
    """Its output goes to standard error: standard output is the result's."""
    # In a group of its own, so that all of it can be ended.
    with subprocess.Popen(  # noqa: S602 - the user's own command line
        hook, shell=True, stdin=subprocess.DEVNULL, stdout=STDERR, process_group=0
    ) as process:
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    if code:
        raise ConditionNotMet(f"The hook '{hook}' ended with {code}.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with undisturbed():
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(HOOK_SECONDS)
        # A child may have missed the signal while it was being started, and would live on.
        with suppress(ProcessLookupError, PermissionError):  # nothing of it is left
            os.killpg(process.pid, signal.SIGKILL)
