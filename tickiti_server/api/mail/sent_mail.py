"""Sent mail in the v1 API."""

import json

from tickiti_cli.contract.errors import NotFound
from tickiti_cli.contract.v1 import mail as contract
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.mail.bodies.sent_mail import (
    RecentMail,
    SearchMail,
    SentMail,
    SentMailShown,
    ShowMail,
)
from tickiti_server.api.mail.outbox import EMAIL, body_of
from tickiti_server.clock import DAY, rfc3339
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import outbox as stored
from tickiti_server.validation.fields import MOST_INTEGER


@handles(contract.sent_mail_list)
def recent(call: Call, body: RecentMail) -> list[SentMail]:
    """List the mail of the last days, newest first."""
    wanted = stored.OutboxFilter(kind=EMAIL, since=call.now - body.range_days * DAY)
    return [_mail(row) for row in stored.list_deliveries(call.tx, wanted, limit=body.limit)]


@handles(contract.sent_mail_search)
def search(call: Call, body: SearchMail) -> list[SentMail]:
    """Search sent mail by address or subject, newest first."""
    wanted = stored.OutboxFilter(kind=EMAIL, text=body.search or body.q)
    return [_mail(row) for row in stored.list_deliveries(call.tx, wanted, limit=body.limit)]


@handles(contract.sent_mail_show, refuses=(NotFound,))
def show(call: Call, body: ShowMail) -> SentMailShown:
    """Show a sent mail with its recipients and text."""
    row = _find(call, body.id)
    if row is None or row["kind"] != EMAIL:
        raise NotFound.of("id", f"There is no mail '{body.id}'.")
    text, html = body_of(row)
    return {**_mail(row), "cc": json.loads(row["cc"] or "[]"), "text": text, "html": html}


def _find(call: Call, mail_id: str) -> Row | None:
    if not (mail_id.isascii() and mail_id.isdigit()):
        return stored.find_delivery(call.tx, mail_id)
    number = int(mail_id)
    return stored.find_delivery_by_number(call.tx, number) if number <= MOST_INTEGER else None


def _mail(row: Row) -> SentMail:
    return {
        "id": str(row["seq"]),
        "to_address": row["target"],
        "subject": row["subject"],
        "mailbox": row["mailbox"],
        "sent_at": rfc3339(row["done_at"]) if row["state"] == "sent" else None,
        "status": row["state"],
    }
