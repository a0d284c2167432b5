"""Callbacks: the decisions sent to other systems, and the state of each delivery."""

import json
from dataclasses import replace

from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.contract.errors import (
    Conflict,
    InterventionNotFound,
    NotFound,
    ValidationFailed,
)
from tickiti_cli.contract.vocabulary import UNSETTLED
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.workflow import form, sending
from tickiti_server.api.workflow.bodies.callbacks import (
    Callback,
    CallbackAttempt,
    Callbacks,
    CallbackShown,
    FindCallback,
    ListCallbacks,
    TriggerCallback,
)
from tickiti_server.api.workflow.interventions import fields_of
from tickiti_server.clock import rfc3339
from tickiti_server.delivery.callback.destinations import (
    Destination,
    allowed_hosts,
    refusal_reason,
)
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import callbacks as stored
from tickiti_server.store.outgoing import interventions, outbox
from tickiti_server.validation import paging


@handles(contract.index)
def index(call: Call, body: ListCallbacks) -> Callbacks:
    """List webhooks, newest first, with the state of each delivery."""
    wanted = stored.CallbackFilter(
        before=body.cursor,
        state=body.state,
        intervention=body.intervention,
        ticket_number=body.ticket_number,
    )
    rows = stored.list_callbacks(call.tx, wanted, limit=body.limit + 1)
    page, has_more = paging.split(rows, body.limit)
    next_cursor = str(page[-1]["seq"]) if has_more else None
    everything = replace(wanted, before=None)
    counted = stored.count_callbacks(call.tx, everything, most=paging.MOST_COUNTED + 1)
    found = [_callback(row) for row in page]
    return {"callbacks": found, "next_cursor": next_cursor, **paging.totals(counted)}


@handles(contract.show, refuses=(NotFound,))
def show(call: Call, body: FindCallback) -> CallbackShown:
    """Show a webhook with its content, its attempts and their replies."""
    row = _found(call, body.id)
    attempts = stored.list_attempts(call.tx, body.id)
    return {
        **_callback(row),
        "history": [_attempt(attempt) for attempt in attempts],
        "body": row["payload"].decode(),
    }


@handles(contract.resend, refuses=(Conflict, NotFound))
def resend(call: Call, body: FindCallback) -> Callback:
    """Resend a webhook under the same id, even if it was delivered.

    It goes to the intervention's current URL, and its retries start over. One that was triggered
    without a ticket goes to the same URL again.
    """
    row = _found(call, body.id)
    if row["state"] == "claimed":
        raise Conflict(f"Callback {body.id} is on its way just now.")
    intervention = interventions.find_intervention(call.tx, row["intervention_id"] or 0)
    is_off = intervention is None or not (intervention["remote_enabled"] or row["is_triggered"])
    if intervention is None or is_off:
        raise Conflict(f"Intervention '{row['intervention']}' makes no callbacks any more.")
    url = row["target"] if row["is_triggered"] else intervention["remote_epilog_url"]
    lane = Destination.of(url).lane
    outbox.retarget_delivery(call.tx, row["seq"], target=url, lane=lane)
    outbox.release_delivery(call.tx, row["seq"], now=call.now)
    outbox.resume_lane(call.tx, lane)
    return _callback(_found(call, body.id))


@handles(contract.trigger, refuses=(Conflict, InterventionNotFound))
def trigger(call: Call, body: TriggerCallback) -> Callback:
    """Send a webhook without a ticket, to try its receiver.

    It is signed and retried as others are, and sent at once even to a host that is left alone for a
    minute after several failures. Its ticket_id, ticket_number and response_id are null. Nothing
    else happens when it is delivered.
    """
    intervention = interventions.find_intervention_by_name(call.tx, body.intervention)
    if intervention is None:
        raise InterventionNotFound(body.intervention, field="intervention")
    sending.refuse_unsigned(call, intervention)
    callback_id = f"msg_{call.new_id()}"
    uid = body.uid or f"trigger-{callback_id[-8:]}"
    told = {
        "intervention": intervention["name"],
        "uid": uid,
        "ticket_id": None,
        "ticket_number": None,
        "response_id": None,
        "data": form.sampled(fields_of(intervention), body.data),
    }
    url = _target(call, intervention, body.url)
    sending.enqueue(call, told, url=url, callback_id=callback_id, dedupe=f"trigger:{callback_id}")
    outbox.resume_lane(call.tx, Destination.of(url).lane)
    stored.insert_triggered(
        call.tx,
        callback_id=callback_id,
        intervention_id=intervention["id"],
        intervention=intervention["name"],
        uid=uid,
    )
    return _callback(_found(call, callback_id))


def _target(call: Call, intervention: Row, asked: str | None) -> str:
    """The address to send to. Raises ValidationFailed for an address that no webhook may go to."""
    url = asked or intervention["remote_epilog_url"]
    if url is None:
        sentence = f"Intervention '{intervention['name']}' has no URL: send one."
        raise ValidationFailed.of("url", sentence)
    allowed = allowed_hosts(settings.find_setting(call.tx, settings.CALLBACK_HOSTS))
    if why := refusal_reason(Destination.of(url), allowed):
        raise ValidationFailed.of("url", f"The URL {url} {why}.")
    return str(url)


def _found(call: Call, callback_id: str) -> Row:
    row = stored.find_callback(call.tx, callback_id)
    if row is None:
        raise NotFound.of("id", f"There is no callback '{callback_id}'.")
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


def _attempt(row: Row) -> CallbackAttempt:
    body = row["body"]
    return {
        "attempted_at": rfc3339(row["attempted_at"]),
        "url": row["target"],
        "code": row["code"],
        "error": row["error"],
        "reply_headers": None if row["headers"] is None else json.loads(row["headers"]),
        "reply_body": None if body is None else body.decode("utf-8", "replace"),
        "reply_is_whole": None if row["is_whole"] is None else bool(row["is_whole"]),
    }
