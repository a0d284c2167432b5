"""Runs every check of `tickiti doctor`.

Rule: a check never raises and changes nothing. A check that depends on a failed one is left out.
"""

from collections.abc import Iterator

from tickiti_cli.commands.doctor import machine, server
from tickiti_cli.commands.doctor.check import Check, State
from tickiti_cli.runtime import Runtime

__all__ = ["Check", "State", "examine"]


def examine(runtime: Runtime) -> Iterator[Check]:
    """Yield every check, those of the machine first."""
    yield from machine.examine(runtime)
    yield from server.examine(runtime)
