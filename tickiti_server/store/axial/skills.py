"""Stores skills of the vendor's assistant and their actions: tables `skill`, `skill_action`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tickiti_server.store.interface import Row, Transaction

COLUMNS = (
    "key", "title", "description", "triggers", "composition", "citation_set", "enabled", "ordinal",
    "parent_key", "instructions",
)  # fmt: skip
"""The columns of a skill that a request sets."""

_LIST = """
SELECT s.*, (SELECT count(*) FROM skill_action a WHERE a.skill_id = s.id) AS action_count
  FROM skill s ORDER BY s.ordinal, s.key
"""

_INSERT = f"""
INSERT INTO skill ({", ".join(COLUMNS)})
VALUES ({", ".join(f":{column}" for column in COLUMNS)})
"""

_SET_ACTION = """
INSERT INTO skill_action (skill_id, name, ordinal, action)
VALUES (:skill_id, :name, :ordinal, :action)
ON CONFLICT (skill_id, name) DO UPDATE SET ordinal = excluded.ordinal, action = excluded.action
"""


def list_skills(tx: Transaction) -> Sequence[Row]:
    """Return every skill with its number of actions, by ordinal and key."""
    return tx.all(_LIST)


def find_skill(tx: Transaction, skill_id: int) -> Row | None:
    return tx.one("SELECT * FROM skill WHERE id = :id", {"id": skill_id})


def find_skill_by_key(tx: Transaction, key: str) -> Row | None:
    return tx.one("SELECT * FROM skill WHERE key = :key", {"key": key})


def insert_skill(tx: Transaction, columns: Mapping[str, object]) -> int:
    """Insert a skill of all COLUMNS."""
    return tx.insert(_INSERT, dict(columns))


def update_skill(tx: Transaction, skill_id: int, changes: Mapping[str, object]) -> None:
    """Set some of COLUMNS."""
    assert set(changes) <= set(COLUMNS)
    if changes:
        settings = ", ".join(f"{column} = :{column}" for column in changes)
        tx.execute(f"UPDATE skill SET {settings} WHERE id = :id", {**changes, "id": skill_id})


def move_children(tx: Transaction, key: str, *, to: str | None) -> None:
    """Give the children of a skill another parent, or none."""
    sql = "UPDATE skill SET parent_key = :new WHERE parent_key = :key"
    tx.execute(sql, {"new": to, "key": key})


def delete_skill(tx: Transaction, skill_id: int) -> None:
    tx.execute("DELETE FROM skill WHERE id = :id", {"id": skill_id})


def list_actions(tx: Transaction, skill_id: int) -> list[dict[str, Any]]:
    """Return the actions of a skill, by ordinal and name."""
    sql = "SELECT action FROM skill_action WHERE skill_id = :id ORDER BY ordinal, name"
    return [json.loads(row["action"]) for row in tx.all(sql, {"id": skill_id})]


def set_action(tx: Transaction, skill_id: int, action: Mapping[str, Any]) -> None:
    """Store an action under its name, in place of an action of that name."""
    values = {"name": action["name"], "ordinal": action["ordinal"], "action": json.dumps(action)}
    tx.execute(_SET_ACTION, {"skill_id": skill_id, **values})


def delete_action(tx: Transaction, skill_id: int, name: str) -> None:
    sql = "DELETE FROM skill_action WHERE skill_id = :id AND name = :name"
    tx.execute(sql, {"id": skill_id, "name": name})
