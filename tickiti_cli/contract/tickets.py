"""v1 tickets: what is on a ticket, in the vendor's second generation of the API.

Unlike the other v1 families these replies carry the classic envelope, and no role is asked for.
"""

from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Envelope, Key, Role
from tickiti_cli.contract.v1 import Family

FAMILY = Family(
    name="tickets",
    role=Role.ANY,
    read_ability=Ability.TICKETS_READ,
    write_ability=Ability.TICKETS_WRITE,
)

create = FAMILY.write("create", "tickets", envelope=Envelope.DATA, served=True)._replace(
    key=Key.REQUIRED,
    action="create_ticket",
)
respond = FAMILY.write("respond", "tickets/respond", envelope=Envelope.DATA, served=True)._replace(
    key=Key.REQUIRED,
    action="ticket_respond",
)
query = FAMILY.read("query", "tickets/query", envelope=Envelope.PAGE, served=True)
show = FAMILY.read("show", "tickets/show", envelope=Envelope.DATA, served=True)
responses = FAMILY.read("responses", "tickets/responses", envelope=Envelope.DATA, served=True)
responses_query = FAMILY.read(
    "responses_query", "tickets/responses/query", envelope=Envelope.DATA, served=True
)
attachment = FAMILY.read("attachment", "tickets/attachment", envelope=Envelope.DATA, served=True)

idempotency_key = Endpoint(
    name="idempotency_key.create",
    path="/api/v1/idempotency_key",
    access=Access.PUBLIC,
    empty_body=True,
)
"""The classic endpoint of that name under its v1 path."""

TWINS = {
    classic.create_ticket: create,
    classic.ticket_respond: respond,
    classic.tickiti_api_index: query,
    classic.idempotency_key: idempotency_key,
}
"""What both generations offer. The requests are the same; the replies as well, but for a list's."""

ROWS = (create, respond, query, show, responses, responses_query, attachment, idempotency_key)
