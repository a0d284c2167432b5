"""Requests of create_ticket that a database may store in its own way, and what is then alike."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tests.support.place import Place, ticket
from tickiti_server.store.opening import Opening, Stamp

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

SUBJECTS = "SELECT number, subject FROM ticket"

CLIENTS, TURNS = 24, 12
KINDS = ("plain", "plain", "new requester", "no queue", "used key")

CHANCE = ("number", "id", "secure_id", "body")
"""What differs between two tickets in any case."""


def body_of(change: Mapping[str, Any]) -> dict[str, Any]:
    return ticket("Cracked plate") | {"originator_email_address": KNOWN} | change


def opening(key: int) -> Opening:
    """An opening with the queue Inbox and the requester KNOWN, which the reply tells as [n,id]."""
    return Opening(
        family_id=1, key_sha256=key.to_bytes(32), key_hint="", operation="", fp_version=1,
        fp_raw=bytes(32), fp_canon=bytes(32), request_id="r", queue_key="inbox", email_key=KNOWN,
        author_id=None, secure_id="s", subject="A shoe", priority=20, html="", text="",
        is_internal=False, staff_response=True, reply=lambda *ids: b"[%d,%d]" % ids,
        tokens_as_of="known", stamp=lambda: Stamp(1, 1),
    )  # fmt: skip


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


class Told(NamedTuple):
    subject: str
    status: int
    reply: bytes


def told_at_once(place: Place) -> list[Told]:
    """What many clients are told that send at the same time. Some requesters are new, some queues
    are unknown, and some keys are used already."""

    def send(client: int) -> list[Told]:
        told = []
        for turn in range(TURNS):
            kind = KINDS[(client + turn) % len(KINDS)]
            subject = f"{kind} {client}-{turn}"
            change: dict[str, Any] = {"data": {"subject": subject, "content": subject}}
            if kind == "new requester":
                change["originator_email_address"] = f"new{client}-{turn}@shoes.example"
            if kind == "no queue":
                change["queue_name"] = "Nowhere"
            key = f"used {client}" if kind == "used key" else subject
            status, _, reply = place.post(CREATE, body_of(change), key)
            told.append(Told(subject, status, reply))
        return told

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [each for told in clients.map(send, range(CLIENTS)) for each in told]


def assert_own_replies(told: Sequence[Told], stored: Iterable[tuple[int, str]]) -> None:
    """Each client was told the number of its own ticket, or why there is none."""
    subjects = dict(stored)
    assert sum(each.status == 200 for each in told) > CLIENTS * TURNS / 2
    for each in told:
        reply = json.loads(each.reply)
        if each.status == 200:
            assert subjects[reply["data"]["ticket_number"]] == each.subject
        else:
            assert reply["code"] in ("queue_not_found", "idempotency_key_conflict")
            assert each.subject not in subjects.values()
