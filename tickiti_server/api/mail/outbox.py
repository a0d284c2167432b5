"""The outbox: the mail that the server delivers, and the state of each delivery."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.contract.errors import Conflict, NotFound
from tickiti_cli.contract.vocabulary import UNSETTLED
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.mail.bodies.outbox import (
    Deliveries,
    Delivery,
    DeliveryShown,
    FindDelivery,
    ListDeliveries,
)
from tickiti_server.clock import rfc3339
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import outbox as stored
from tickiti_server.validation import paging

EMAIL = "email"
CANCELLED = "Cancelled before it was sent."
DOUBTFULLY_CANCELLED = "Cancelled; an earlier attempt may have arrived."


@handles(contract.index)
def index(call: Call, body: ListDeliveries) -> Deliveries:
    """List outgoing mail, newest first, with the state of each delivery."""
    wanted = stored.OutboxFilter(
        before=body.cursor,
        target=body.to,
        subject=body.subject,
        state=body.state,
        kind=EMAIL,
    )
    rows = stored.list_deliveries(call.tx, wanted, limit=body.limit + 1)
    page, has_more = paging.split(rows, body.limit)
    next_cursor = str(page[-1]["seq"]) if has_more else None
    found = [_delivery(row) for row in page]
    return {"outbox": found, "next_cursor": next_cursor, **_totals(call, wanted)}


def _totals(call: Call, wanted: stored.OutboxFilter) -> paging.Totals:
    """The totals of all pages; none for a text in the subject, which each row is searched for."""
    if wanted.subject is not None:
        return {}
    everything = replace(wanted, before=None)
    most = paging.MOST_COUNTED + 1
    return paging.totals(stored.count_deliveries(call.tx, everything, most=most))


@handles(contract.show, refuses=(NotFound,))
def show(call: Call, body: FindDelivery) -> DeliveryShown:
    """Show a delivery with its content."""
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
def release(call: Call, body: FindDelivery) -> Delivery:
    """Retry an uncertain or failed mail, or send a waiting one now."""
    row = _found(call, body.id)
    if row["state"] in ("sent", "claimed"):
        raise Conflict(f"Mail {body.id} is {row['state']}; there is nothing to release.")
    stored.release_delivery(call.tx, row["seq"], now=call.now)
    stored.resume_lane(call.tx, row["lane"])
    return _delivery(_found(call, body.id))


@handles(contract.cancel, refuses=(Conflict, NotFound))
def cancel(call: Call, body: FindDelivery) -> Delivery:
    """Cancel a waiting mail. It stays listed as failed, and can be released.

    Cancelling twice succeeds. A mail that its server may have accepted is not cancelled.
    """
    row = _found(call, body.id)
    reason = DOUBTFULLY_CANCELLED if row["uncertainties"] else CANCELLED
    is_cancelled = row["state"] == "failed" and row["last_error"] == reason
    if not is_cancelled and not stored.cancel_delivery(
        call.tx, row["seq"], reason=reason, now=call.now
    ):
        raise Conflict(_why_not(row))
    return _delivery(_found(call, body.id))


def _why_not(row: Row) -> str:
    """The sentence that says why a mail cannot be cancelled."""
    if row["state"] == "claimed":
        return f"Mail {row['id']} was just handed to its server, which may have taken it."
    return f"Mail {row['id']} is {row['state']}; there is nothing to cancel."


def body_of(row: Row) -> tuple[str, str]:
    """The plain text and the HTML of a stored mail."""
    mail = message_from_bytes(row["payload"], policy=policy.default)
    return _part(mail, "plain"), _part(mail, "html")


def _found(call: Call, delivery_id: str) -> Row:
    row = stored.find_delivery(call.tx, delivery_id)
    if row is None or row["kind"] != EMAIL:
        raise NotFound.of("id", f"There is no '{delivery_id}' in the outbox.")
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
