"""Callbacks: what was told of decisions to other systems, and how far each delivery is."""

from tickiti_cli.contract import callbacks as contract
from tickiti_cli.contract.errors import Conflict, NotFound
from tickiti_server.call import Call, rfc3339
from tickiti_server.destinations import Destination
from tickiti_server.families.callback_bodies import (
    Callback,
    Callbacks,
    CallbackShown,
    FindCallback,
    ListCallbacks,
)
from tickiti_server.handlers import handles
from tickiti_server.store import interventions, outbox, reviews
from tickiti_server.store.database import Row

UNSETTLED = ("queued", "claimed", "retry")


@handles(contract.index)
def index(call: Call, body: ListCallbacks) -> Callbacks:
    """List the callbacks, newest first, and how far each delivery is."""
    wanted = reviews.Wanted(
        before=body.cursor,
        state=body.state,
        intervention=body.intervention,
        ticket_number=body.ticket_number,
    )
    rows = reviews.callbacks(call.tx, wanted, limit=body.limit + 1)
    page = rows[: body.limit]
    more = str(page[-1]["seq"]) if len(rows) > body.limit else None
    return {"callbacks": [_callback(row) for row in page], "next_cursor": more}


@handles(contract.show, refuses=(NotFound,))
def show(call: Call, body: FindCallback) -> CallbackShown:
    """Show a callback and what is in it."""
    row = _found(call, body.id)
    return {**_callback(row), "body": row["payload"].decode()}


@handles(contract.resend, refuses=(Conflict, NotFound))
def resend(call: Call, body: FindCallback) -> Callback:
    """Deliver a callback once more, whatever became of it, under the same id.

    It goes to the intervention's address of today, and begins its schedule anew.
    """
    row = _found(call, body.id)
    if row["state"] == "claimed":
        raise Conflict(f"Callback {body.id} is on its way just now.")
    intervention = interventions.find(call.tx, row["intervention_id"] or 0)
    if intervention is None or not intervention["remote_enabled"]:
        raise Conflict(f"Intervention '{row['intervention']}' makes no callbacks any more.")
    url = intervention["remote_epilog_url"]
    lane = Destination.of(url).lane
    outbox.retarget(call.tx, row["seq"], target=url, lane=lane)
    outbox.release(call.tx, row["seq"], now=call.now)
    outbox.resume(call.tx, lane)
    return _callback(_found(call, body.id))


def _found(call: Call, callback_id: str) -> Row:
    row = reviews.callback(call.tx, callback_id)
    if row is None:
        sentence = f"There is no callback '{callback_id}'."
        raise NotFound(sentence, errors={"id": [sentence]})
    return row


def _callback(row: Row) -> Callback:
    is_waiting = row["state"] in UNSETTLED
    return {
        "id": row["id"],
        "intervention": row["intervention"],
        "uid": row["uid"],
        "ticket_number": row["ticket_number"],
        "url": row["target"],
        "state": row["state"],
        "attempts": row["attempts"],
        "next_at": rfc3339(row["next_at"]) if is_waiting else None,
        "last_code": row["last_code"],
        "last_error": row["last_error"] if row["state"] != "sent" else None,
        "created_at": rfc3339(row["created_at"]),
        "delivered_at": rfc3339(row["done_at"]) if row["state"] == "sent" else None,
    }
