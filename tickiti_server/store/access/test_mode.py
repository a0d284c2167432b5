"""Stores that a database was created for test mode, and its epoch: rows of table `setting`.

The epoch is a name for the time between two resets. Operations and keys of another epoch mean
nothing to the database.
"""

from typing import NamedTuple

from tickiti_server.store.access.settings import find_setting, set_setting
from tickiti_server.store.interface import Transaction

EPOCH = "test_epoch"
_BEGAN_AT = "test_epoch_began_at"

SEEDS = "test_seeds"
"""A digest of the seeds that a state was made of."""


class Epoch(NamedTuple):
    """The name of an epoch, and when it began: by the clock of the machine, never a moved one."""

    name: str
    began_at: int


def find_epoch(tx: Transaction) -> Epoch | None:
    """Return the epoch; None for a database that test mode did not create."""
    name, began_at = find_setting(tx, EPOCH), find_setting(tx, _BEGAN_AT)
    return None if name is None or began_at is None else Epoch(name, int(began_at))


def set_epoch(tx: Transaction, epoch: Epoch) -> None:
    """Mark the database as one of test mode, in this epoch."""
    set_setting(tx, EPOCH, epoch.name)
    set_setting(tx, _BEGAN_AT, str(epoch.began_at))
