"""Who calls, and whether they may: the token in the header, its abilities, its user's role.

Every way in which a token fails gives the same 401 and takes the same steps: how long it takes
tells nobody which tokens there are.
"""

import hmac
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tickiti_cli.contract.endpoint import Access, Endpoint, Plan, Role
from tickiti_cli.contract.errors import MissingAbility, PlanRequired, RoleRequired, Unauthenticated
from tickiti_cli.contract.tokens import split_token
from tickiti_server import tokens
from tickiti_server.call import SECOND, Caller, Microseconds
from tickiti_server.store import people
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row, Transaction

SYSTEM_PERSON = 1
"""The built-in system user, as whom a token without a user acts. It has every role."""

TOUCH_EVERY: Microseconds = 60 * SECOND
"""`last_used_at` is as good as a minute: a write for each request would cost a fifth of them."""

_NO_DIGEST = bytes(32)


class Known(NamedTuple):
    """A token that was not revoked when it was looked up, and who is behind it."""

    caller: Caller
    secret_sha256: bytes
    ends_at: Microseconds | None
    """When it stops working by itself."""

    last_used_at: Microseconds | None

    def is_live(self, now: Microseconds) -> bool:
        return self.ends_at is None or now < self.ends_at

    def is_touch_due(self, now: Microseconds) -> bool:
        """Whether it is time to note that it was used."""
        return self.last_used_at is None or now - self.last_used_at >= TOUCH_EVERY


def bearer(values: Sequence[bytes]) -> tuple[int, str]:
    """Id and secret of the one Authorization header. Raises Unauthenticated."""
    if len(values) != 1:
        raise Unauthenticated
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    found = split_token(token.strip(" "))
    if scheme.lower() != "bearer" or found is None:
        raise Unauthenticated
    return found


def identify(tx: Transaction, *, token_id: int, secret: str, now: Microseconds) -> Known:
    """Who is behind a token. Raises Unauthenticated: unknown, wrong, expired or revoked."""
    return admitted(look_up(tx, token_id, tokens.digest(secret)), now)


def look_up(tx: Transaction, token_id: int, digest: bytes) -> Known | None:
    """None for a token that is unknown or revoked, or whose secret has another digest: each of
    them takes the same steps, and only the right secret more."""
    row = stored.find_or_none_alike(tx, token_id)
    if not hmac.compare_digest(row["secret_sha256"], digest) or row["revoked_at"] is not None:
        return None
    return Known(
        caller=_caller(tx, row),
        secret_sha256=row["secret_sha256"],
        ends_at=tokens.ends_at(row),
        last_used_at=row["last_used_at"],
    )


def is_of(known: Known | None, digest: bytes) -> bool:
    """Whether it has this digest; one that is not known takes as long."""
    return hmac.compare_digest(_NO_DIGEST if known is None else known.secret_sha256, digest)


def admitted(known: Known | None, now: Microseconds) -> Known:
    """The same, if it has not run out. Raises Unauthenticated."""
    if known is None or not known.is_live(now):
        raise Unauthenticated
    return known


def refuse_dead(tx: Transaction, caller: Caller, now: Microseconds) -> None:
    """Raise Unauthenticated for a token that was revoked while its request was waiting."""
    row = stored.find(tx, caller.token_id)
    if row is None or not tokens.is_live(row, now):
        raise Unauthenticated


def refuse_above(caller: Caller, person: Row | None) -> None:
    """Raise RoleRequired if a user may do more than the caller; None is the system user, who has
    every role. Whoever hands out a token for that user would get what they do not have."""
    if caller.person_id == SYSTEM_PERSON:
        return
    role = Role.SUPERUSER if person is None else Role(person["role"])
    if role > caller.role:
        raise RoleRequired(role.name.lower())
    if (person is None or person["is_sysadmin"]) and not caller.is_sysadmin:
        raise RoleRequired("sysadmin")


def authorise(row: Endpoint, caller: Caller, without_plans: Collection[Plan]) -> None:
    """Raise MissingAbility, RoleRequired or PlanRequired: the first that the row asks for and the
    caller, or the server, does not have."""
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
    """The role is read with each request: a demotion counts from the next one."""
    person_id, role, is_sysadmin = SYSTEM_PERSON, Role.SUPERUSER, True
    if row["person_id"] is not None:
        person = people.with_role(tx, row["person_id"])
        person_id, role, is_sysadmin = (
            person["id"],
            Role(person["role"]),
            bool(person["is_sysadmin"]),
        )
    return Caller(
        token_id=row["id"],
        family_id=row["family_id"],
        abilities=tokens.abilities_of(row),
        person_id=person_id,
        role=role,
        is_sysadmin=is_sysadmin,
    )
