"""The rights of users in queues, which an admin sets and removes.

Rule: nobody changes the rights of a user with a higher role.
"""

from collections.abc import Mapping

from tickiti_cli.contract.errors import NotFound, RoleRequired
from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.queue_rights import (
    FindQueueRights,
    QueueRights,
    SetQueueRights,
)
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.auth import authenticate
from tickiti_server.store.access import rights as stored
from tickiti_server.store.helpdesk import people, queues
from tickiti_server.store.interface import Row

SWITCHES = ("can_view", "can_manage", "can_delete", "treat_as_inbox", "receive_inbox_errors")


@handles(contract.users_queue_upsert, refuses=(RoleRequired,))
def upsert(call: Call, body: SetQueueRights) -> Done:
    """Set a user's rights in a queue, effective from the next request."""
    _require_both(call, body)
    row = stored.find_right(call.tx, body.user, body.queue)
    before = dict.fromkeys(SWITCHES, False) if row is None else switches_of(row)
    changes = body.model_dump(exclude_none=True, exclude={"user", "queue"})
    stored.set_right(call.tx, person_id=body.user, queue_id=body.queue, **{**before, **changes})
    return DONE


@handles(contract.users_queue_detach, refuses=(RoleRequired,))
def detach(call: Call, body: FindQueueRights) -> Done:
    """Remove all rights of a user in a queue."""
    _require_both(call, body)
    stored.delete_right(call.tx, body.user, body.queue)
    return DONE


def _require_both(call: Call, body: FindQueueRights) -> None:
    """Raise NotFound for an unknown user or queue, RoleRequired for a user above the caller."""
    user = people.find_user(call.tx, body.user)
    if user is None:
        raise NotFound(f"There is no user {body.user}.")
    if queues.find_queue(call.tx, body.queue) is None:
        raise NotFound(f"There is no queue {body.queue}.")
    authenticate.refuse_above(call.caller, user)


def switches_of(row: Row | Mapping[str, object]) -> dict[str, bool]:
    return {name: bool(row[name]) for name in SWITCHES}


def shown(row: Row) -> QueueRights:
    """A user's rights in one queue as replies show them."""
    return {
        "queue_id": str(row["queue_id"]),
        "can_view": bool(row["can_view"]),
        "can_manage": bool(row["can_manage"]),
        "can_delete": bool(row["can_delete"]),
        "treat_as_inbox": bool(row["treat_as_inbox"]),
        "receive_inbox_errors": bool(row["receive_inbox_errors"]),
    }
