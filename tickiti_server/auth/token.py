"""Tokens: minting, secrets and status."""

import json
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from string import ascii_letters, digits
from typing import Any

from tickiti_cli.contract.endpoint import Ability, AnyAbility, ControlAbility
from tickiti_cli.contract.token_format import SECRET_PREFIX, SECRET_RANDOM_LENGTH, checksum
from tickiti_server.auth.audit import Action, Actor, note
from tickiti_server.clock import Microseconds, rfc3339
from tickiti_server.store.access import tokens
from tickiti_server.store.interface import Row, Transaction

_BASE62 = digits + ascii_letters
_CONTROL = frozenset(ControlAbility)


class Status(StrEnum):
    ACTIVE = "active"
    OVERLAP = "overlap"
    EXPIRED = "expired"
    REVOKED = "revoked"


def secret_digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def ends_at(row: Row) -> Microseconds | None:
    """The earlier of the token's expiry and the end of its overlap; None for never."""
    expires_at: Microseconds | None = row["expires_at"]
    overlap_until: Microseconds | None = row["overlap_until"]
    if expires_at is None or overlap_until is None:
        return overlap_until if expires_at is None else expires_at
    return min(expires_at, overlap_until)


def status_of(row: Row, now: Microseconds) -> Status:
    if row["revoked_at"] is not None:
        return Status.REVOKED
    end = ends_at(row)
    if end is not None and end <= now:
        return Status.EXPIRED
    return Status.OVERLAP if row["overlap_until"] is not None else Status.ACTIVE


def is_live(row: Row, now: Microseconds) -> bool:
    return status_of(row, now) in (Status.ACTIVE, Status.OVERLAP)


def abilities_of(row: Row) -> frozenset[AnyAbility]:
    return _abilities(row["abilities"])


@lru_cache(maxsize=1024)
def _abilities(stored_names: str) -> frozenset[AnyAbility]:
    """Returns the abilities of a stored text; cached, because every request asks and a server has
    few different sets."""
    return frozenset(
        ControlAbility(name) if name in _CONTROL else Ability(name)
        for name in json.loads(stored_names)
    )


def mint(
    tx: Transaction,
    actor: Actor,
    *,
    name: str,
    abilities: Sequence[AnyAbility],
    now: Microseconds,
    expires_at: Microseconds | None = None,
    family_id: int | None = None,
    person_id: int | None = None,
    allowed_ip: str | None = None,
    **details: object,
) -> tuple[Row, str]:
    """Insert a new token. Returns its row and its text, of which only a digest is stored.

    `details` go to the audit log.
    """
    secret = _new_secret()
    row = tokens.insert_token(
        tx,
        family_id=family_id,
        name=name,
        secret_sha256=secret_digest(secret),
        abilities=json.dumps(sorted(set(abilities))),
        person_id=person_id,
        created_at=now,
        expires_at=expires_at,
        allowed_ip=allowed_ip,
    )
    note(
        tx,
        actor,
        Action.MINT,
        token=row,
        at=now,
        abilities=json.loads(row["abilities"]),
        expires_at=time_of(row["expires_at"]),
        allowed_ip=allowed_ip,
        **details,
    )
    return row, f"{row['id']}|{secret}"


def _new_secret() -> str:
    random_part = "".join(secrets.choice(_BASE62) for _ in range(SECRET_RANDOM_LENGTH))
    return SECRET_PREFIX + random_part + checksum(random_part)


def adopt(
    tx: Transaction,
    actor: Actor,
    token_id: int,
    secret: str,
    *,
    name: str,
    abilities: Sequence[AnyAbility],
    now: Microseconds,
) -> None:
    """Insert a token with a given id and secret into a database without tokens."""
    row = tokens.insert_token_with_id(
        tx,
        token_id,
        name=name,
        secret_sha256=secret_digest(secret),
        abilities=json.dumps(sorted(set(abilities))),
        person_id=None,
        created_at=now,
        expires_at=None,
        allowed_ip=None,
    )
    note(tx, actor, Action.MINT, token=row, at=now, abilities=json.loads(row["abilities"]))


def edit(
    tx: Transaction, actor: Actor, old: Row, changes: Mapping[str, Any], *, now: Microseconds
) -> None:
    """Change name, abilities or allowed addresses of a token, and note it in the audit log.

    `changes` has the members to change; a token that is so already is not written.
    """
    before = {name: old[name] for name in ("name", "allowed_ip")}
    before["abilities"] = sorted(abilities_of(old))
    after = {**before, **changes}
    after["abilities"] = sorted(set(after["abilities"]))
    changed = {name: after[name] for name in after if after[name] != before[name]}
    if changed:
        columns = {**after, "abilities": json.dumps(after["abilities"])}
        tokens.update_token(tx, old["id"], **columns)
        # An audit entry leaves out None, so that "none" tells of an address that was cleared.
        note(tx, actor, Action.UPDATE, token=old, at=now, **{
            name: "none" if value is None else value for name, value in changed.items()
        })  # fmt: skip


def time_of(moment: Microseconds | None) -> str | None:
    return None if moment is None else rfc3339(moment)
