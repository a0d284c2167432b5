"""Tokens in the vendor's administration: the same tokens that `/_tickiti/tokens` shows.

Rules: a caller grants only abilities that the caller's token holds, and touches only tokens of
owners with no more rights than the caller. Every change is in the audit log.
"""

from collections.abc import Sequence

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import (
    MissingAbility,
    NotFound,
    RoleRequired,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.api_tokens import (
    ApiToken,
    ApiTokens,
    CreateApiToken,
    CreatedApiToken,
    FindApiToken,
    UpdateApiToken,
)
from tickiti_server.api.call import Call, actor_of
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.tokens.owner import owner_of, person_of
from tickiti_server.auth import authenticate, token
from tickiti_server.auth.abilities import covered_by
from tickiti_server.auth.audit import Action, note
from tickiti_server.auth.authenticate import SYSTEM_PERSON
from tickiti_server.clock import rfc3339
from tickiti_server.store.access import tokens as stored
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Row


@handles(contract.api_tokens_index)
def index(call: Call) -> ApiTokens:
    """List the live tokens, without their secrets."""
    rows = [row for row in stored.list_tokens(call.tx) if token.is_live(row, call.now)]
    return {
        "tokens": [_key(call, row) for row in rows],
        "grantable_abilities": sorted(covered_by(call.caller.abilities)),
    }


@handles(contract.api_tokens_create, refuses=(MissingAbility, RoleRequired))
def create(call: Call, body: CreateApiToken) -> CreatedApiToken:
    """Create a token without expiry. The token is only in this reply."""
    _refuse_abilities(call, body.abilities)
    owner = _owner(call, body.owner)
    is_system = owner["id"] == SYSTEM_PERSON
    row, text = token.mint(
        call.tx,
        actor_of(call),
        name=body.name,
        abilities=body.abilities,
        now=call.now,
        person_id=None if is_system else owner["id"],
        allowed_ip=body.allowed_ip,
        user=None if is_system else owner["email"],
    )
    return {"ok": True, "id": str(row["id"]), "token": text}


@handles(contract.api_tokens_update, refuses=(MissingAbility, RoleRequired, NotFound))
def update(call: Call, body: UpdateApiToken) -> Done:
    """Change a token's name, abilities or allowed addresses. The next request sees it."""
    row = _found(call, body.id)
    if not token.is_live(row, call.now):
        raise _missing(body.id)
    _refuse_abilities(call, body.abilities or [])
    changes = body.model_dump(exclude_unset=True, exclude={"id"})
    token.edit(call.tx, actor_of(call), row, changes, now=call.now)
    return DONE


@handles(contract.api_tokens_revoke, refuses=(RoleRequired, NotFound))
def revoke(call: Call, body: FindApiToken) -> Done:
    """Revoke a token, effective from the next request. Revoking twice succeeds."""
    row = _found(call, body.id)
    if row["revoked_at"] is None:
        stored.revoke_token(call.tx, body.id, at=call.now)
        note(call.tx, actor_of(call), Action.REVOKE, token=row, at=call.now)
    return DONE


def _found(call: Call, token_id: int) -> Row:
    """A token whose owner may do no more than the caller. Raises NotFound and RoleRequired."""
    row = stored.find_token(call.tx, token_id)
    if row is None:
        raise _missing(token_id)
    _refuse_owner(call, person_of(call, row["person_id"]))
    return row


def _missing(token_id: int) -> NotFound:
    return NotFound(f"There is no token {token_id}.")


def _owner(call: Call, person_id: int) -> Row:
    """The staff user of this id. Raises ValidationFailed and RoleRequired."""
    known = person_id == SYSTEM_PERSON or people.find_user(call.tx, person_id) is not None
    owner = people.get_person(call.tx, person_id) if known else None
    if owner is None or not owner["role"]:
        raise ValidationFailed.of("owner", f"There is no staff user with the id {person_id}.")
    _refuse_owner(call, owner)
    return owner


def _refuse_owner(call: Call, owner: Row) -> None:
    authenticate.refuse_above(call.caller, None if owner["id"] == SYSTEM_PERSON else owner)


def _refuse_abilities(call: Call, abilities: Sequence[Ability]) -> None:
    """Raise MissingAbility for the first that the caller's token does not cover."""
    covered = covered_by(call.caller.abilities)
    for ability in sorted(abilities):
        if ability not in covered:
            raise MissingAbility([ability])


def _key(call: Call, row: Row) -> ApiToken:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "owner": owner_of(person_of(call, row["person_id"])),
        "abilities": sorted(token.abilities_of(row)),
        "allowed_ip": row["allowed_ip"],
        "created_at": rfc3339(row["created_at"]),
        "last_used_at": token.time_of(row["last_used_at"]),
        "expires_at": token.time_of(row["expires_at"]),
    }
