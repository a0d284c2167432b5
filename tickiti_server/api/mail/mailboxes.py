"""Mailboxes of the v1 API, and how each sends its mail.

Rule: a secret is stored and never returned.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from tickiti_cli.contract.errors import Conflict, ValidationFailed
from tickiti_cli.contract.v1 import mail as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.mail.bodies.mailboxes import (
    CreateMailbox,
    FindMailbox,
    Mailbox,
    MailboxCreated,
    Mailboxes,
    MailboxMembers,
    SetPassword,
    UpdateMailbox,
)
from tickiti_server.api.workflow.bodies.queues import NamedQueue
from tickiti_server.clock import rfc3339
from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import mailboxes as stored
from tickiti_server.store.outgoing import outbox
from tickiti_server.validation.addresses import wire_address

DEFAULTS: Mapping[str, Any] = {
    "from_name": None, "mailbox_type": "imap", "outgoing_type": "smtp", "smtp_enable": False,
    "smtp_host": None, "smtp_port": None, "smtp_user": None, "smtp_security": "starttls",
}  # fmt: skip
INCOMING: Mapping[str, Any] = {
    "pop_enable": False, "pop_host": None, "pop_port": None, "pop_encryption": "ssl",
    "pop_validate_cert": True, "max_consecutive_errors": 10, "secondary_report_threshold": 0,
}  # fmt: skip
"""The settings for fetching mail. They are stored as one JSON column because the bundled server
fetches none."""

MOST_NAMED = 5
"""Ids that a sentence names."""


@handles(contract.mailboxes_index)
def index(call: Call) -> Mailboxes:
    """List the mailboxes, without their secrets."""
    named = [NamedQueue(id=str(row["id"]), name=row["name"]) for row in queues.list_queues(call.tx)]
    rows = [_mailbox(row, call.now) for row in stored.list_mailboxes(call.tx)]
    return {"mailboxes": rows, "queues": named}


@handles(contract.mailboxes_create)
def create(call: Call, body: CreateMailbox) -> MailboxCreated:
    """Create a mailbox."""
    columns = _columns(body, DEFAULTS, INCOMING)
    _check(call, columns)
    mailbox_id = stored.insert_mailbox(call.tx, **columns, now=call.now)
    return {"ok": True, "mailbox_id": str(mailbox_id)}


@handles(contract.mailboxes_update)
def update(call: Call, body: UpdateMailbox) -> Done:
    """Update a mailbox. Its waiting mail is retried at once."""
    row = _own(call, body.mailbox_id)
    now = {name: row[name] for name in ("name", "address", "address_key", *DEFAULTS)}
    columns = _columns(body, now, json.loads(row["incoming"]), cleared=body.cleared)
    _check(call, columns, mailbox_id=row["id"])
    stored.update_mailbox(call.tx, row["id"], **columns)
    outbox.resume_lane(call.tx, stored.lane_name(row["id"]))
    return DONE


@handles(contract.mailboxes_set_password)
def set_password(call: Call, body: SetPassword) -> Done:
    """Set the password of a mailbox. Its waiting mail is retried at once."""
    row = _own(call, body.mailbox_id)
    stored.set_secret(call.tx, row["id"], field=body.field, value=body.value)
    outbox.resume_lane(call.tx, stored.lane_name(row["id"]))
    return DONE


@handles(contract.mailboxes_delete, refuses=(Conflict,))
def delete(call: Call, body: FindMailbox) -> Done:
    """Delete a mailbox. Deleting what does not exist succeeds."""
    if stored.find_mailbox(call.tx, body.mailbox_id) is None:
        return DONE
    row = _own(call, body.mailbox_id)
    stored.lock_mailbox(call.tx, row["id"])
    waiting = outbox.list_waiting_ids(call.tx, stored.lane_name(row["id"]))
    if waiting:
        raise Conflict(_still_waiting(row["name"], waiting))
    stored.delete_mailbox(call.tx, row["id"])
    return DONE


def _still_waiting(name: str, ids: Sequence[str]) -> str:
    """The sentence that names the undelivered mail of a mailbox, and the command that cancels
    it."""
    if len(ids) == 1:
        how = f"cancel it with: tickiti outbox cancel {ids[0]}"
        return f"Mailbox '{name}' still has a mail to deliver; {how}"
    named = ", ".join(ids[:MOST_NAMED]) + (", ..." if len(ids) > MOST_NAMED else "")
    how = f"cancel each with: tickiti outbox cancel ID ({named})"
    return f"Mailbox '{name}' still has {len(ids)} mails to deliver; {how}"


def _own(call: Call, mailbox_id: int) -> Row:
    """The row of a mailbox. Raises ValidationFailed where the mailbox is missing or built in."""
    row = stored.find_mailbox(call.tx, mailbox_id)
    if row is None:
        raise ValidationFailed.of("mailbox_id", f"There is no mailbox {mailbox_id}.")
    if row["built_in"]:
        raise ValidationFailed.of(
            "mailbox_id", f"The mailbox '{row['name']}' is built in and stays as it is."
        )
    return row


def _columns(
    body: MailboxMembers,
    now: Mapping[str, Any],
    incoming: Mapping[str, Any],
    *,
    cleared: Iterable[str] = (),
) -> dict[str, Any]:
    """The columns of the row once the body's members have replaced the present ones."""
    given = body.model_dump(exclude_none=True, exclude={"mailbox_id", "cleared"})
    given |= dict.fromkeys(cleared)
    if "outgoing_mailbox_type" in given:
        given["outgoing_type"] = given.pop("outgoing_mailbox_type")
    if "address" in given:
        given["address_key"] = address_key(given["address"])
    fetching = {name: given.pop(name, value) for name, value in incoming.items()}
    return {**now, **given, "incoming": json.dumps(fetching)}


