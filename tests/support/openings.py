"""Requests of create_ticket that a database may store in its own way, and what is then alike."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.place import ticket

CREATE = "/api/create_ticket"
KNOWN = "marcus@shoes.example"

BODIES: dict[str, dict[str, Any]] = {
    "public": {},
    "internal note": {"is_public": False},
    "by the requester": {"use_passed_originator_as_responder": True},
    "queue outside of data": {"queue_name": "INBOX"},
    "spelled in capitals": {"originator_email_address": "Marcus@SHOES.example"},
    "other letters": {"data": {"subject": "Größe ΟΔΟΣ \u200d", "content": "<p>ᾳ &amp; д</p>"}},
    "long": {"data": {"subject": "s" * 250, "content": "<p>Mile 14.</p>" * 500}},
}

CHANCE = ("number", "id", "secure_id", "body")
"""What differs between two tickets in any case."""


def body_of(change: Mapping[str, Any]) -> dict[str, Any]:
    return ticket("Cracked plate") | {"originator_email_address": KNOWN} | change


def assert_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Both rows say the same of their tickets."""
    assert {**one, **dict.fromkeys(CHANCE)} == {**other, **dict.fromkeys(CHANCE)}


def assert_told(reply: tuple[int, Mapping[str, str], bytes], row: Mapping[str, Any]) -> None:
    """The reply is the stored one, and tells the ticket of the row."""
    status, headers, raw = reply
    assert (status, raw.decode()) == (200, row["body"])
    assert "idempotency-expires-at" in headers
    told = {
        "ticket_number": row["number"],
        "ticket_id": row["id"],
        "secure_id": row["secure_id"],
    }
    assert json.loads(raw) == {"ok": True, "data": told}
