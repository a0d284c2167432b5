"""v1 routes without a family: they need no ability of their own, or no token."""

from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Key

faqs = Endpoint(
    name="faqs",
    path="/api/v1/faqs",
    method="GET",
    access=Access.PUBLIC,
    empty_body=True,
)
idempotency_key = Endpoint(
    name="idempotency_key.create",
    path="/api/v1/idempotency_key",
    access=Access.PUBLIC,
    empty_body=True,
)
"""The classic endpoint of that name under its v1 path."""
interventions_accept = Endpoint(
    name="interventions.accept",
    path="/api/v1/interventions/accept",
    needs=(Ability.CREATE_TICKET, Ability.TICKETS_WRITE),
    key=Key.OPTIONAL,
    writes=True,
)
token = Endpoint(
    name="token.show",
    path="/api/v1/token",
    access=Access.TOKEN,
    empty_body=True,
)
"""Any live token, a classic one too, learns what it may do."""

ROWS = (faqs, idempotency_key, interventions_accept, token)
