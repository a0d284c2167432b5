"""The rows that are kept when a state is replaced: settings of the file, and the tokens that
control the server."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tickiti_server.clock import Microseconds
from tickiti_server.store.access.settings import set_setting
from tickiti_server.store.sqlite.connection import SqliteTransaction

_SETTINGS = "SELECT * FROM setting WHERE name IN ('served_as', 'idempotency_secret')"

_CONTROLS = """revoked_at IS NULL
   AND EXISTS (SELECT 1 FROM json_each(abilities) WHERE value = 'control-server')"""

_AUDIT = f"""
SELECT * FROM token_audit
 WHERE token_id IN (SELECT id FROM api_token WHERE {_CONTROLS}) ORDER BY id
"""

_REVOKE = f"""
UPDATE api_token SET revoked_at = :now
 WHERE {_CONTROLS} AND id NOT IN (SELECT value FROM json_each(:kept))
"""

_TOKENS = "name LIKE 'seed token %' OR name LIKE 'seed token-rotation %'"
_SEEDED = f"SELECT * FROM setting WHERE {_TOKENS} OR name LIKE 'seed intervention-secret %'"
_SEEDED_IDS = f"""
SELECT CAST(substr(value, instr(value, ' ') + 1) AS INTEGER) FROM setting WHERE {_TOKENS}
"""

Rows = Sequence[Mapping[str, Any]]


class Kept(NamedTuple):
    settings: Rows
    tokens: Rows
    audit: Rows


def find_kept(tx: SqliteTransaction) -> Kept:
    """Return the rows that outlive the present state."""
    return Kept(
        _rows(tx.all(_SETTINGS)),
        _rows(tx.all(f"SELECT * FROM api_token WHERE {_CONTROLS} ORDER BY id")),
        _rows(tx.all(_AUDIT)),
    )


def find_seeded_tokens(tx: SqliteTransaction) -> Kept:
    """Return the tokens that seeds have made, with the records of that and of signing secrets: a
    file has the secrets, so that the state of a start has the same ones."""
    records = _rows(tx.all(_SEEDED))
    return Kept(
        records,
        _rows(tx.all(f"SELECT * FROM api_token WHERE id IN ({_SEEDED_IDS}) AND person_id IS NULL")),
        _rows(tx.all(f"SELECT * FROM token_audit WHERE token_id IN ({_SEEDED_IDS}) ORDER BY id")),
    )


def restore_kept(tx: SqliteTransaction, kept: Kept, *, now: Microseconds) -> None:
    """Insert the rows into another state. Other tokens that control the server are revoked."""
    for setting in kept.settings:
        set_setting(tx, setting["name"], setting["value"])
    for token in kept.tokens:
        tx.execute("DELETE FROM api_token WHERE id = :id", {"id": token["id"]})
        _insert(tx, "api_token", token)
    known = {row["token_id"] for row in tx.all("SELECT DISTINCT token_id FROM token_audit")}
    for entry in kept.audit:
        if entry["token_id"] not in known:
            _insert(tx, "token_audit", {**entry, "id": None})
    ids = ", ".join(str(token["id"]) for token in kept.tokens)
    tx.execute(_REVOKE, {"now": now, "kept": f"[{ids}]"})


def _insert(tx: SqliteTransaction, table: str, row: Mapping[str, Any]) -> None:
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    tx.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", row)


def _rows(found: Iterable[Any]) -> Rows:
    return [dict(row) for row in found]
