"""The audit log of tokens: actor, action, token, time and request.

Rule: a row is written in the transaction of its action, and holds no secret.
"""

import json
from enum import StrEnum
from typing import NamedTuple

from tickiti_server.clock import Microseconds
from tickiti_server.store.access import token_audit
from tickiti_server.store.interface import Row, Transaction


class Action(StrEnum):
    MINT = "mint"
    ROTATE = "rotate"
    RETIRE = "retire"
    REVOKE = "revoke"
    PRUNE = "prune"
    UPDATE = "update"


class Actor(NamedTuple):
    """The actor of an action: a token with its current name, or the server at its start."""

    name: str
    token_id: int | None = None
    request_id: str | None = None


SERVER_START = Actor("server start")


def note(
    tx: Transaction,
    actor: Actor,
    action: Action,
    *,
    token: Row,
    at: Microseconds,
    **details: object,
) -> None:
    """Add a row to the audit log. `details` are values that JSON can hold; None is left out."""
    told = {name: value for name, value in details.items() if value is not None}
    token_audit.add_entry(
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
