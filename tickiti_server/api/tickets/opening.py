"""Opening a ticket with its first response, for every shape of create_ticket."""

from typing import NamedTuple

from tickiti_cli.contract.errors import QueueNotFound
from tickiti_server.api.call import Call
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.attachments import Content
from tickiti_server.api.tickets.bodies.create import TicketCreated
from tickiti_server.store.helpdesk import people
from tickiti_server.store.helpdesk import tickets as stored

DEFAULT_QUEUE = "Inbox"
NORMAL, URGENT = 20, 40


class Opened(NamedTuple):
    """The new ticket, its first response and its customer."""

    created: TicketCreated
    response_id: int
    customer_id: int


def open_ticket(
    call: Call,
    *,
    originator: str,
    subject: str,
    content: Content,
    queue_name: str | None,
    is_public: bool,
    is_by_originator: bool = False,
    priority: int = NORMAL,
) -> Opened:
    """Store a ticket and its first response. Raises QueueNotFound."""
    queue_name = queue_name or DEFAULT_QUEUE
    place = stored.resolve_new_ticket(call.tx, queue_name=queue_name, originator=originator)
    if place["queue_id"] is None:
        raise QueueNotFound(queue_name)
    customer_id = place["originator_id"] or people.add_person(call.tx, originator, now=call.now)
    secure_id = call.new_id()
    ticket_id = stored.insert_ticket(
        call.tx,
        number=place["number"],
        secure_id=secure_id,
        subject=subject,
        queue_id=place["queue_id"],
        originator_id=customer_id,
        priority=priority,
        now=call.now,
        operation_id=call.operation_id,
    )
    response_id = attachments.post_response(
        call.tx,
        content,
        ticket_id=ticket_id,
        author_id=customer_id if is_by_originator else call.caller.person_id,
        is_internal=not is_public,
        staff_response=not is_by_originator,
        now=call.now,
        operation_id=call.operation_id,
    )
    created: TicketCreated = {
        "ticket_number": place["number"],
        "ticket_id": ticket_id,
        "secure_id": secure_id,
    }
    return Opened(created, response_id, customer_id)
