"""What a token may do, on an install that shows no tokens: found out by asking for nothing.

The rule of this file: no question can have an effect. Each is an empty body, to a row that reads or
to one that refuses an empty body as incomplete (422), and a token without the ability is refused
before that (403).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import (
    administration,
    classic,
    mail,
    reports,
    settings,
    supervisor,
    templates,
    tickets,
    tokens,
    workflow,
)
from tickiti_cli.contract.endpoint import Ability, Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import NotOffered

if TYPE_CHECKING:
    from tickiti_cli.client import Client

PROBES: Mapping[Ability, Endpoint] = {
    Ability.CREATE_TICKET: classic.create_ticket,
    Ability.TICKET_RESPOND: classic.ticket_respond,
    # Of the two that it opens the one that sends nothing, whatever it is sent.
    Ability.SEND_EMAIL: classic.render_template,
    Ability.TICKET_INDEX: classic.tickiti_api_index,
    Ability.TICKETS_READ: tickets.show,
    Ability.TICKETS_WRITE: tickets.respond,
    Ability.SETTINGS_READ: settings.hashtags_index,
    Ability.SETTINGS_WRITE: settings.perspectives_create,
    Ability.MAIL_READ: mail.mailboxes_index,
    Ability.MAIL_WRITE: mail.mailboxes_create,
    Ability.TEMPLATES_READ: templates.show,
    Ability.TEMPLATES_WRITE: templates.create,
    Ability.WORKFLOW_READ: workflow.queues_index,
    Ability.WORKFLOW_WRITE: workflow.queues_create,
    Ability.REPORTS_READ: reports.meta,
    Ability.SUPERVISOR_READ: supervisor.health_status,
    Ability.SUPERVISOR_WRITE: supervisor.health_disk_store,
    Ability.ADMINISTRATION_READ: administration.users_index,
    Ability.ADMINISTRATION_WRITE: administration.users_create,
    Ability.MANAGE_TOKENS: tokens.index,
}
"""The writing ones all have members that a body cannot do without."""

FEWEST: Mapping[Endpoint, Mapping[str, Any]] = {classic.tickiti_api_index: {"limit": 1}}
"""A question that would be answered at length."""


def can(client: "Client", ability: Ability) -> bool | None:
    """Whether its token has an ability; None where this install has no such row to tell it.

    Raises Unauthenticated for a token that is not accepted, and what says nothing of the token: any
    answer that is not the server's own.
    """
    row = PROBES[ability]
    try:
        client.call(row, FEWEST.get(row, {}))
    except NotOffered:
        return None
    except ApiError as error:
        return _told(error)
    return True


def _told(error: ApiError) -> bool | None:
    """What a refusal says of the ability. Raises it where it says nothing."""
    if error.is_foreign:
        raise error
    if error.status == 403:
        return False
    if error.status in (400, 409, 422, 501):
        return True  # who comes so far has been let in: each of these is said after the 403
    if error.status in (404, 405):
        return None
    raise error


def held(client: "Client", abilities: Iterable[Ability] = Ability) -> list[Ability]:
    """Those of the abilities that its token certainly has."""
    return [ability for ability in abilities if can(client, ability)]
