"""What must hold after every fault, decided from the history and the database alone.

I1  an acknowledged key has one stored reply and one effect     I2  an unknown one has both or none
I3  a reply is repeated byte for byte                           I4  the database is sound
I6  ticket numbers are unique                                   I8  nothing is missing in between
The numbers are those of the project's reliability design; I5 and I7 are about e-mail and callbacks.
"""

import sqlite3
from collections import Counter
from hashlib import sha256
from pathlib import Path

from tests.support.faults.history import History, Operation

_COUNTED = (("ticket", "number"), ("ticket", "id"), ("idem", "id"), ("outbox", "seq"))


def violations(database: Path, history: History) -> list[str]:
    """Every broken promise, in a sentence each; empty where all were kept."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [
            *history.violations,
            *_effects(connection, history),
            *_soundness(connection),
            *_numbers(connection),
            *_order(connection, history),
        ]
    finally:
        connection.close()


def _stored(connection: sqlite3.Connection) -> dict[bytes, sqlite3.Row]:
    rows = connection.execute("SELECT id, key_sha256, body FROM idem")
    return {row["key_sha256"]: row for row in rows}


def _effects(connection: sqlite3.Connection, history: History) -> list[str]:
    stored = _stored(connection)
    found = {
        "create": Counter(row[0] for row in connection.execute("SELECT subject FROM ticket")),
        "respond": Counter(
            row[0]
            for row in connection.execute(
                "SELECT html FROM response WHERE html NOT LIKE 'At mile 14.%'"
            )
        ),
        "mail": Counter(row[0] for row in connection.execute("SELECT subject FROM outbox")),
    }
    broken = []
    for operation in history.operations.values():
        row = stored.get(sha256(operation.key.encode()).digest())
        if operation.kind == "render":
            effects = 0 if row is None else 1  # the reply is all there is
        else:
            effects = found[operation.kind].pop(operation.key, 0)
        broken += _fate(operation, effects, row)
    for kind, left in found.items():
        broken += [f"I1: nobody asked for {kind} {key}" for key in left]
    return broken


def _fate(operation: Operation, effects: int, row: sqlite3.Row | None) -> list[str]:
    key = operation.key
    if operation.acknowledged_at is not None and (effects, row is None) != (1, False):
        return [f"I1: {key} was acknowledged and has {effects} effects, stored: {row is not None}"]
    if effects != (0 if row is None else 1):
        return [f"I2: {key} is unknown and has {effects} effects, stored: {row is not None}"]
    if row is not None and operation.acknowledged_at is not None and row["body"] != operation.reply:
        return [f"I3: {key} was told something else than what is stored"]
    return []


def _soundness(connection: sqlite3.Connection) -> list[str]:
    integrity = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    foreign = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [f"I4: {line}" for line in integrity if line != "ok"] + [f"I4: {row}" for row in foreign]


def _numbers(connection: sqlite3.Connection) -> list[str]:
    """A rolled back number is given out again, so a gap is a ticket that is gone."""
    broken = []
    for table, column in _COUNTED:
        measures = f"count(*), count(DISTINCT {column}), max({column}) - min({column}) + 1"
        count, distinct, spread = connection.execute(f"SELECT {measures} FROM {table}").fetchone()
        if count != distinct:
            broken.append(f"I6: {table}.{column} has duplicates")
        if count != (spread or 0):
            broken.append(f"I8: {table}.{column} has holes: {count} rows over {spread}")
    return broken


def _order(connection: sqlite3.Connection, history: History) -> list[str]:
    """What was acknowledged before another operation began was committed before it."""
    by_digest = {sha256(key.encode()).digest(): one for key, one in history.operations.items()}
    earliest, broken = float("inf"), []
    for row in connection.execute("SELECT key_sha256 FROM idem ORDER BY id DESC"):
        operation = by_digest.get(row["key_sha256"])
        if operation is None:
            continue
        if earliest < operation.invoked_at:
            broken.append(f"I8: {operation.key} was committed before what it followed")
        if operation.acknowledged_at is not None:
            earliest = min(earliest, operation.acknowledged_at)
    return broken
