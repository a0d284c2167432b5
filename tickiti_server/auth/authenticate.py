"""Authentication by the bearer token, and authorisation by abilities, role and plan.

Rule: every invalid token gets the same 401 after the same steps, so that response times do not show
which tokens exist.
"""

import hmac
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tickiti_cli.contract.endpoint import Access, Endpoint, Plan, Role
from tickiti_cli.contract.errors import (
    IpNotAllowed,
    MissingAbility,
    PlanRequired,
    RoleRequired,
    Unauthenticated,
)
from tickiti_cli.contract.token_format import split_token
from tickiti_server.auth.allowed_ip import is_allowed
from tickiti_server.auth.caller import Caller
from tickiti_server.auth.token import abilities_of, ends_at, is_live, secret_digest
from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.store.access import tokens
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Row, Transaction

SYSTEM_PERSON = people.SYSTEM
"""Id of the built-in system user, who has every role. A token without a user acts as this one."""

TOUCH_EVERY: Microseconds = 60 * SECOND
"""`last_used_at` is exact to a minute: a write for each request would cost a fifth of them."""

_NO_DIGEST = bytes(32)


class TokenRecord(NamedTuple):
    """A token that was not revoked when it was read, with its caller."""

    caller: Caller
    secret_sha256: bytes
    ends_at: Microseconds | None
    """When the token expires or its overlap ends; None for never."""

    last_used_at: Microseconds | None
    allowed_ip: str | None = None
    """The addresses from which the token may be used; None for any address."""

    def is_live(self, now: Microseconds) -> bool:
        return self.ends_at is None or now < self.ends_at

    def is_touch_due(self, now: Microseconds) -> bool:
        """True if `last_used_at` is due for a write."""
        return self.last_used_at is None or now - self.last_used_at >= TOUCH_EVERY


def bearer(values: Sequence[bytes]) -> tuple[int, str]:
    """Token id and secret of the single Authorization header. Raises Unauthenticated."""
    if len(values) != 1:
        raise Unauthenticated
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    found = split_token(token.strip(" "))
    if scheme.lower() != "bearer" or found is None:
        raise Unauthenticated
    return found


def identify(tx: Transaction, *, token_id: int, secret: str, now: Microseconds) -> TokenRecord:
    """Look up a token. Raises Unauthenticated: unknown, wrong, expired or revoked."""
    return require_live(look_up(tx, token_id, secret_digest(secret)), now)


def look_up(tx: Transaction, token_id: int, digest: bytes) -> TokenRecord | None:
    """The token, or None if it is unknown, revoked, or has a secret with another digest.

    All of these take the same steps. Only the right secret takes more.
    """
    row = tokens.find_token_or_decoy(tx, token_id)
    if not hmac.compare_digest(row["secret_sha256"], digest) or row["revoked_at"] is not None:
        return None
    return TokenRecord(
        caller=_caller(tx, row),
        secret_sha256=row["secret_sha256"],
        ends_at=ends_at(row),
        last_used_at=row["last_used_at"],
        allowed_ip=row["allowed_ip"],
    )


def caller_of(tx: Transaction, token_id: int) -> Caller:
    """The caller of a token that exists."""
    row = tokens.find_token(tx, token_id)
    assert row is not None
    return _caller(tx, row)


def live_caller(tx: Transaction, token_id: int, *, address: str, now: Microseconds) -> Caller:
    """The caller of a token that somebody has proved to hold before. Raises Unauthenticated if it
    has ended since, and IpNotAllowed."""
    row = tokens.find_token(tx, token_id)
    if row is None or not is_live(row, now):
        raise Unauthenticated
    if row["allowed_ip"] is not None and not is_allowed(row["allowed_ip"], address):
        raise IpNotAllowed
    return _caller(tx, row)


def matches(record: TokenRecord | None, digest: bytes) -> bool:
    """Whether the secret of `record` has this digest. None takes as long as a wrong digest."""
    return hmac.compare_digest(_NO_DIGEST if record is None else record.secret_sha256, digest)


def require_live(record: TokenRecord | None, now: Microseconds) -> TokenRecord:
    """Return `record`. Raises Unauthenticated if it is None or has expired."""
    if record is None or not record.is_live(now):
        raise Unauthenticated
    return record


def refuse_address(record: TokenRecord, address: str) -> None:
    """Raise IpNotAllowed if the token is bound to addresses that do not include this one."""
    if record.allowed_ip is not None and not is_allowed(record.allowed_ip, address):
        raise IpNotAllowed


def refuse_above(caller: Caller, person: Row | None) -> None:
    """Raise RoleRequired if the user `person` may do more than the caller.

    Otherwise a caller could mint a token for that user and gain roles. None is the system user.
    """
    if caller.person_id == SYSTEM_PERSON:
        return
    role = Role.SUPERUSER if person is None else Role(person["role"])
    if role > caller.role:
        raise RoleRequired(role.name.lower())
    if (person is None or person["is_sysadmin"]) and not caller.is_sysadmin:
        raise RoleRequired("sysadmin")


def authorise(row: Endpoint, caller: Caller, without_plans: Collection[Plan]) -> None:
    """Raise MissingAbility, RoleRequired or PlanRequired for the first that is missing."""
    if row.access is Access.ABILITY and caller.abilities.isdisjoint(row.needs):
        raise MissingAbility(row.needs)
    if row.role > caller.role:
        raise RoleRequired(row.role.name.lower())
    if row.sysadmin and not caller.is_sysadmin:
        raise RoleRequired("sysadmin")
    for plan in row.plans:
        if plan in without_plans:
            raise PlanRequired(plan)


def _caller(tx: Transaction, row: Row) -> Caller:
    """The caller of a token, with the current role of its user."""
    person_id, role, is_sysadmin, is_exempt = SYSTEM_PERSON, Role.SUPERUSER, True, True
    if row["person_id"] is not None:
        person = people.get_person(tx, row["person_id"])
        person_id, role, is_sysadmin, is_exempt = (
            person["id"],
            Role(person["role"]),
            bool(person["is_sysadmin"]),
            bool(person["built_in"] or person["is_api_user"]),
        )
    return Caller(
        token_id=row["id"],
        family_id=row["family_id"],
        abilities=abilities_of(row),
        person_id=person_id,
        role=role,
        is_sysadmin=is_sysadmin,
        is_exempt=is_exempt,
    )
