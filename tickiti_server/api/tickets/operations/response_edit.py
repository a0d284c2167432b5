"""Changing what a response says, and who sees it.

Rule: an edit reopens nothing and takes back no mail that was sent.
"""

from typing import NamedTuple

from tickiti_cli.contract.errors import QueueRightRequired, ResponseNotFound, ValidationFailed
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.rights import Right
from tickiti_server.api.tickets import attachments
from tickiti_server.api.tickets.attachments import Content, read_content
from tickiti_server.api.tickets.operations.bodies.response_edit import (
    Replacement,
    ResponseUpdated,
    UpdateResponse,
)
from tickiti_server.api.tickets.responses import find_response, response_of
from tickiti_server.api.tickets.rules import changes, notification
from tickiti_server.rendering.images import Image
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Row
from tickiti_server.store.operations import thread
from tickiti_server.store.operations.audit import Change
from tickiti_server.validation.fields import trimmed

MOST_HTML = 25 * 1024 * 1024
"""Characters that replacements may make of a response: as much as a request can carry."""


class _Edit(NamedTuple):
    """The changes that a request makes to a response, and the HTML that they were made from."""

    before: str
    content: Content | None
    mail: str


def _prepare(call: Call, body: UpdateResponse) -> _Edit:
    """Replace, read and render outside of the write transaction."""
    row, _ = find_response(call, body.response_id)
    _check(body, row)
    content = None
    if body.content is not None:
        content = read_content(body.content, field="content")
    elif body.replace is not None:
        content = read_content(_replaced(row["html"], body.replace), field="replace")
    return _Edit(row["html"], content, _mail(call, row, content) if body.notify else "")


@handles(v1.response_update, prepare=_prepare, refuses=(ResponseNotFound, QueueRightRequired))
def update(call: Call, body: UpdateResponse, edit: _Edit) -> ResponseUpdated:
    """Change a response's body or its visibility.

    A body is replaced whole, or piece by piece in the stored HTML. No mail is sent, unless notify
    is true and an internal note is published.
    """
    row, ticket = find_response(call, body.response_id)
    rights.require(call, ticket["queue_id"], Right.VIEW)
    _check(body, row)
    if row["html"] != edit.before:  # the response was changed meanwhile
        edit = _prepare(call, body)
    recorded = _changes(body, row, edit)
    if recorded:
        _store(call, body, row, edit)
        author = changes.owner(call)
        changes.record(call, ticket["id"], recorded, author=author, response_id=row["id"])
        tickets.update_ticket(call.tx, ticket["id"], {}, now=call.now)
    mails = notification.send(call, ticket, edit.mail) if body.notify else 0
    changed, _ = find_response(call, row["id"])
    return {"response": response_of(call, changed), "notified": mails > 0}


def _check(body: UpdateResponse, row: Row) -> None:
    """Raises ValidationFailed for what the response or the request does not allow."""
    errors: dict[str, list[str]] = {}
    sent = [name for name in ("content", "replace") if getattr(body, name) is not None]
    if not sent and body.is_internal is None:
        errors["content"] = ["Send what to change: content, replace or is_internal."]
    if len(sent) > 1:
        errors["replace"] = ["The replace field does not go with content; send one of them."]
    for name in sent:
        if row["is_audit_only"]:
            errors[name] = ["A response that only records changes has no text."]
        elif not row["staff_response"]:
            errors[name] = ["The text of a customer's response stays as it is."]
    if row["is_audit_only"] and body.is_internal is not None:
        errors["is_internal"] = ["A response that only records changes is for staff only."]
    is_published = row["is_internal"] and body.is_internal is False
    if body.notify and not is_published:
        errors["notify"] = ["The notify field goes with publishing an internal note only."]
    if errors:
        raise ValidationFailed.of_fields(errors)


def _replaced(html: str, replacements: list[Replacement]) -> str:
    """The HTML after all replacements, in their order. Raises ValidationFailed that names each
    replacement whose text is not found, or found more than once."""
    errors: dict[str, list[str]] = {}
    for place, wanted in enumerate(replacements):
        found = html.count(wanted.find)
        field = f"replace.{place}.find"
        if found == 0 or (found > 1 and not wanted.all):
            count = f"{found} times" if found else "nowhere"
            errors[field] = [f"The {field} field is found {count} in the response."]
            continue
        if len(html) + found * (len(wanted.replace) - len(wanted.find)) > MOST_HTML:
            raise ValidationFailed.of("replace", "The replace field makes the response too long.")
        html = html.replace(wanted.find, wanted.replace)
    if errors:
        raise ValidationFailed.of_fields(errors)
    if not trimmed(html):
        raise ValidationFailed.of("replace", "The replace field leaves nothing of the response.")
    return html


def _mail(call: Call, row: Row, content: Content | None) -> str:
    stored = [
        Image(found["name"], found["mime_type"], found["sha256"], found["content"])
        for found in thread.list_images(call.tx, row["id"])
    ]
    if content is None:
        return notification.mail_html(row["html"], stored)
    return notification.mail_html(content.html, [*stored, *content.images])


def _changes(body: UpdateResponse, row: Row, edit: _Edit) -> list[Change]:
    recorded = []
    if body.is_internal is not None and body.is_internal != bool(row["is_internal"]):
        words = {False: "public", True: "internal"}
        before, after = words[bool(row["is_internal"])], words[body.is_internal]
        recorded.append(Change("visibility", before, after))
    if edit.content is not None and edit.content.html != row["html"]:
        recorded.append(Change("body", None, None))
    return recorded


def _store(call: Call, body: UpdateResponse, row: Row, edit: _Edit) -> None:
    content = edit.content or Content(row["html"], row["text"], ())
    is_internal = row["is_internal"] if body.is_internal is None else body.is_internal
    thread.edit_response(
        call.tx,
        row["id"],
        html=content.html,
        text=content.text,
        is_internal=is_internal,
        now=call.now,
    )
    known = {image["sha256"] for image in thread.list_images(call.tx, row["id"])}
    new = [image for image in content.images if image.sha256 not in known]
    attachments.store_images(call.tx, row["id"], content._replace(images=new))
