"""The bundled server's token management: mint, list, rotate, retire, revoke, prune.

The rules of this file: every change is noted in the audit log, in its own transaction. Nobody
gives or takes away what they do not have themselves: a token acts for a user, and only those who
have that user's role may mint, rotate, retire or revoke it.
"""

from tickiti_cli.contract import tokens as contract
from tickiti_cli.contract.errors import Conflict, TokenInUse, ValidationFailed
from tickiti_server import auth, tokens
from tickiti_server.audit import Action, actor_of, note
from tickiti_server.call import DAY, SECOND, Call, Microseconds, rfc3339
from tickiti_server.families.token_bodies import (
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
from tickiti_server.handlers import handles
from tickiti_server.settings import KEY_DAYS
from tickiti_server.store import people
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row

PRUNED_AFTER: Microseconds = KEY_DAYS * DAY
"""A dead token stays listed as long as the replies are kept that were given to it."""


@handles(contract.index)
def index(call: Call, body: ListTokens) -> Tokens:
    """List tokens, never their secrets."""
    rows = [row for row in stored.every(call.tx) if _is_wanted(row, body, call.now)]
    return {"tokens": [_token(row, call.now) for row in rows]}


@handles(contract.self_)
def show_self(call: Call) -> OwnToken:
    """Show the token that asks."""
    row = stored.find(call.tx, call.caller.token_id)
    assert row is not None
    relatives = stored.family(call.tx, row["family_id"])
    return {**_token(row, call.now), "family_tokens": relatives}


@handles(contract.mint)
def mint(call: Call, body: Mint) -> MintedToken:
    """Mint a token. Its text is in this reply and nowhere else."""
    _refuse_past(body.expires_at, call.now)
    row, token = tokens.mint(
        call.tx,
        actor_of(call),
        name=body.name,
        abilities=body.abilities,
        now=call.now,
        expires_at=body.expires_at,
        person_id=_owner_id(call, body.user),
        user=body.user,
    )
    return {**_token(row, call.now), "token": token}


@handles(contract.rotate, refuses=(Conflict,))
def rotate(call: Call, body: Rotate) -> MintedToken:
    """Mint the next token of a family; the old one lives on for the overlap."""
    _refuse_past(body.expires_at, call.now)
    old = _found(call, body.id, field="id")
    _refuse_above(call, old)
    status = tokens.status_of(old, call.now)
    if status is not tokens.Status.ACTIVE:
        raise Conflict(f"Token {body.id} is {status}; rotate the active token of its family.")
    actor, until = actor_of(call), call.now + body.overlap_seconds * SECOND
    row, token = tokens.mint(
        call.tx,
        actor,
        name=old["name"],
        abilities=body.abilities or sorted(tokens.abilities_of(old)),
        now=call.now,
        expires_at=body.expires_at or old["expires_at"],
        family_id=old["family_id"],
        person_id=old["person_id"],
        follows=body.id,
    )
    stored.set_overlap(call.tx, body.id, until=until)
    told = {"successor": row["id"], "overlap_until": rfc3339(until)}
    note(call.tx, actor, Action.ROTATE, token=old, at=call.now, **told)
    return {**_token(row, call.now), "token": token}


@handles(contract.retire, refuses=(Conflict, TokenInUse))
def retire(call: Call, body: Retire) -> Token:
    """End the overlap of a rotated token now.

    A token that is dead already is as it should be.
    """
    row = _found(call, body.id, field="id")
    _refuse_above(call, row)
    status = tokens.status_of(row, call.now)
    if status is tokens.Status.ACTIVE:
        raise Conflict(f"Token {body.id} is active; rotate it first, or revoke it.")
    if status is tokens.Status.OVERLAP:
        _refuse_use(row, body.if_idle, call.now)
        stored.set_overlap(call.tx, body.id, until=call.now)
        note(call.tx, actor_of(call), Action.RETIRE, token=row, at=call.now)
    return _token(_found(call, body.id, field="id"), call.now)


@handles(contract.revoke)
def revoke(call: Call, body: Revoke) -> Tokens:
    """Revoke tokens: each of them, or none where one is unknown.

    Revoking twice is no error.
    """
    actor = actor_of(call)
    for position, token_id in enumerate(body.ids):
        row = _found(call, token_id, field=f"ids.{position}")
        _refuse_above(call, row)
        if row["revoked_at"] is None:
            stored.revoke(call.tx, token_id, at=call.now)
            again = stored.reinstate(call.tx, row, at=call.now) if body.reinstate else None
            note(call.tx, actor, Action.REVOKE, token=row, at=call.now, reinstated=again)
    rows = [_found(call, token_id, field="ids") for token_id in body.ids]
    return {"tokens": [_token(row, call.now) for row in rows]}


@handles(contract.prune)
def prune(call: Call) -> Tokens:
    """Forget the tokens that have been dead for 30 days. Their ids never come back."""
    actor = actor_of(call)
    rows = stored.dead_since(call.tx, call.now - PRUNED_AFTER)
    for row in rows:
        stored.delete(call.tx, row["id"])
        note(call.tx, actor, Action.PRUNE, token=row, at=call.now)
    return {"tokens": [_token(row, call.now) for row in rows]}


def _found(call: Call, token_id: int, *, field: str) -> Row:
    row = stored.find(call.tx, token_id)
    if row is None:
        sentence = f"There is no token {token_id}."
        raise ValidationFailed(sentence, errors={field: [sentence]})
    return row


def _owner_id(call: Call, email: str | None) -> int | None:
    """The user whom a new token acts for; None for the system user. Raises RoleRequired."""
    if email is None:
        auth.refuse_above(call.caller, None)
        return None
    person = people.find(call.tx, email)
    if person is None or not person["is_staff"]:
        sentence = f"There is no staff user '{email}'."
        raise ValidationFailed(sentence, errors={"user": [sentence]})
    auth.refuse_above(call.caller, people.with_role(call.tx, person["id"]))
    return int(person["id"])


def _refuse_above(call: Call, token: Row) -> None:
    """Raise RoleRequired for a token of a user who may do more than the caller."""
    owner_id = token["person_id"]
    owner = None if owner_id is None else people.with_role(call.tx, owner_id)
    auth.refuse_above(call.caller, owner)


def _refuse_past(expires_at: Microseconds | None, now: Microseconds) -> None:
    if expires_at is not None and expires_at <= now:
        sentence = "The expires_at field must be in the future."
        raise ValidationFailed(sentence, errors={"expires_at": [sentence]})


def _refuse_use(row: Row, seconds: int | None, now: Microseconds) -> None:
    """Raise TokenInUse unless it was idle so long. Its use is noted once a minute: the true one may
    be that much later."""
    used = row["last_used_at"]
    if seconds is None or used is None or now - used - auth.TOUCH_EVERY >= seconds * SECOND:
        return
    raise TokenInUse(row["id"], last_used_at=rfc3339(used), seconds=seconds)


def _is_wanted(row: Row, body: ListTokens, now: Microseconds) -> bool:
    end = tokens.ends_at(row)
    if body.expiring_within is not None and (
        end is None or not now < end <= now + body.expiring_within * SECOND
    ):
        return False
    used = row["last_used_at"] or row["created_at"]
    if body.unused_for is not None and now - used < body.unused_for * SECOND:
        return False
    return body.status is None or tokens.status_of(row, now) is body.status


def _token(row: Row, now: Microseconds) -> Token:
    return {
        "id": row["id"],
        "name": row["name"],
        "abilities": sorted(tokens.abilities_of(row)),
        "family": row["family_id"],
        "status": tokens.status_of(row, now).value,
        "created_at": rfc3339(row["created_at"]),
        "last_used_at": tokens.time_of(row["last_used_at"]),
        "expires_at": tokens.time_of(row["expires_at"]),
        "overlap_until": tokens.time_of(row["overlap_until"]),
    }
