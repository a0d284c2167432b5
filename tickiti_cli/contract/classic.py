"""The eight classic endpoints `/api/...`, which the vendor documents for integrators."""

from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Key

create_ticket = Endpoint(
    name="create_ticket",
    path="/api/create_ticket",
    needs=(Ability.CREATE_TICKET,),
    key=Key.REQUIRED,
    action="create_ticket",
    writes=True,
)
ticket_respond = Endpoint(
    name="ticket_respond",
    path="/api/ticket_respond",
    needs=(Ability.TICKET_RESPOND,),
    key=Key.REQUIRED,
    action="ticket_respond",
    writes=True,
)
send_email = Endpoint(
    name="send_email",
    path="/api/send_email",
    needs=(Ability.SEND_EMAIL,),
    key=Key.REQUIRED,
    action="send_email",
    writes=True,
)
render_template = Endpoint(
    name="render_template",
    path="/api/render_template",
    needs=(Ability.SEND_EMAIL,),
    key=Key.REQUIRED,
    action="render_template",
    writes=True,
)
idempotency_key = Endpoint(
    name="idempotency_key",
    path="/api/idempotency_key",
    access=Access.PUBLIC,
    empty_body=True,
)
tickiti_api_index = Endpoint(
    name="tickiti_api_index",
    path="/api/tickiti_api_index",
    needs=(Ability.TICKET_INDEX,),
    empty_body=True,
)
flat_create = Endpoint(
    name="flat_create",
    path="/api/tickets/create",
    needs=(Ability.CREATE_TICKET,),
    key=Key.OPTIONAL,
    action="create_ticket",
    writes=True,
)
flat_respond = Endpoint(
    name="flat_respond",
    path="/api/tickets/{number}/respond",
    needs=(Ability.TICKET_RESPOND,),
    key=Key.OPTIONAL,
    action="ticket_respond",
    writes=True,
)

IN_BOTH_GENERATIONS = frozenset({create_ticket, ticket_respond, idempotency_key, tickiti_api_index})
"""The rows that v1 has as well: the keys of `v1.tickets.TWINS`, without an import of v1."""

ROWS = (
    create_ticket,
    ticket_respond,
    send_email,
    render_template,
    idempotency_key,
    tickiti_api_index,
    flat_create,
    flat_respond,
)
