"""Stores interventions and the secrets that sign their callbacks: `intervention`,
`intervention_secret`.

Rule: only a delivery reads a secret.
"""

from collections.abc import Mapping, Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction

COLUMNS = (
    "name", "title", "queue_id", "notify_inbox_managers", "create_urgent",
    "remote_timeout_seconds", "remote_enabled", "remote_epilog_url", "remote_disabled_reason",
    "fields",
)  # fmt: skip
"""The columns of an intervention, its id and its time aside."""

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


def list_interventions(tx: Transaction) -> Sequence[Row]:
    """Return every intervention by name."""
    return tx.all(f"{_SELECT} ORDER BY i.name")


def find_intervention(tx: Transaction, intervention_id: int) -> Row | None:
    return tx.one(f"{_SELECT} WHERE i.id = :id", {"id": intervention_id})


def find_intervention_by_name(tx: Transaction, name: str) -> Row | None:
    """Return an intervention by name, else the oldest one of that name without case."""
    if found := tx.one(f"{_SELECT} WHERE i.name = :name", {"name": name}):
        return found
    key = case_key(name)
    rows = tx.all(f"{_SELECT} ORDER BY i.id")
    return next((row for row in rows if case_key(row["name"]) == key), None)


def find_name_by_queue(tx: Transaction, queue_id: int) -> str | None:
    """Return the name of an intervention whose tickets go to this queue, or None."""
    row = tx.one("SELECT name FROM intervention WHERE queue_id = :id LIMIT 1", {"id": queue_id})
    return None if row is None else str(row["name"])


def insert_intervention(tx: Transaction, columns: Mapping[str, object], *, now: int) -> int:
    """Insert an intervention and return its id."""
    return tx.insert(_INSERT, {**columns, "now": now})


def update_intervention(
    tx: Transaction, intervention_id: int, columns: Mapping[str, object]
) -> None:
    assert set(columns) <= set(COLUMNS)
    settings = ", ".join(f"{column} = :{column}" for column in columns)
    tx.execute(
        f"UPDATE intervention SET {settings} WHERE id = :id", {**columns, "id": intervention_id}
    )


def lock_intervention(tx: Transaction, intervention_id: int) -> None:
    """Let no other transaction open a ticket for the intervention until this one ends."""
    tx.one("SELECT id FROM intervention WHERE id = :id /* FOR UPDATE */", {"id": intervention_id})


def delete_intervention(tx: Transaction, intervention_id: int) -> None:
    tx.execute("DELETE FROM intervention WHERE id = :id", {"id": intervention_id})


def replace_secret(
    tx: Transaction, intervention_id: int, *, remote_name: str, secret: str, now: int, until: int
) -> None:
    """Add a secret. The previous secret signs too `until` a time; older ones are deleted."""
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


def set_secret(tx: Transaction, intervention_id: int, secret: str) -> None:
    """Replace the current secret by a former one, which its receiver knows."""
    tx.execute(
        "UPDATE intervention_secret SET secret = :secret"
        " WHERE intervention_id = :id AND valid_until IS NULL",
        {"id": intervention_id, "secret": secret},
    )


def list_secrets(tx: Transaction, intervention_id: int, *, now: int) -> Sequence[str]:
    """Return the secrets that sign at this time, the current one first."""
    rows = tx.all(
        """SELECT secret FROM intervention_secret
            WHERE intervention_id = :id AND (valid_until IS NULL OR valid_until >= :now)
            ORDER BY valid_until IS NOT NULL""",
        {"id": intervention_id, "now": now},
    )
    return [str(row["secret"]) for row in rows]
