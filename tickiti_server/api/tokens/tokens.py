"""The bundled server's token management: mint, list, rotate, retire, revoke, prune.

Rules: the transaction of a change also writes its entry of the audit log. A token acts for a user,
and only callers with that user's role may mint, rotate, retire or revoke it.
"""

from tickiti_cli.contract.bundled import tokens as contract
from tickiti_cli.contract.endpoint import ControlAbility
from tickiti_cli.contract.errors import (
    Conflict,
    MissingAbility,
    TokenInUse,
    ValidationFailed,
)
from tickiti_server.api.call import Call, actor_of
from tickiti_server.api.handler import handles
from tickiti_server.api.tokens.bodies.tokens import (
    Edit,
    ListTokens,
    Mint,
    MintedToken,
    OwnToken,
    Retire,
    Revoke,
    Rotate,
    Token,
    Tokens,
)
from tickiti_server.auth import authenticate, token
from tickiti_server.auth.audit import Action, note
from tickiti_server.clock import DAY, LATEST, SECOND, Microseconds, rfc3339
from tickiti_server.settings import KEY_DAYS
from tickiti_server.store.access import tokens as stored
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Row

PRUNED_AFTER: Microseconds = KEY_DAYS * DAY
"""Age at which a dead token is pruned: as old as the oldest stored reply to it."""


@handles(contract.index)
def index(call: Call, body: ListTokens) -> Tokens:
    """List tokens, without their secrets."""
    rows = [row for row in stored.list_tokens(call.tx) if _is_wanted(row, body, call.now)]
    return {"tokens": [_token(row, call.now) for row in rows]}


@handles(contract.self_)
def show_self(call: Call) -> OwnToken:
    """Show the token in use."""
    row = stored.find_token(call.tx, call.caller.token_id)
    assert row is not None
    relatives = stored.list_family_ids(call.tx, row["family_id"])
    return {**_token(row, call.now), "family_tokens": relatives}


@handles(contract.mint)
def mint(call: Call, body: Mint) -> MintedToken:
    """Create a token. The token is only in this reply."""
    _refuse_past(body.expires_at, call.now)
    row, text = token.mint(
        call.tx,
        actor_of(call),
        name=body.name,
        abilities=body.abilities,
        now=call.now,
        expires_at=body.expires_at,
        person_id=_owner_id(call, body.user),
        allowed_ip=body.allowed_ip,
        user=body.user,
    )
    return {**_token(row, call.now), "token": text}


@handles(contract.rotate, refuses=(Conflict, MissingAbility))
def rotate(call: Call, body: Rotate) -> MintedToken:
    """Rotate a token: create its successor; the old one stays valid for the overlap."""
    _refuse_past(body.expires_at, call.now)
    old = _found(call, body.id, field="id")
    _refuse_above(call, old)
    _refuse_control(call, old)
    status = token.status_of(old, call.now)
    if status is not token.Status.ACTIVE:
        raise Conflict(f"Token {body.id} is {status}; rotate the active token of its family.")
    actor, until = actor_of(call), call.now + body.overlap_seconds * SECOND
    row, text = token.mint(
        call.tx,
        actor,
        name=old["name"],
        abilities=body.abilities or sorted(token.abilities_of(old)),
        now=call.now,
        expires_at=body.expires_at or _same_span(old, call.now),
        family_id=old["family_id"],
        person_id=old["person_id"],
        allowed_ip=old["allowed_ip"],
        follows=body.id,
    )
    stored.set_overlap(call.tx, body.id, until=until)
    told = {"successor": row["id"], "overlap_until": rfc3339(until)}
    note(call.tx, actor, Action.ROTATE, token=old, at=call.now, **told)
    return {**_token(row, call.now), "token": text}


@handles(contract.edit, refuses=(Conflict,))
def edit(call: Call, body: Edit) -> Token:
    """Change a token's name, abilities or allowed addresses. The next request sees it."""
    old = _found(call, body.id, field="id")
    _refuse_above(call, old)
    status = token.status_of(old, call.now)
    if not token.is_live(old, call.now):
        raise Conflict(f"Token {body.id} is {status}; only a live token can be changed.")
    changes = body.model_dump(exclude_unset=True, exclude={"id"})
    token.edit(call.tx, actor_of(call), old, changes, now=call.now)
    return _token(_found(call, body.id, field="id"), call.now)


@handles(contract.retire, refuses=(Conflict, TokenInUse))
def retire(call: Call, body: Retire) -> Token:
    """End the overlap of a rotated token now.

    For a token that is no longer valid this changes nothing.
    """
    row = _found(call, body.id, field="id")
    _refuse_above(call, row)
    status = token.status_of(row, call.now)
    if status is token.Status.ACTIVE:
        raise Conflict(f"Token {body.id} is active; rotate it first, or revoke it.")
    if status is token.Status.OVERLAP:
        _refuse_use(row, body.if_idle, call.now)
        stored.set_overlap(call.tx, body.id, until=call.now)
        note(call.tx, actor_of(call), Action.RETIRE, token=row, at=call.now)
    return _token(_found(call, body.id, field="id"), call.now)


