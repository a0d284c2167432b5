"""The probe of a token's abilities, for an install without a token API.

Rule: no probe has an effect. Each sends an empty body to an endpoint that reads, or to one that
refuses an empty body (422). A token without the ability is refused before that (403).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import tokens
from tickiti_cli.contract.endpoint import Ability, Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import (
    administration,
    axial,
    mail,
    reports,
    settings,
    supervisor,
    templates,
    tickets,
    workflow,
)
from tickiti_cli.errors import NotOffered

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender

PROBES: Mapping[Ability, Endpoint] = {
    Ability.CREATE_TICKET: classic.create_ticket,
    Ability.TICKET_RESPOND: classic.ticket_respond,
    # The ability opens two endpoints, of which this one never sends a mail.
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
    Ability.SKILLS_READ: axial.skills_index,
    Ability.SKILLS_WRITE: axial.skills_create,
    Ability.MANAGE_TOKENS: tokens.index,
}
"""Every endpoint here that writes has required members, so that an empty body is refused."""

BODIES: Mapping[Endpoint, Mapping[str, Any]] = {classic.tickiti_api_index: {"limit": 1}}
"""The body of a probe that is not empty, because the reply would be long."""


def can(client: "Sender", ability: Ability) -> bool | None:
    """True if the client's token has an ability; None where the install lacks that endpoint.

    Raises Unauthenticated for a token that is not accepted. Any answer that is not the server's own
    is raised as well, because it says nothing about the token.
    """
    row = PROBES[ability]
    try:
        client.call(row, BODIES.get(row, {}))
    except NotOffered:
        return None
    except ApiError as error:
        return _verdict(error)
    return True


def _verdict(error: ApiError) -> bool | None:
    """Return what a refusal says about the ability. Raises the refusal where it says nothing."""
    if error.is_foreign:
        raise error
    if error.status == 403:
        return False
    if error.status in (400, 409, 422, 501):
        return True  # the server checks abilities first (403) and answers these afterwards
    if error.status in (404, 405):
        return None
    raise error


def held(client: "Sender", abilities: Iterable[Ability] = Ability) -> list[Ability]:
    """Return the abilities that the client's token certainly has."""
    return [ability for ability in abilities if can(client, ability)]
