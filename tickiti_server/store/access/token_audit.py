"""What was done to tokens: `token_audit`, to which rows are added and nothing else.

The database refuses to change or delete a row of it.
"""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction

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


def add(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def is_empty(tx: Transaction) -> bool:
    """Whether no token has ever been made in this database."""
    return tx.one("SELECT id FROM token_audit LIMIT 1") is None


def creator(tx: Transaction, token_id: int) -> str | None:
    """The name of who minted a token, which is no other's if it is the server's start; None for one
    that was never minted here."""
    row = tx.one(_CREATOR, {"token_id": token_id})
    return None if row is None else str(row["actor_name"])


def newest(
    tx: Transaction,
    *,
    token_id: int | None,
    since: int | None,
    before: int | None,
    limit: int,
) -> Sequence[Row]:
    """Newest first; `before` is the id of the last row of the page before."""
    wanted = {
        "token_id = :token_id": token_id,
        "at >= :since": since,
        "id < :before": before,
    }
    conditions = " AND ".join(sql for sql, value in wanted.items() if value is not None) or "1 = 1"
    values = {"token_id": token_id, "since": since, "before": before, "limit": limit}
    used = {name: value for name, value in values.items() if value is not None}
    return tx.all(_PAGE.format(conditions=conditions), used)
