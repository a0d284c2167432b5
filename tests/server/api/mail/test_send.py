# ruff: noqa: E501 - a table reads best with a case a line
"""send_email accepts a mail, and the outbox stores the bytes that were accepted."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.place import Place
from tests.support.replies import code_of
from tickiti_server.delivery.mail import mime
from tickiti_server.delivery.mail.mime import Mail

SEND, OUTBOX, SHOW, RELEASE = (
    "/api/send_email", "/_tickiti/outbox", "/_tickiti/outbox/show", "/_tickiti/outbox/release",
)  # fmt: skip
MAIL = {"to_address": "marcus@trailblazers-club.example", "subject": "A pair", "content": "Soon."}
DATE = datetime(2026, 11, 24, 9, tzinfo=UTC)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
]  # fmt: skip
SMUGGLED = [
    "A =?UTF-8?Q?=0A?=Bcc: x@y.example", "A =?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=", "=?", "?=",
    "Grüße aus Köln", "日本語の件名" * 30, "w" * 255, "word " * 50 + "end", "Bcc: x@y.example", "é" * 255,
    '"quoted" \\ <a@b>, c:;', "\ufffd\U0001f45f", "=?us-ascii?q?a?=\u00a0=?us-ascii?q?b?=",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("email"))
    found.start()
    yield found
    found.stop()


def sent(place: Place, **members: Any) -> Any:
    status, _, raw = place.post(SEND, {**MAIL, **members}, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)["data"]


def shown(place: Place, email_id: str) -> Any:
    return json.loads(place.post(SHOW, {"id": email_id})[2])["data"]


def listed(place: Place, **wanted: Any) -> Any:
    return json.loads(place.post(OUTBOX, wanted)[2])["data"]


def mail(subject: str, *, html: str = "Soon.", sender_name: str | None = None) -> Mail:
    return Mail(
        id="mail_1", sender="anna@sole-trader.example", sender_name=sender_name,
        to="marcus@trailblazers-club.example", subject=subject, html=html, date=DATE,
    )  # fmt: skip


def test_outbox_holds_the_mail_as_accepted(place: Place) -> None:
    accepted = sent(place, content="<p>It is <b>on its way</b> & soon there.</p>")
    email_id = accepted["email_id"]
    assert accepted == {
        "email_id": email_id, "message_id": f"<{email_id}@localhost>", "status": "queued",
        "to_address": MAIL["to_address"], "mailbox": "local",
    }  # fmt: skip
    row = shown(place, email_id)
    raw, created_at = row.pop("mime"), row.pop("created_at")
    assert row == {
        "id": email_id, "to": MAIL["to_address"], "mailbox": "local", "subject": "A pair",
        "message_id": accepted["message_id"], "state": "sent", "attempts": 0, "next_at": None,
        "last_error": None, "sent_at": created_at, "text": "It is on its way & soon there.",
        "html": "<p>It is <b>on its way</b> &amp; soon there.</p>",
    }  # fmt: skip
    read = message_from_bytes(raw.encode(), policy=policy.SMTP)
    assert list(read.keys()) == HEADERS
    assert (read["Auto-Submitted"], read["Message-ID"]) == ("auto-generated", row["message_id"])
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_second_use_of_a_key_sends_no_second_mail(place: Place) -> None:
    to = "once@trailblazers-club.example"
    first = place.post(SEND, {**MAIL, "to_address": to}, "once")
    second = place.post(SEND, {**MAIL, "to_address": to}, "once")
    assert (second[0], second[2]) == (200, first[2])
    assert second[1]["idempotency-replayed"] == "true"
    assert len(listed(place, to=to)["outbox"]) == 1


@pytest.mark.parametrize(
    ("to", "is_single", "is_strict"),
    [
        ("marcus@trailblazers-club.example", True, True), ("-x@b.example", True, True),
        ("a@bücher.example", True, True), ("a@b.", True, False), ("a..b@c", True, False),
        ("a@" + "b" * 60 + ".example", True, True), ("a@b.c, evil@x.y", False, False),
        ("a@b.c;evil@x.y", False, False), ("<a@b>", False, False), ("a@b@c", False, False),
        ('"a b"@x', False, False), ("friends: a@b, c@d;", False, False), ("a@[127.0.0.1]", False, False),
        ("a" * 251 + "@b.c", False, False), ("nobody", False, False), ("@b", False, False),
        ("a@b\r\nBcc: c@d", False, False), ("a\u2028@b", False, False), ("a@b\u0085c", False, False),
        ("a @b", False, False), ("a\u00a0@b", False, False), ("a(b)@c", False, False),
        ("a@stra\u00dfe.example", True, True), ("a@i\u2764.example", False, False), ("a@" + "é" * 70, False, False), ("", False, False),
        (7, False, False), (["a@b"], False, False),
    ],
)  # fmt: skip
def test_recipient_must_be_a_single_header_safe_address(
    place: Place, to: Any, is_single: bool, is_strict: bool
) -> None:
    for validate, is_good in ((False, is_single), (True, is_strict)):
        body = {**MAIL, "to_address": to, "validate_address": validate}
        status, _, raw = place.post(SEND, body, str(uuid4()))
        assert status == (200 if is_good else 422), raw
        assert is_good or list(json.loads(raw)["errors"]) == ["to_address"]


@pytest.mark.parametrize("character", ["\r", "\n", "\x85", "\u2028", "\u2029", "\x7f", "\x1b"])
def test_control_character_in_a_header_is_refused(place: Place, character: str) -> None:
    for field in ("to_address", "subject", "mailbox"):
        for validate in (False, True):
            body = {**MAIL, field: f"a{character}Bcc: c@d", "validate_address": validate}
            reply = place.post(SEND, body, str(uuid4()))
            assert code_of(reply) == (422, "validation_failed")
            assert list(json.loads(reply[2])["errors"]) == [field]


@pytest.mark.parametrize(
    "body",
    [
        {**MAIL, "template_identifier": "t"}, {"to_address": "a@b", "data": {}}, {"to_address": "a@b"},
        {"to_address": "a@b", "template_identifier": "t", "data": {}, "subject": "s"},
    ],
)  # fmt: skip
def test_body_of_both_shapes_or_neither_names_the_shapes(place: Place, body: Any) -> None:
    reply = place.post(SEND, body, str(uuid4()))
    assert code_of(reply) == (422, "validation_failed")
    assert json.loads(reply[2])["message"] == (
        "The body field must have exactly one shape: subject and content, "
        "or template_identifier and data."
    )


@pytest.mark.parametrize("subject", SMUGGLED)
def test_subject_arrives_unchanged_and_adds_no_header(place: Place, subject: str) -> None:
    raw = shown(place, sent(place, subject=subject)["email_id"])["mime"].encode()
    read = message_from_bytes(raw)
    assert list(read.keys()) == HEADERS
    unfolded = read["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))) == subject
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=255),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=400),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mail_with_any_content_has_exactly_our_headers(subject: str, name: str, text: str) -> None:
    raw = mime.encode(mail(subject, html=text, sender_name=name))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert Counter(read.keys()) == Counter(HEADERS)
    assert (
        str(make_header(decode_header(message_from_bytes(raw)["Subject"]))).split()
        == subject.split()
    )
    html = read.get_body(("html",)).get_payload(decode=True).decode()  # type: ignore[union-attr]
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert html == (lines if lines.endswith("\n") else f"{lines}\n").replace("\n", "\r\n")


def test_outbox_is_listed_newest_first_in_pages(place: Place) -> None:
    to = "pages@trailblazers-club.example"
    ids = [sent(place, to_address=to, subject=f"Pair {n}")["email_id"] for n in range(3)]
    first = listed(place, to=to.upper(), limit=2)
    second = listed(place, to=to, limit=2, cursor=first["next_cursor"])
    assert [row["id"] for row in first["outbox"] + second["outbox"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert [row["id"] for row in listed(place, to=to, subject="pAIR 1")["outbox"]] == [ids[1]]
    assert listed(place, to=to, subject="Pair %")["outbox"] == []
    assert listed(place, to=to, state="queued")["outbox"] == []


def test_sent_mail_is_not_released(place: Place) -> None:
    reply = place.post(RELEASE, {"id": sent(place)["email_id"]})
    assert code_of(reply) == (409, "conflict")
    for path in (SHOW, RELEASE):
        assert code_of(place.post(path, {"id": "mail_none"})) == (404, "not_found")


def test_mail_is_bound_by_the_size_of_the_request_alone(place: Place) -> None:
    """As all HTML of the API (v1-payloads: "takes")."""
    email_id = sent(place, content="<p>é</p>" * 500_000)["email_id"]
    assert shown(place, email_id)["text"].split() == ["é"] * 500_000


def templated(place: Place, identifier: str, **members: str) -> None:
    body = {"type": "email", "identifier": identifier, **members}
    assert place.post("/api/v1/templates/create", body)[0] == 200


def test_template_is_filled_escaped_and_sent(place: Place) -> None:
    templated(place, "ship", subject="Order {{order.id}} & more", content="<p>Dear {{name}}.</p>")
    data = {"order": {"id": 7}, "name": "<b>M</b>", "subject": "not this"}
    body = {"to_address": "a@b.example", "template_identifier": "ship", "data": data}
    status, _, raw = place.post(SEND, body, "ship")
    assert status == 200, raw
    row = shown(place, json.loads(raw)["data"]["email_id"])
    assert (row["subject"], row["text"]) == ("Order 7 & more", "Dear <b>M</b>.")
    assert row["html"] == "<p>Dear &lt;b&gt;M&lt;/b&gt;.</p>"


def test_template_that_cannot_become_a_mail_is_refused(place: Place) -> None:
    templated(place, "bare", subject="{{subject}}", content="{{a}} {{b}}")
    body: dict[str, Any] = {"to_address": "a@b.example", "template_identifier": "bare"}
    whole = {"a": 1, "b": 2}
    for data, code in (
        ({}, "template_data_missing"), ({"subject": "s", "a": 1}, "template_data_missing"),
        ({**whole, "subject": "s\nBcc: x@y"}, "validation_failed"),
        ({**whole, "subject": ""}, "validation_failed"),
        ({**whole, "subject": "s" * 256}, "validation_failed"),
    ):  # fmt: skip
        assert code_of(place.post(SEND, {**body, "data": data}, "bare")) == (422, code), data
    assert place.post(SEND, {**body, "data": {**whole, "subject": "s"}}, "bare")[0] == 200


def test_mail_html_is_sanitised_and_has_a_text_part(place: Place) -> None:
    hostile = '<p onclick="x()">Hello<script>alert(1)</script> <a href="javascript:x()">you</a></p>'
    row = shown(place, sent(place, content=hostile)["email_id"])
    assert row["text"] == "Hello you"
    assert not any(word in row["html"] for word in ("script", "onclick", "alert"))
    assert not any(word in row["mime"] for word in ("script", "onclick", "alert"))
