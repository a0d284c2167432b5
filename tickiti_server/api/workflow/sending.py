"""Putting a callback into the outbox, with its final bytes."""

from collections.abc import Mapping

from tickiti_cli.contract.errors import Conflict
from tickiti_server.api.call import Call
from tickiti_server.delivery.callback.destinations import Destination
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import interventions as stored
from tickiti_server.store.outgoing import outbox
from tickiti_server.validation import strict_json

RESEND = "resend-once"
"""The policy where a reply is lost: the callback is sent again. The receiver knows it by its id."""


def refuse_unsigned(call: Call, intervention: Row) -> None:
    """Raise Conflict where no secret signs a callback, because its receiver could not verify it."""
    if not stored.list_secrets(call.tx, intervention["id"], now=call.now):
        raise Conflict(
            f"Intervention '{intervention['name']}' has no token that signs its callbacks; "
            f"make one first: tickiti intervention token {intervention['name']}"
        )


def enqueue(
    call: Call, told: Mapping[str, object], *, url: str, callback_id: str, dedupe: str
) -> None:
    """Store a callback that is due now."""
    outbox.insert_delivery(
        call.tx,
        id=callback_id,
        kind="callback",
        dedupe=dedupe,
        lane=Destination.of(url).lane,
        target=url,
        payload=strict_json.canonical(told),
        policy=RESEND,
        mailbox_id=None,
        mailbox=None,
        subject=None,
        message_id=None,
        state="queued",
        now=call.now,
        done_at=None,
    )
