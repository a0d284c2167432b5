"""Creating a ticket under v1: create_ticket, and the attributes of the new ticket besides its
text."""

from typing import NamedTuple

from pydantic import ValidationError

from tickiti_cli.contract.errors import (
    AssigneeNotFound,
    AttachmentBlocked,
    AttachmentNotUploaded,
    ResolutionRequired,
    TagUnknown,
    ValidationFailed,
)
from tickiti_cli.contract.placeholders import parse
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.templates import templates
from tickiti_server.api.tickets import create as classic
from tickiti_server.api.tickets.creation.bodies.create_v1 import (
    CreateFromInterventionV1,
    CreateFromTemplateV1,
    CreateTicketV1,
    CreateWithContentV1,
    TicketAttributes,
    TicketCreatedV1,
)
from tickiti_server.api.tickets.creation.tags import Tags, tags_of
from tickiti_server.api.tickets.from_intervention import RenderedRequest
from tickiti_server.api.tickets.rules import attributes, file_refs
from tickiti_server.api.tickets.rules.attributes import Attributes
from tickiti_server.rendering.text import plain_text
from tickiti_server.store.helpdesk import hashtags, people
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations import thread
from tickiti_server.validation.error_body import validation_failed

_ATTRIBUTES = tuple(TicketAttributes.model_fields)
_Shape = CreateWithContentV1 | CreateFromTemplateV1 | CreateFromInterventionV1


class _More(NamedTuple):
    """The effects of v1 on a ticket beyond create_ticket."""

    wanted: Attributes
    tags: Tags


@handles(
    v1.create,
    prepare=classic.prepare,
    is_quick=classic.is_quick,
    refuses=(
        *classic.NOT_OPENED,
        AssigneeNotFound,
        AttachmentNotUploaded,
        AttachmentBlocked,
        ResolutionRequired,
        TagUnknown,
    ),
)
def create(call: Call, body: CreateTicketV1, first: classic.Prepared) -> TicketCreatedV1:
    """Create a ticket, optionally with assignee, status, participants and files.

    In the text, `@name` adds that staff user as participant, and `#word` an existing hashtag.
    """
    assert isinstance(body, _Shape)
    wanted = _wanted(call, body)
    tags = tags_of(call, _text(first))
    if body.strict_tags and tags.unknown:
        raise TagUnknown(tags.unknown)
    created = classic.create_ticket(call, body, first)
    ticket = stored.find_ticket_by_id(call.tx, created["ticket_id"])
    assert ticket is not None
    if wanted.are_asked():
        attributes.apply(call, ticket, wanted, prefix="data.")
    _add_people_and_tags(call, ticket, body, tags)
    if body.attachments:
        rows = thread.list_kept_ids(call.tx, ticket["id"])
        file_refs.attach(call, rows[0]["id"], body.attachments)
    return _reply(body, ticket, tags)


def _wanted(call: Call, body: _Shape) -> Attributes:
    """The attributes that the request asks for. Raises ValidationFailed."""
    given = _given(call, body)
    wanted = Attributes(
        status=given.status,
        on_hold_until=given.on_hold_until,
        priority=given.priority,
        assignee=given.assigned_to_email,
    )
    if errors := attributes.checked(call, wanted, prefix="data."):
        raise ValidationFailed.of_fields(errors)
    return wanted


def _given(call: Call, body: _Shape) -> TicketAttributes:
    if isinstance(body, CreateWithContentV1):
        return body.data
    if isinstance(body, CreateFromTemplateV1):
        named = {name: body.data[name] for name in _ATTRIBUTES if name in body.data}
        template = body.template_identifier
    else:
        named = {name: getattr(body.data, name) for name in _ATTRIBUTES}
        template = f"{body.intervention}.private"
    named = {name: value for name, value in named.items() if value is not None}
    if named:
        placeholders = _placeholders(call, template)
        named = {name: value for name, value in named.items() if name not in placeholders}
    try:
        return TicketAttributes.model_validate(named)
    except ValidationError as error:
        refused = validation_failed(error, prefix="data.")
    raise refused


def _placeholders(call: Call, identifier: str) -> set[str]:
    """The members of the data that a template shows."""
    if not templates.is_usable(call, identifier):
        return set()
    row = templates.usable(call, identifier)
    names = (*parse(row["subject"], field="subject").names,
             *parse(row["content"], field="content").names)  # fmt: skip
    return {name.partition(".")[0] for name in names}


def _text(first: classic.Prepared) -> str:
    content = first.private if isinstance(first, RenderedRequest) else first.content
    return plain_text(content.html) if content.text is None else content.text


def _add_people_and_tags(call: Call, ticket: Row, body: _Shape, tags: Tags) -> None:
    named = [
        people.find_or_add_person(call.tx, email, now=call.now)["id"] for email in body.participants
    ]
    for person_id in (*named, *tags.person_ids):
        if person_id != ticket["originator_id"]:
            stored.add_participant(call.tx, ticket["id"], person_id)
    for tag in tags.hashtags:
        hashtags.add_hashtag(call.tx, ticket["id"], tag)


def _reply(body: _Shape, ticket: Row, tags: Tags) -> TicketCreatedV1:
    reply: TicketCreatedV1 = {
        "ticket_number": ticket["number"],
        "ticket_id": ticket["id"],
        "secure_id": ticket["secure_id"],
        "queue": ticket["queue_name"],
    }
    if tags.unknown:
        reply["tag_warnings"] = tags.unknown
    ignored = [*(body.model_extra or {})]
    if not isinstance(body, CreateFromTemplateV1):
        ignored += [f"data.{name}" for name in body.data.model_extra or {}]
    if ignored:
        reply["ignored_params"] = ignored
    return reply
