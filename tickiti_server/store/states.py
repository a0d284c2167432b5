"""The interface to the saved states of a database in test mode."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from tickiti_server.store.interface import Transaction


class StateFile(NamedTuple):
    """A saved state of a database in test mode."""

    name: str
    bytes: int
    saved_at: int


class States(Protocol):
    """The saved states of a database in test mode. A state is an object of the driver's own."""

    def make_start(self, fill: Callable[[Transaction], object], /) -> None:
        """Make the state that a reset returns to: the empty one, and what `fill` adds."""
        ...

    def start(self) -> object: ...

    def save(self, name: str, /) -> StateFile: ...

    def load(self, name: str, /) -> object: ...

    def list(self) -> Sequence[StateFile]: ...

    def delete(self, name: str, /) -> None: ...

    def replace(self, tx: Transaction, found: object, epoch: Any, /) -> None:
        """Put a state in place of the present one, in a write transaction."""
        ...
