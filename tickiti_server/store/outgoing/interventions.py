"""What decisions can be asked for, and the secrets that sign their callbacks: `intervention`,
`intervention_secret`.

The rule of this file: only a delivery reads a secret.
"""

from collections.abc import Mapping, Sequence

from tickiti_server.store.database import Row, Transaction

COLUMNS = (
    "name", "title", "queue_id", "notify_inbox_managers", "create_urgent",
    "remote_timeout_seconds", "remote_enabled", "remote_epilog_url", "remote_disabled_reason",
    "fields",
)  # fmt: skip
"""What an intervention is made of, beside its id and its time."""

_SELECT = f"""
SELECT i.id, {", ".join(f"i.{column}" for column in COLUMNS)}, q.name AS queue_name,
       (SELECT s.remote_name FROM intervention_secret s
         WHERE s.intervention_id = i.id AND s.valid_until IS NULL) AS remote_name
  FROM intervention i JOIN queue q ON q.id = i.queue_id
"""

_INSERT = f"""
INSERT INTO intervention ({", ".join(COLUMNS)}, created_at)
VALUES ({", ".join(f":{column}" for column in COLUMNS)}, :now)
"""

_ADD = """
INSERT INTO intervention_secret (intervention_id, remote_name, secret, created_at)
VALUES (:id, :remote_name, :secret, :now)
"""


def every(tx: Transaction) -> Sequence[Row]:
    """By name."""
    return tx.all(f"{_SELECT} ORDER BY i.name")


def find(tx: Transaction, intervention_id: int) -> Row | None:
    return tx.one(f"{_SELECT} WHERE i.id = :id", {"id": intervention_id})


def named(tx: Transaction, name: str) -> Row | None:
    return tx.one(f"{_SELECT} WHERE i.name = :name", {"name": name})


def name_in_queue(tx: Transaction, queue_id: int) -> str | None:
    """One whose tickets go to that queue."""
    row = tx.one("SELECT name FROM intervention WHERE queue_id = :id LIMIT 1", {"id": queue_id})
    return None if row is None else str(row["name"])


def insert(tx: Transaction, columns: Mapping[str, object], *, now: int) -> None:
    tx.execute(_INSERT, {**columns, "now": now})


def update(tx: Transaction, intervention_id: int, columns: Mapping[str, object]) -> None:
    assert set(columns) <= set(COLUMNS)
    settings = ", ".join(f"{column} = :{column}" for column in columns)
    tx.execute(
        f"UPDATE intervention SET {settings} WHERE id = :id", {**columns, "id": intervention_id}
    )


def delete(tx: Transaction, intervention_id: int) -> None:
    tx.execute("DELETE FROM intervention WHERE id = :id", {"id": intervention_id})


def replace_secret(
    tx: Transaction, intervention_id: int, *, remote_name: str, secret: str, now: int, until: int
) -> None:
    """A new secret; the one before it signs as well `until` then, and those before that no more."""
    owner = {"id": intervention_id, "until": until}
    tx.execute(
        "DELETE FROM intervention_secret WHERE intervention_id = :id AND valid_until IS NOT NULL",
        owner,
    )
    tx.execute(
        "UPDATE intervention_secret SET valid_until = :until WHERE intervention_id = :id", owner
    )
    tx.execute(
        _ADD,
        {"id": intervention_id, "remote_name": remote_name, "secret": secret, "now": now},
    )


def secrets(tx: Transaction, intervention_id: int, *, now: int) -> Sequence[str]:
    """Those that sign at this time, the current one first."""
    rows = tx.all(
        """SELECT secret FROM intervention_secret
            WHERE intervention_id = :id AND coalesce(valid_until, :now) >= :now
            ORDER BY valid_until IS NOT NULL""",
        {"id": intervention_id, "now": now},
    )
    return [str(row["secret"]) for row in rows]
