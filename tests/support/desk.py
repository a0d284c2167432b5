"""Tickets of a server under test: opened, answered, and looked at in the database."""

import json
from typing import Any
from uuid import uuid4

from tests.support.place import Place
from tests.support.users import new_user, token_for

V1 = "/api/v1/tickets"
CUSTOMER, COACH = "marcus@trailblazers-club.example", "coach@trailblazers-club.example"
ANNA = "Anna@sole-trader.example"


def write(place: Place, route: str, body: Any, **more: Any) -> tuple[int, Any]:
    """Status and reply of one v1 request with a key of its own."""
    status, _, raw = place.post(f"{V1}/{route}", body, str(uuid4()), **more)
    return status, json.loads(raw)


def done(place: Place, route: str, body: Any, **more: Any) -> Any:
    """The data of a reply that succeeds."""
    status, reply = write(place, route, body, **more)
    assert status == 200, reply
    return reply["data"]


def refusal(place: Place, route: str, body: Any, **more: Any) -> tuple[int, str, list[str]]:
    """Status, code and bad fields of a request that is refused."""
    status, reply = write(place, route, body, **more)
    return status, reply["code"], [*reply.get("errors", {})]


def open_ticket(place: Place, subject: str = "A shoe", **members: Any) -> int:
    """The number of a new ticket. Its first response is the originator's."""
    body = {
        "originator_email_address": CUSTOMER,
        "use_passed_originator_as_responder": True,
        **members,
        "data": {"subject": subject, "content": "At mile 14.", **members.get("data", {})},
    }
    status, _, raw = place.post("/api/create_ticket", body, str(uuid4()))
    assert status == 200, raw
    return int(json.loads(raw)["data"]["ticket_number"])


def respond(place: Place, number: int, content: str = "Soon.", **members: Any) -> int:
    """The id of a new response, by staff unless `from_email` says otherwise."""
    body = {"ticket_number": number, "from_email": ANNA, "content": content, **members}
    return int(done(place, "respond", body)["response_id"])


def ticket_id(place: Place, number: int) -> int:
    return int(place.value(f"SELECT id FROM ticket WHERE number = {number}"))


def contents(place: Place, number: int) -> list[str]:
    """What is said on a ticket, as it was put there, without deleted responses."""
    sql = (
        f"SELECT html FROM response WHERE ticket_id = {ticket_id(place, number)}"
        " AND deleted_at IS NULL AND is_audit_only = 0 ORDER BY id"
    )
    return [html for (html,) in place.rows(sql)]


def changes(place: Place, number: int) -> list[tuple[str, Any, Any]]:
    """What was recorded on a ticket: what, from and to."""
    sql = (
        f"SELECT audit FROM response WHERE ticket_id = {ticket_id(place, number)}"
        " AND audit IS NOT NULL AND deleted_at IS NULL ORDER BY id"
    )
    entries = [entry for (audit,) in place.rows(sql) for entry in json.loads(audit)]
    return [(entry["what"], entry["from"], entry["to"]) for entry in entries]


def staff_with(place: Place, name: str, queue: str = "Inbox", **rights: bool) -> str:
    """The token of a new member of staff with exactly these rights in a queue."""
    user, email = new_user(place, name)
    for right, is_given in {
        "can_view": True, "can_manage": False, "can_delete": False, **rights,
    }.items():  # fmt: skip
        place.execute(
            f"UPDATE queue_right SET {right} = :given WHERE person_id = :user"
            " AND queue_id = (SELECT id FROM queue WHERE name = :queue)",
            {"given": int(is_given), "user": int(user), "queue": queue},
        )
    return token_for(place, email)
