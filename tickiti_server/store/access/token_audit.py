"""Stores what was done to tokens: table `token_audit`, append-only.

Triggers of the database refuse to change or delete a row.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_INSERT = """
INSERT INTO token_audit
       (at, action, token_id, token_name, actor_id, actor_name, request_id, details)
VALUES (:at, :action, :token_id, :token_name, :actor_id, :actor_name, :request_id, :details)
"""

_CREATOR = """
SELECT actor_name FROM token_audit
 WHERE token_id = :token_id AND action = 'mint' AND actor_id IS NULL
UNION ALL
SELECT 'a token' FROM token_audit WHERE token_id = :token_id AND action IN ('mint', 'rotate')
"""

_PAGE = """
SELECT id, at, action, token_id, token_name, actor_id, actor_name, request_id, details
  FROM token_audit
 WHERE {conditions}
 ORDER BY id DESC
 LIMIT :limit
"""


def add_entry(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def has_no_entries(tx: Transaction) -> bool:
    """Whether no token was ever made in this database."""
    return tx.one("SELECT id FROM token_audit LIMIT 1") is None


def find_creator(tx: Transaction, token_id: int) -> str | None:
    """Return the name of the actor who minted a token, or None if no entry names the mint."""
    row = tx.one(_CREATOR, {"token_id": token_id})
    return None if row is None else str(row["actor_name"])


def was_edited(tx: Transaction, token_ids: Sequence[int]) -> bool:
    """Whether a user of a token ever edited one of these. The server's own changes do not count."""
    sql = (
        "SELECT 1 FROM token_audit WHERE token_id = :id AND action = 'update'"
        " AND actor_id IS NOT NULL LIMIT 1"
    )
    return any(tx.one(sql, {"id": token_id}) is not None for token_id in token_ids)


def list_entries(
    tx: Transaction,
    *,
    token_id: int | None,
    since: int | None,
    before: int | None,
    limit: int,
) -> Sequence[Row]:
    """Return entries, newest first; `before` is the last id of the previous page."""
    wanted = {
        "token_id = :token_id": token_id,
        "at >= :since": since,
        "id < :before": before,
    }
    conditions = " AND ".join(sql for sql, value in wanted.items() if value is not None) or "1 = 1"
    values = {"token_id": token_id, "since": since, "before": before, "limit": limit}
    used = {name: value for name, value in values.items() if value is not None}
    return tx.all(_PAGE.format(conditions=conditions), used)
