"""The audit log of tokens: who did what to which token, when and in which request.

The rule of this file: a row is written in the transaction of what it tells of, and holds no secret.
"""

import json
from enum import StrEnum
from typing import NamedTuple

from tickiti_server.call import Call, Microseconds
from tickiti_server.store import token_audit
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row, Transaction


class Action(StrEnum):
    MINT = "mint"
    ROTATE = "rotate"
    RETIRE = "retire"
    REVOKE = "revoke"
    PRUNE = "prune"


class Actor(NamedTuple):
    """Who acts: a token, by its id and the name it has now, or the server at its start."""

    name: str
    token_id: int | None = None
    request_id: str | None = None


SERVER_START = Actor("server start")


def actor_of(call: Call) -> Actor:
    row = stored.find(call.tx, call.caller.token_id)
    assert row is not None
    return Actor(row["name"], row["id"], call.request_id)


def note(
    tx: Transaction,
    actor: Actor,
    action: Action,
    *,
    token: Row,
    at: Microseconds,
    **details: object,
) -> None:
    """Tell that `actor` did this to `token`. `details` are what JSON can hold; None is left out."""
    told = {name: value for name, value in details.items() if value is not None}
    token_audit.add(
        tx,
        at=at,
        action=action.value,
        token_id=token["id"],
        token_name=token["name"],
        actor_id=actor.token_id,
        actor_name=actor.name,
        request_id=actor.request_id,
        details=json.dumps(told, sort_keys=True),
    )
