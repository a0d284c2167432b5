"""The outbox: the mail that the server delivers, and how far each delivery is."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract import outbox as contract
from tickiti_cli.contract.errors import Conflict, NotFound
from tickiti_server.call import Call, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.schemas import Time
from tickiti_server.store import outbox as stored
from tickiti_server.store.database import Row
from tickiti_server.values import Body, Integer, Line, Positive

EMAIL = "email"
MOST_ROWS = 1000
UNSETTLED = ("queued", "claimed", "retry")
CANCELLED = "It was cancelled before it was sent."
DOUBTFULLY_CANCELLED = "It was cancelled; an attempt before that may have arrived."


State = Literal["queued", "claimed", "retry", "uncertain", "sent", "failed", "dead"]


class ListDeliveries(Body):
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
    ] = 50
    cursor: Annotated[
        Positive | None, Field(description="The next_cursor of the page before this one.")
    ] = None
    to: Annotated[
        Line | None,
        Field(
            description="Only those to this address, whatever the case.",
            examples=["marcus@trailblazers-club.example"],
        ),
    ] = None
    subject: Annotated[
        Line | None, Field(description="Only those with this in their subject, whatever the case.")
    ] = None
    state: Annotated[State | None, Field(description="Only those of this state.")] = None


class Chosen(Body):
    id: Annotated[
        Line,
        Field(
            description="A delivery's id: the email_id of send_email.",
            examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]


class Delivery(TypedDict):
    id: Annotated[str, Field(examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"])]
    to: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    mailbox: Annotated[str | None, Field(examples=["local"])]
    subject: Annotated[str | None, Field(examples=["Your order has shipped"])]
    message_id: Annotated[
        str | None,
        Field(
            description="Its Message-ID header.",
            examples=["<mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A@localhost>"],
        ),
    ]
    state: Annotated[State, Field(examples=["sent"])]
    attempts: Annotated[int, Field(description="How often it was tried.", examples=[1])]
    next_at: Annotated[
        Time | None, Field(description="When it is tried again, if it is.", examples=[None])
    ]
    last_error: Annotated[str | None, Field(examples=[None])]
    created_at: Time


class Deliveries(TypedDict):
    outbox: list[Delivery]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
    ]


class DeliveryShown(Delivery):
    sent_at: Time | None
    text: Annotated[str, Field(examples=["Order SP-2412-0489 is on its way."])]
    html: Annotated[str, Field(examples=["<p>Order SP-2412-0489 is on its way.</p>"])]
    mime: Annotated[
        str,
        Field(
            description="Every byte of it, as it is or will be sent.",
            examples=["From: local@localhost\r\nTo: marcus@trailblazers-club.example\r\n..."],
        ),
    ]


@handles(contract.index)
def index(call: Call, body: ListDeliveries) -> Deliveries:
    """List what the server delivers, newest first, and how far each delivery is."""
    wanted = stored.Wanted(
        before=body.cursor,
        target=body.to,
        subject=body.subject,
        state=body.state,
        kind=EMAIL,
    )
    rows = stored.newest(call.tx, wanted, limit=body.limit + 1)
    page = rows[: body.limit]
    more = str(page[-1]["seq"]) if len(rows) > body.limit else None
    return {"outbox": [_delivery(row) for row in page], "next_cursor": more}


@handles(contract.show, refuses=(NotFound,))
def show(call: Call, body: Chosen) -> DeliveryShown:
    """Show a delivery and what is in it."""
    row = _found(call, body.id)
    text, html = body_of(row)
    return {
        **_delivery(row),
        "sent_at": rfc3339(row["done_at"]) if row["state"] == "sent" else None,
        "text": text,
        "html": html,
        "mime": row["payload"].decode(errors="replace"),
    }


@handles(contract.release, refuses=(Conflict, NotFound))
def release(call: Call, body: Chosen) -> Delivery:
    """Deliver once more what is uncertain or has failed, or now what waits for a later attempt."""
    row = _found(call, body.id)
    if row["state"] in ("sent", "claimed"):
        raise Conflict(f"Mail {body.id} is {row['state']}; there is nothing to release.")
    stored.release(call.tx, row["seq"], now=call.now)
    stored.resume(call.tx, row["lane"])
    return _delivery(_found(call, body.id))


@handles(contract.cancel, refuses=(Conflict, NotFound))
def cancel(call: Call, body: Chosen) -> Delivery:
    """Do not deliver a mail that waits. It stays listed as failed, and can be released.

    Cancelling twice is no error. A mail that its server may have taken is not cancelled.
    """
    row = _found(call, body.id)
    reason = DOUBTFULLY_CANCELLED if row["uncertainties"] else CANCELLED
    is_cancelled = row["state"] == "failed" and row["last_error"] == reason
    if not is_cancelled and not stored.cancel(call.tx, row["seq"], reason=reason, now=call.now):
        raise Conflict(_why_not(row))
    return _delivery(_found(call, body.id))


def _why_not(row: Row) -> str:
    """Why a mail is not cancelled."""
    if row["state"] == "claimed":
        return f"Mail {row['id']} was just handed to its server, which may have taken it."
    return f"Mail {row['id']} is {row['state']}; there is nothing to cancel."


def body_of(row: Row) -> tuple[str, str]:
    """The plain text and the HTML of a stored mail."""
    mail = message_from_bytes(row["payload"], policy=policy.default)
    return _part(mail, "plain"), _part(mail, "html")


def _found(call: Call, delivery_id: str) -> Row:
    row = stored.find(call.tx, delivery_id)
    if row is None or row["kind"] != EMAIL:
        sentence = f"There is no '{delivery_id}' in the outbox."
        raise NotFound(sentence, errors={"id": [sentence]})
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