@handles(contract.revoke)
def revoke(call: Call, body: Revoke) -> Tokens:
    """Revoke tokens: all of them, or none if one is unknown.

    Revoking twice succeeds.
    """
    actor = actor_of(call)
    for position, token_id in enumerate(body.ids):
        row = _found(call, token_id, field=f"ids.{position}")
        _refuse_above(call, row)
        if row["revoked_at"] is None:
            stored.revoke_token(call.tx, token_id, at=call.now)
            again = stored.reinstate_family(call.tx, row, at=call.now) if body.reinstate else None
            note(call.tx, actor, Action.REVOKE, token=row, at=call.now, reinstated=again)
    rows = [_found(call, token_id, field="ids") for token_id in body.ids]
    return {"tokens": [_token(row, call.now) for row in rows]}


@handles(contract.prune)
def prune(call: Call) -> Tokens:
    """Delete the tokens that have been invalid for 30 days. Their ids are never used again."""
    actor = actor_of(call)
    rows = stored.list_dead_tokens(call.tx, call.now - PRUNED_AFTER)
    for row in rows:
        stored.delete_token(call.tx, row["id"])
        note(call.tx, actor, Action.PRUNE, token=row, at=call.now)
    return {"tokens": [_token(row, call.now) for row in rows]}


def _found(call: Call, token_id: int, *, field: str) -> Row:
    row = stored.find_token(call.tx, token_id)
    if row is None:
        raise ValidationFailed.of(field, f"There is no token {token_id}.")
    return row


def _owner_id(call: Call, email: str | None) -> int | None:
    """The id of the user for whom a new token acts. None stands for the system user. Raises
    RoleRequired."""
    if email is None:
        authenticate.refuse_above(call.caller, None)
        return None
    person = people.find_person(call.tx, email)
    if person is None or not person["is_staff"]:
        raise ValidationFailed.of("user", f"There is no staff user '{email}'.")
    authenticate.refuse_above(call.caller, people.get_person(call.tx, person["id"]))
    return int(person["id"])


def _refuse_above(call: Call, row: Row) -> None:
    """Raise RoleRequired for a token of a user who may do more than the caller."""
    owner_id = row["person_id"]
    owner = None if owner_id is None else people.get_person(call.tx, owner_id)
    authenticate.refuse_above(call.caller, owner)


def _refuse_control(call: Call, row: Row) -> None:
    """Raise MissingAbility if the token can control a server in test mode and the caller cannot.

    Otherwise a caller would get that ability with the secret of the successor.
    """
    held = token.abilities_of(row)
    if missing := [one for one in ControlAbility if one in held - call.caller.abilities]:
        raise MissingAbility(missing)


def _same_span(old: Row, now: Microseconds) -> Microseconds | None:
    """Return the end of a successor that lives as long as the old token does; None for no end."""
    end: Microseconds | None = old["expires_at"]
    return None if end is None else min(now + end - int(old["created_at"]), LATEST)


def _refuse_past(expires_at: Microseconds | None, now: Microseconds) -> None:
    if expires_at is not None and expires_at <= now:
        raise ValidationFailed.of("expires_at", "The expires_at field must be in the future.")


def _refuse_use(row: Row, seconds: int | None, now: Microseconds) -> None:
    """Raise TokenInUse unless the token was idle for that long. The last use is stored once a
    minute, so a minute is added."""
    used = row["last_used_at"]
    if seconds is None or used is None or now - used - authenticate.TOUCH_EVERY >= seconds * SECOND:
        return
    raise TokenInUse(row["id"], last_used_at=rfc3339(used), seconds=seconds)


def _is_wanted(row: Row, body: ListTokens, now: Microseconds) -> bool:
    end = token.ends_at(row)
    if body.expiring_within is not None and (
        end is None or not now < end <= now + body.expiring_within * SECOND
    ):
        return False
    used = row["last_used_at"] or row["created_at"]
    if body.unused_for is not None and now - used < body.unused_for * SECOND:
        return False
    return body.status is None or token.status_of(row, now) is body.status


def _token(row: Row, now: Microseconds) -> Token:
    return {
        "id": row["id"],
        "name": row["name"],
        "abilities": sorted(token.abilities_of(row)),
        "family": row["family_id"],
        "status": token.status_of(row, now).value,
        "created_at": rfc3339(row["created_at"]),
        "last_used_at": token.time_of(row["last_used_at"]),
        "expires_at": token.time_of(row["expires_at"]),
        "overlap_until": token.time_of(row["overlap_until"]),
        "allowed_ip": row["allowed_ip"],
        "user": row["user_email"],
    }
