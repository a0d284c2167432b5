"""The outbox: what the server delivers, and how far each delivery is."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, Literal, TypedDict

from pydantic import Field

from tickiti_cli.contract import outbox as contract
from tickiti_cli.contract.errors import Conflict, ValidationFailed
from tickiti_server.call import Call, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.store import outbox as stored
from tickiti_server.store.database import Row
from tickiti_server.values import Body, Integer, Line, Positive

MOST_ROWS = 1000
UNSETTLED = ("queued", "claimed", "retry")


class Index(Body):
    """`to` matches a whole address without case, `subject` a part of the subject without case."""

    limit: Annotated[Integer, Field(ge=1, le=MOST_ROWS)] = 50
    cursor: Positive | None = None
    to: Line | None = None
    subject: Line | None = None
    state: Literal["queued", "claimed", "retry", "uncertain", "sent", "failed", "dead"] | None = (
        None
    )


class Chosen(Body):
    id: Line


class Delivery(TypedDict):
    id: str
    to: str
    mailbox: str | None
    subject: str | None
    message_id: str | None
    state: str
    attempts: int
    next_at: str | None
    last_error: str | None
    created_at: str


class Deliveries(TypedDict):
    outbox: list[Delivery]
    next_cursor: str | None


class DeliveryShown(Delivery):
    sent_at: str | None
    text: str
    html: str
    mime: str


@handles(contract.index)
def index(call: Call, body: Index) -> Deliveries:
    """Newest first."""
    wanted = stored.Wanted(
        before=body.cursor, target=body.to, subject=body.subject, state=body.state
    )
    rows = stored.newest(call.tx, wanted, limit=body.limit + 1)
    page = rows[: body.limit]
    more = str(page[-1]["seq"]) if len(rows) > body.limit else None
    return {"outbox": [_delivery(row) for row in page], "next_cursor": more}


@handles(contract.show)
def show(call: Call, body: Chosen) -> DeliveryShown:
    row = _found(call, body.id)
    mail = message_from_bytes(row["payload"], policy=policy.default)
    return {
        **_delivery(row),
        "sent_at": rfc3339(row["done_at"]) if row["state"] == "sent" else None,
        "text": _part(mail, "plain"),
        "html": _part(mail, "html"),
        "mime": row["payload"].decode(errors="replace"),
    }


@handles(contract.release)
def release(call: Call, body: Chosen) -> Delivery:
    """Deliver once more what is uncertain or has failed, or now what waits for a later attempt."""
    row = _found(call, body.id)
    if row["state"] in ("sent", "claimed"):
        raise Conflict(f"Mail {body.id} is {row['state']}; there is nothing to release.")
    stored.release(call.tx, row["seq"], now=call.now)
    stored.resume(call.tx, row["lane"])
    return _delivery(_found(call, body.id))


def _found(call: Call, delivery_id: str) -> Row:
    row = stored.find(call.tx, delivery_id)
    if row is None:
        sentence = f"There is no '{delivery_id}' in the outbox."
        raise ValidationFailed(sentence, errors={"id": [sentence]})
    return row


def _delivery(row: Row) -> Delivery:
    is_waiting = row["state"] in UNSETTLED
    return {
        "id": row["id"],
        "to": row["target"],
        "mailbox": row["mailbox"],
        "subject": row["subject"],
        "message_id": row["message_id"],
        "state": row["state"],
        "attempts": row["attempts"],
        "next_at": rfc3339(row["next_at"]) if is_waiting else None,
        "last_error": row["last_error"],
        "created_at": rfc3339(row["created_at"]),
    }


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n") if part else ""
