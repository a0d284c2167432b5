"""The table of tokens: `api_token`. Secrets are stored as SHA-256 only."""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction

_COLUMNS = """id, family_id, name, secret_sha256, abilities, person_id, created_at, last_used_at,
       expires_at, overlap_until, revoked_at"""

_INSERT = """
INSERT INTO api_token (family_id, name, secret_sha256, abilities, person_id, created_at, expires_at)
VALUES (:family_id, :name, :secret_sha256, :abilities, :person_id, :created_at, :expires_at)
"""

_ONE_OR_NONE = f"""
SELECT {_COLUMNS} FROM api_token WHERE id = :id
 UNION ALL
SELECT 0, 0, '', zeroblob(32), '[]', NULL, 0, NULL, NULL, NULL, 0
"""
_INSERT_AS = _INSERT.replace("(family_id,", "(id, family_id,").replace("(:family_id,", "(:id, :id,")

_DEAD = f"""
SELECT {_COLUMNS} FROM api_token
 WHERE revoked_at <= :moment OR expires_at <= :moment OR overlap_until <= :moment
 ORDER BY id
"""

_REINSTATE = """
UPDATE api_token SET overlap_until = NULL
 WHERE family_id = :family_id AND id < :id AND revoked_at IS NULL AND overlap_until > :at
RETURNING id
"""


def find(tx: Transaction, token_id: int) -> Row | None:
    return tx.one(f"SELECT {_COLUMNS} FROM api_token WHERE id = :id", {"id": token_id})


def find_or_none_alike(tx: Transaction, token_id: int) -> Row:
    """The same, or a revoked one of no secret: to find it takes as long."""
    row = tx.one(f"{_ONE_OR_NONE} LIMIT 1", {"id": token_id})
    assert row is not None
    return row


def every(tx: Transaction) -> Sequence[Row]:
    """Oldest first."""
    return tx.all(f"SELECT {_COLUMNS} FROM api_token ORDER BY id")


def family(tx: Transaction, family_id: int) -> list[int]:
    """The ids of its tokens, oldest first."""
    sql = "SELECT id FROM api_token WHERE family_id = :family_id ORDER BY id"
    return [int(row["id"]) for row in tx.all(sql, {"family_id": family_id})]


def insert(tx: Transaction, *, family_id: int | None, **columns: object) -> Row:
    """A new token, the first of its own family where `family_id` is None."""
    token_id = tx.insert(_INSERT, {**columns, "family_id": family_id or 0})
    if family_id is None:
        tx.execute("UPDATE api_token SET family_id = id WHERE id = :id", {"id": token_id})
    row = find(tx, token_id)
    assert row is not None
    return row


def insert_as(tx: Transaction, token_id: int, **columns: object) -> Row:
    """The same with an id that is known, of a family of its own."""
    tx.execute(_INSERT_AS, {**columns, "id": token_id})
    row = find(tx, token_id)
    assert row is not None
    return row


def dead_since(tx: Transaction, moment: int) -> Sequence[Row]:
    """Those that stopped working then or before, in whichever way; oldest first."""
    return tx.all(_DEAD, {"moment": moment})


def set_overlap(tx: Transaction, token_id: int, *, until: int) -> None:
    """Let a rotated token live until then, and not longer than it would have."""
    tx.execute(
        "UPDATE api_token SET overlap_until = :until WHERE id = :id",
        {"until": until, "id": token_id},
    )


def revoke(tx: Transaction, token_id: int, *, at: int) -> None:
    tx.execute(
        "UPDATE api_token SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL",
        {"at": at, "id": token_id},
    )


def reinstate(tx: Transaction, revoked: Row, *, at: int) -> list[int]:
    """Take back what ends the overlaps of its family; the ids of the tokens that live on."""
    family = {"family_id": revoked["family_id"], "id": revoked["id"], "at": at}
    return [int(row["id"]) for row in tx.all(_REINSTATE, family)]


def delete(tx: Transaction, token_id: int) -> None:
    """Forget it. Its id never comes back."""
    tx.execute("DELETE FROM api_token WHERE id = :id", {"id": token_id})


def touch(tx: Transaction, token_id: int, *, at: int) -> None:
    """Note that it was used."""
    tx.execute("UPDATE api_token SET last_used_at = :at WHERE id = :id", {"at": at, "id": token_id})
