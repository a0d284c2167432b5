"""A token's life: minted, used, rotated within its family, expired or revoked."""

import json
import secrets
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from string import ascii_letters, digits

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.tokens import SECRET_PREFIX, SECRET_RANDOM_LENGTH, checksum
from tickiti_server.audit import Action, Actor, note
from tickiti_server.call import Microseconds, rfc3339
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row, Transaction

_BASE62 = digits + ascii_letters


class Status(StrEnum):
    ACTIVE = "active"
    OVERLAP = "overlap"
    EXPIRED = "expired"
    REVOKED = "revoked"


def digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def ends_at(row: Row) -> Microseconds | None:
    """When the token stops working by itself: its expiry or the end of its overlap."""
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


def abilities_of(row: Row) -> frozenset[Ability]:
    return _abilities(row["abilities"])


@lru_cache(maxsize=1024)
def _abilities(stored_names: str) -> frozenset[Ability]:
    """Every request asks; a server knows few different sets."""
    return frozenset(Ability(name) for name in json.loads(stored_names))


def mint(
    tx: Transaction,
    actor: Actor,
    *,
    name: str,
    abilities: Sequence[Ability],
    now: Microseconds,
    expires_at: Microseconds | None = None,
    family_id: int | None = None,
    person_id: int | None = None,
    **details: object,
) -> tuple[Row, str]:
    """A new token: its row, and its text, which is known only now. `details` are for the audit."""
    random_part = "".join(secrets.choice(_BASE62) for _ in range(SECRET_RANDOM_LENGTH))
    secret = SECRET_PREFIX + random_part + checksum(random_part)
    row = stored.insert(
        tx,
        family_id=family_id,
        name=name,
        secret_sha256=digest(secret),
        abilities=json.dumps(sorted(set(abilities))),
        person_id=person_id,
        created_at=now,
        expires_at=expires_at,
    )
    note(
        tx,
        actor,
        Action.MINT,
        token=row,
        at=now,
        abilities=json.loads(row["abilities"]),
        expires_at=time_of(row["expires_at"]),
        **details,
    )
    return row, f"{row['id']}|{secret}"


def adopt(
    tx: Transaction,
    actor: Actor,
    token_id: int,
    secret: str,
    *,
    name: str,
    abilities: Sequence[Ability],
    now: Microseconds,
) -> None:
    """A token that was made elsewhere, with its id, in a database that has none."""
    row = stored.insert_as(
        tx,
        token_id,
        name=name,
        secret_sha256=digest(secret),
        abilities=json.dumps(sorted(set(abilities))),
        person_id=None,
        created_at=now,
        expires_at=None,
    )
    note(tx, actor, Action.MINT, token=row, at=now, abilities=json.loads(row["abilities"]))


def time_of(moment: Microseconds | None) -> str | None:
    return None if moment is None else rfc3339(moment)
