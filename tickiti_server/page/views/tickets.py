"""The views of tickets: the list with its filters, and one ticket with its thread."""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.file_types import FileType, type_of
from tickiti_cli.contract.vocabulary import PRIORITIES, PRIORITY_WORDS, TICKET_STATUSES
from tickiti_server.api.call import Call
from tickiti_server.api.search import search
from tickiti_server.api.search.bodies.search import ListTickets
from tickiti_server.api.tickets import show as ticket
from tickiti_server.api.tickets.bodies.show import Attachment, RecordedChange, Response, Show
from tickiti_server.api.workflow import queues
from tickiti_server.page.frames import PICTURES
from tickiti_server.page.templating import Asked, Shown, number_in

MODES = {
    "search": "subject_content",
    "status": "status",
    "queue": "queue",
    "priority": "priority",
    "requester": "raised",
    "assigned": "assigned",
    "hashtag": "hashtag",
}
"""The search mode of each filter."""


def index(call: Call, asked: Asked) -> Shown:
    """Tickets that match the filters, newest activity first."""
    chosen = {name: asked.query.get(name, "").strip() for name in MODES}
    criteria = [{"mode": MODES[name], "tokens": [text]} for name, text in chosen.items() if text]
    body = {"search_object": {"criteria": criteria}, "cursor": asked.query.get("cursor")}
    found = search.index(call, ListTickets.model_validate(body))
    return Shown(
        "tickets.html",
        {
            **found,
            "chosen": chosen,
            "statuses": TICKET_STATUSES,
            "priorities": [*PRIORITIES],
            "priority_words": PRIORITY_WORDS,
            "queues": [row["name"] for row in queues.index(call)["queues"]],
        },
    )


def show(call: Call, asked: Asked) -> Shown:
    """One ticket, its people, and its responses in their order."""
    number = number_in(asked.parts[1])
    found = ticket.show(call, Show(ticket_number=number, fields=["attachments"]))
    requester = found["ticket"]["originator_email"]
    return Shown(
        "ticket.html",
        {
            **found,
            "priority": PRIORITY_WORDS[found["ticket"]["priority"]],
            "thread": [_response(row, requester) for row in found["responses"]],
        },
    )


def _response(row: Response, requester: str) -> Mapping[str, Any]:
    return {
        **row,
        "kind": _kind(row, requester),
        "files": [_file(found) for found in row["attachments"] if not found["is_inline"]],
        "changes": [_change(entry) for entry in row["audit"]],
    }


def _kind(row: Response, requester: str) -> str:
    if row["is_internal"]:
        return "Internal note"
    if row["staff_response"]:
        return "Staff"
    is_theirs = row["created_by_email"].lower() == requester.lower()
    return "Requester" if is_theirs else "Participant"


def _file(found: Attachment) -> Mapping[str, Any]:
    return {
        **found,
        "is_picture": found["mime_type"] in PICTURES,
        "is_blocked": type_of(found["name"]) is FileType.BLOCKED,
        "is_reviewed": type_of(found["name"]) is FileType.REVIEWED,
    }


def _change(entry: RecordedChange) -> str:
    """A recorded change as a phrase: `status: open → closed`."""
    what = entry["what"].replace("_", " ").removesuffix(" email")
    old, new = (_value(entry.get(side)) for side in ("from", "to"))
    if what == "priority":
        old, new = (PRIORITY_WORDS.get(side, side) for side in (old, new))
    if not old:
        return f"{what}: {new}"
    return f"{what}: {old} \u2192 {new or 'none'}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
