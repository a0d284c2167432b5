"""Stores tokens: table `api_token`. A secret is stored as its SHA-256 only."""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_NO_SECRET = bytes(32)
"""No secret has this SHA-256."""

_COLUMNS = """id, family_id, name, secret_sha256, abilities, person_id, created_at, last_used_at,
       expires_at, overlap_until, revoked_at, allowed_ip"""

_SHOWN = f"""
SELECT {_COLUMNS}, (SELECT email FROM person WHERE person.id = person_id) AS user_email
  FROM api_token
"""

_LOCKED = "/* FOR NO KEY UPDATE OF api_token */"
"""Of two writers that rotate or revoke the same token, the second sees what the first did."""

_INSERT = """
INSERT INTO api_token (family_id, name, secret_sha256, abilities, person_id, created_at,
                       expires_at, allowed_ip)
VALUES (:family_id, :name, :secret_sha256, :abilities, :person_id, :created_at, :expires_at,
        :allowed_ip)
"""

_ONE_OR_NONE = f"""
SELECT {_COLUMNS} FROM api_token WHERE id = :id
 UNION ALL
SELECT 0, 0, '', :no_secret, '[]', NULL, 0, NULL, NULL, NULL, 0, NULL
"""
_INSERT_AS = _INSERT.replace("(family_id,", "(id, family_id,").replace("(:family_id,", "(:id, :id,")

_DEAD = f"""
{_SHOWN}
 WHERE revoked_at <= :moment OR expires_at <= :moment OR overlap_until <= :moment
 ORDER BY id
"""

_REINSTATE = """
UPDATE api_token SET overlap_until = NULL
 WHERE family_id = :family_id AND id < :id AND revoked_at IS NULL AND overlap_until > :at
RETURNING id
"""


def find_token(tx: Transaction, token_id: int) -> Row | None:
    """Return the token with the address of its user, which is None for the system user."""
    return tx.one(f"{_SHOWN} WHERE id = :id {_LOCKED}", {"id": token_id})


def find_token_or_decoy(tx: Transaction, token_id: int) -> Row:
    """Return the token, or a revoked row of no secret, so that both look-ups take the same time."""
    row = tx.one(f"{_ONE_OR_NONE} LIMIT 1", {"id": token_id, "no_secret": _NO_SECRET})
    assert row is not None
    return row


def list_tokens(tx: Transaction) -> Sequence[Row]:
    """Return every token, oldest first."""
    return tx.all(f"{_SHOWN} ORDER BY id")


def list_family_ids(tx: Transaction, family_id: int) -> list[int]:
    """Return the ids of a family's tokens, oldest first."""
    sql = "SELECT id FROM api_token WHERE family_id = :family_id ORDER BY id"
    return [int(row["id"]) for row in tx.all(sql, {"family_id": family_id})]


def insert_token(tx: Transaction, *, family_id: int | None, **columns: object) -> Row:
    """Insert a token. It starts a family of its own if `family_id` is None."""
    token_id = tx.insert(_INSERT, {**columns, "family_id": family_id or 0})
    if family_id is None:
        tx.execute("UPDATE api_token SET family_id = id WHERE id = :id", {"id": token_id})
    row = find_token(tx, token_id)
    assert row is not None
    return row


def insert_token_with_id(tx: Transaction, token_id: int, **columns: object) -> Row:
    """Insert a token with a given id, in a family of its own."""
    tx.execute(_INSERT_AS, {**columns, "id": token_id})
    row = find_token(tx, token_id)
    assert row is not None
    return row


def list_dead_tokens(tx: Transaction, moment: int) -> Sequence[Row]:
    """Return the tokens revoked, expired or rotated out by `moment`, oldest first."""
    return tx.all(f"{_DEAD} {_LOCKED}", {"moment": moment})


def update_token(
    tx: Transaction, token_id: int, *, name: str, abilities: str, allowed_ip: str | None
) -> None:
    """Store what an edit may change. `abilities` is a JSON array."""
    tx.execute(
        "UPDATE api_token SET name = :name, abilities = :abilities, allowed_ip = :allowed_ip"
        " WHERE id = :id",
        {"id": token_id, "name": name, "abilities": abilities, "allowed_ip": allowed_ip},
    )


def set_overlap(tx: Transaction, token_id: int, *, until: int) -> None:
    """Set when a rotated token stops working."""
    tx.execute(
        "UPDATE api_token SET overlap_until = :until WHERE id = :id",
        {"until": until, "id": token_id},
    )


def revoke_token(tx: Transaction, token_id: int, *, at: int) -> None:
    tx.execute(
        "UPDATE api_token SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL",
        {"at": at, "id": token_id},
    )


def reinstate_family(tx: Transaction, revoked: Row, *, at: int) -> list[int]:
    """End the overlaps of a revoked token's predecessors, which live on. Returns their ids."""
    family = {"family_id": revoked["family_id"], "id": revoked["id"], "at": at}
    return [int(row["id"]) for row in tx.all(_REINSTATE, family)]


def delete_token(tx: Transaction, token_id: int) -> None:
    """Delete a token. Its id is never used again."""
    tx.execute("DELETE FROM api_token WHERE id = :id", {"id": token_id})


def set_last_used(tx: Transaction, token_id: int, *, at: int) -> None:
    """Store when a token was last used."""
    tx.execute("UPDATE api_token SET last_used_at = :at WHERE id = :id", {"at": at, "id": token_id})
