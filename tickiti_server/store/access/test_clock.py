"""Stores where a test server's clock stands: a row of table `setting`.

The row is committed before the clock moves. A server that is killed in between, or while what fell
due is being done, starts again where the clock was to be.
"""

import json

from tickiti_server.clock import ClockState
from tickiti_server.store.access.settings import find_setting, set_setting
from tickiti_server.store.interface import Transaction

STATE = "test_clock"


def find_clock_state(tx: Transaction) -> ClockState:
    """Return the stored state; that of the machine's clock if none is stored."""
    stored = find_setting(tx, STATE)
    return ClockState() if stored is None else ClockState(*json.loads(stored))


def store_clock_state(tx: Transaction, state: ClockState) -> None:
    set_setting(tx, STATE, json.dumps(state))
