"""Mailboxes in the vendor's second generation of the API: which there are, and how each sends.

The rule of this file: a secret is written and never read back.
"""

import json
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from tickiti_cli.contract import mail as contract
from tickiti_cli.contract.errors import Conflict, ValidationFailed
from tickiti_server.addresses import wire_address
from tickiti_server.call import Call, rfc3339
from tickiti_server.families.mailbox_bodies import (
    CreateMailbox,
    FindMailbox,
    Mailbox,
    Mailboxes,
    MailboxMembers,
    QueueNamed,
    SetPassword,
    UpdateMailbox,
)
from tickiti_server.families.template_bodies import Done
from tickiti_server.folding import address_key
from tickiti_server.handlers import handles
from tickiti_server.store import mailboxes as stored
from tickiti_server.store import outbox, queues
from tickiti_server.store.database import Row

DEFAULTS: Mapping[str, Any] = {
    "from_name": None, "mailbox_type": "imap", "outgoing_type": "smtp", "smtp_enable": False,
    "smtp_host": None, "smtp_port": None, "smtp_user": None, "smtp_security": "starttls",
}  # fmt: skip
INCOMING: Mapping[str, Any] = {
    "pop_enable": False, "pop_host": None, "pop_port": None, "pop_encryption": "ssl",
    "pop_validate_cert": True, "max_consecutive_errors": 10, "secondary_report_threshold": 0,
}  # fmt: skip
"""How mail is fetched: columns of no other use, kept as one."""

MOST_NAMED = 5
"""Ids in a sentence."""

OK: Done = {"ok": True}


@handles(contract.mailboxes_index)
def index(call: Call) -> Mailboxes:
    """List the mailboxes; never their secrets."""
    named = [QueueNamed(id=str(row["id"]), name=row["name"]) for row in queues.every(call.tx)]
    rows = [_mailbox(row, call.now) for row in stored.every(call.tx)]
    return {"mailboxes": rows, "queues": named}


@handles(contract.mailboxes_create)
def create(call: Call, body: CreateMailbox) -> Done:
    """Make a mailbox."""
    columns = _columns(body, DEFAULTS, INCOMING)
    _check(call, columns)
    stored.insert(call.tx, **columns, now=call.now)
    return OK


@handles(contract.mailboxes_update)
def update(call: Call, body: UpdateMailbox) -> Done:
    """Change a mailbox; whatever was in its way is tried again at once."""
    row = _own(call, body.mailbox_id)
    now = {name: row[name] for name in ("name", "address", "address_key", *DEFAULTS)}
    columns = _columns(body, now, json.loads(row["incoming"])) | dict.fromkeys(body.cleared)
    _check(call, columns, mailbox_id=row["id"])
    stored.update(call.tx, row["id"], **columns)
    outbox.resume(call.tx, stored.lane(row["id"]))
    return OK


@handles(contract.mailboxes_set_password)
def set_password(call: Call, body: SetPassword) -> Done:
    """Set a mailbox's password; the mailbox is tried again at once."""
    row = _own(call, body.mailbox_id)
    stored.set_secret(call.tx, row["id"], field=body.field, value=body.value)
    outbox.resume(call.tx, stored.lane(row["id"]))
    return OK


@handles(contract.mailboxes_delete, refuses=(Conflict,))
def delete(call: Call, body: FindMailbox) -> Done:
    """Delete a mailbox. Deleting what does not exist succeeds."""
    if stored.find(call.tx, body.mailbox_id) is None:
        return OK
    row = _own(call, body.mailbox_id)
    waiting = outbox.waiting(call.tx, stored.lane(row["id"]))
    if waiting:
        raise Conflict(_still_waiting(row["name"], waiting))
    stored.delete(call.tx, row["id"])
    return OK


def _still_waiting(name: str, ids: Sequence[str]) -> str:
    """Names the mail that keeps a mailbox, and how to be rid of it."""
    if len(ids) == 1:
        how = f"cancel it with: tickiti outbox cancel {ids[0]}"
        return f"Mailbox '{name}' still has a mail to deliver; {how}"
    named = ", ".join(ids[:MOST_NAMED]) + (", ..." if len(ids) > MOST_NAMED else "")
    how = f"cancel each with: tickiti outbox cancel ID ({named})"
    return f"Mailbox '{name}' still has {len(ids)} mails to deliver; {how}"


def _own(call: Call, mailbox_id: int) -> Row:
    """A mailbox that may be changed."""
    row = stored.find(call.tx, mailbox_id)
    if row is None:
        raise _invalid("mailbox_id", f"There is no mailbox {mailbox_id}.")
    if row["built_in"]:
        raise _invalid("mailbox_id", f"The mailbox '{row['name']}' is built in and stays as it is.")
    return row


def _columns(
    body: MailboxMembers, now: Mapping[str, Any], incoming: Mapping[str, Any]
) -> dict[str, Any]:
    """What is in the row after the body's members have replaced those that it had."""
    given = body.model_dump(exclude_none=True, exclude={"mailbox_id", "cleared"})
    if "outgoing_mailbox_type" in given:
        given["outgoing_type"] = given.pop("outgoing_mailbox_type")
    if "address" in given:
        given["address_key"] = address_key(given["address"])
    fetching = {name: given.pop(name, value) for name, value in incoming.items()}
    return {**now, **given, "incoming": json.dumps(fetching)}


def _check(call: Call, columns: Mapping[str, Any], *, mailbox_id: int | None = None) -> None:
    namesake = stored.named(call.tx, columns["name"])
    if namesake is not None and namesake["id"] != mailbox_id:
        raise _invalid("name", f"There is a mailbox '{columns['name']}' already.")
    _check_sender(columns["address"])
    if not columns["smtp_enable"]:
        return
    if not columns["smtp_host"]:
        raise _invalid("smtp_host", "The smtp_host field is required when smtp_enable is on.")
    is_open = columns["smtp_security"] == "none" and not _is_loopback(columns["smtp_host"])
    if columns["smtp_user"] and is_open:
        sentence = "The smtp_security field must be starttls or tls where smtp_user is given: "
        raise _invalid("smtp_security", sentence + "else the password travels in the open.")


def _check_sender(address: str) -> None:
    """Every mail names it, so it must be good on every server."""
    try:
        is_good = wire_address(address).isascii()
    except ValueError:
        is_good = False
    if not is_good:
        sentence = "The address field must be ASCII before the @, and have an xn-- form after it."
        raise _invalid("address", sentence)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _invalid(field: str, sentence: str) -> ValidationFailed:
    return ValidationFailed(sentence, errors={field: [sentence]})


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
