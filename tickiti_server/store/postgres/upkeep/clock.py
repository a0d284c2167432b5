"""The clock of the database, by which all of its servers go."""

from tickiti_server.clock import Clock, Microseconds
from tickiti_server.store.interface import Transaction

READINGS = 5
"""Readings of which the quickest counts, because its time is known best."""

DRIFT: Microseconds = 1000
"""What an elapsed time that is a ten thousandth too slow loses between two looks, ten seconds."""

_NOW = "SELECT microseconds(clock_timestamp()) AS moment"


def clock_ahead(tx: Transaction, *, steady: Clock) -> Microseconds:
    """How far the database's clock is ahead of `steady`: at least, and a round trip and DRIFT more.

    Never less: an export relies on it that a row's time is not before its transaction began.
    """
    readings = []
    for _ in range(READINGS):
        asked = steady()
        row = tx.one(_NOW)
        assert row is not None
        readings.append((steady() - asked, int(row["moment"]) - asked))
    _, ahead = min(readings)
    return ahead + DRIFT
