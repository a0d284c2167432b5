"""`tickiti doctor`: what is wrong here, and what to do about it.

The rule of this folder: a check never raises and changes nothing. One that cannot be made because
another has failed is left out.
"""

from collections.abc import Iterator

from tickiti_cli.doctor import machine, server
from tickiti_cli.doctor.check import Check, State
from tickiti_cli.runtime import Runtime

__all__ = ["Check", "State", "examine"]


def examine(runtime: Runtime) -> Iterator[Check]:
    """Every check, the machine's own first."""
    yield from machine.examine(runtime)
    yield from server.examine(runtime)
