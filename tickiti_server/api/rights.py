"""Queue rights: who may see, change and delete the tickets of a queue.

The one place that decides. The system user and API accounts are exempt; staff need a row of
`queue_right`; a caller who is not staff sees the tickets that he takes part in, and no internal
note. A ticket that a caller does not see counts as missing: the functions that find it raise a 404.
"""

from enum import StrEnum

from tickiti_cli.contract.endpoint import Role
from tickiti_cli.contract.errors import QueueRightRequired
from tickiti_server.api.call import Call
from tickiti_server.store.access import rights
from tickiti_server.store.access.system_settings import find_system_settings
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.search import clauses, sources
from tickiti_server.store.search.conditions import Conditions


class Right(StrEnum):
    """One switch of a user in a queue, by the name of its column."""

    VIEW = "can_view"
    MANAGE = "can_manage"
    DELETE = "can_delete"


def has_right(call: Call, queue_id: int, right: Right) -> bool:
    """Whether the caller has one right in one queue. Only staff can have one."""
    if call.caller.is_exempt:
        return True
    if call.caller.role < Role.STAFF:  # rows of a user who was staff count no longer
        return False
    row = rights.find_right(call.tx, call.caller.person_id, queue_id)
    return row is not None and bool(row[right])


def require(call: Call, queue_id: int, *needed: Right) -> None:
    """Raise QueueRightRequired for the first of these rights that the caller lacks."""
    for right in needed:
        if not has_right(call, queue_id, right):
            queue = queues.find_queue(call.tx, queue_id)
            assert queue is not None
            raise QueueRightRequired(right, queue["name"])


def sees(call: Call, ticket: Row) -> bool:
    """Whether the caller sees a ticket: a row with `id`, `queue_id` and `originator_id`."""
    if call.caller.is_exempt:
        return True
    if call.caller.role >= Role.STAFF:
        return has_right(call, ticket["queue_id"], Right.VIEW)
    return ticket["originator_id"] == call.caller.person_id or stored.is_participant(
        call.tx, ticket["id"], call.caller.person_id
    )


def sees_notes(call: Call) -> bool:
    """Whether the caller sees internal notes."""
    return call.caller.is_exempt or call.caller.role >= Role.STAFF


def conditions_of(call: Call) -> Conditions:
    """Conditions of a search by the caller, without any clause yet."""
    return Conditions(call.caller.person_id, sees_notes=sees_notes(call))


def narrow(call: Call, conditions: Conditions, *, with_deleted: bool = False) -> None:
    """Leave out of a search of tickets (`t`) what is deleted and what the caller does not see."""
    if not with_deleted:
        conditions.clauses.append(clauses.is_there())
    if call.caller.is_exempt:
        return
    if call.caller.role >= Role.STAFF:
        conditions.clauses.append(clauses.is_in_viewed_queue())
    else:
        conditions.clauses.append(clauses.is_taken_part_in())
        conditions.sources.append(sources.taken_part_in())


def grant_new_staff(call: Call, person_id: int) -> None:
    """Give a new staff user all three rights in every queue, under the permissive model."""
    if is_permissive(call):
        rights.grant_queues(call.tx, person_id)


def grant_new_queue(call: Call, queue_id: int) -> None:
    """Give every staff user all three rights in a new queue, under the permissive model."""
    if is_permissive(call):
        rights.grant_staff(call.tx, queue_id)


def is_permissive(call: Call) -> bool:
    """Whether new queues and new users automatically get all rights."""
    return find_system_settings(call.tx).is_permissive