def _check(call: Call, columns: Mapping[str, Any], *, mailbox_id: int | None = None) -> None:
    key = case_key(columns["name"])
    rows = stored.list_mailboxes(call.tx)
    if any(case_key(row["name"]) == key and row["id"] != mailbox_id for row in rows):
        raise ValidationFailed.of("name", f"Mailbox '{columns['name']}' already exists.")
    _check_sender(columns["address"])
    if not columns["smtp_enable"]:
        return
    if not columns["smtp_host"]:
        raise ValidationFailed.of(
            "smtp_host", "The smtp_host field is required when smtp_enable is on."
        )
    is_open = columns["smtp_security"] == "none" and not _is_loopback(columns["smtp_host"])
    if columns["smtp_user"] and is_open:
        sentence = "The smtp_security field must be starttls or tls where smtp_user is given: "
        raise ValidationFailed.of(
            "smtp_security", sentence + "else the password travels in the open."
        )


def _check_sender(address: str) -> None:
    """Raises ValidationFailed unless every mail server accepts the sender's address."""
    try:
        is_good = wire_address(address).isascii()
    except ValueError:
        is_good = False
    if not is_good:
        sentence = "The address field must be ASCII before the @, and have an xn-- form after it."
        raise ValidationFailed.of("address", sentence)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mailbox(row: Row, now: int) -> Mailbox:
    is_paused = bool(row["paused_reason"]) and row["paused_until"] > now
    fetching = {**INCOMING, **json.loads(row["incoming"])}
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "address": row["address"],
        "from_name": row["from_name"],
        "mailbox_type": row["mailbox_type"],
        **fetching,  # type: ignore[typeddict-item]
        "outgoing_mailbox_type": row["outgoing_type"],
        "smtp_enable": bool(row["smtp_enable"]),
        "smtp_host": row["smtp_host"],
        "smtp_port": row["smtp_port"],
        "smtp_user": row["smtp_user"],
        "smtp_security": row["smtp_security"],
        "gmail_connected": False,
        "built_in": bool(row["built_in"]),
        "paused_until": rfc3339(row["paused_until"]) if is_paused else None,
        "paused_reason": row["paused_reason"],
    }
