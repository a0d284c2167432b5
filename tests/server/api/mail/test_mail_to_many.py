"""mail/send and the lists of sent mail."""

import json
from collections.abc import Iterator
from email import message_from_string, policy
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place

V1, OUTBOX = "/api/v1/mail", "/_tickiti/outbox"
MARCUS, ANNA, BEN = (f"{name}@trailblazers-club.example" for name in ("marcus", "anna", "ben"))
MAIL = {"to_address": MARCUS, "subject": "A pair", "content": "<b>Soon</b>."}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("mail"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any) -> tuple[int, str, list[str]]:
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    return status, reply["error"], [*reply.get("errors", {})]


def test_mail_with_cc_is_one_mail_for_each_recipient(place: Place) -> None:
    subject = uuid4().hex
    cc = [ANNA, BEN, ANNA.upper(), MARCUS]
    made = answered(place, f"{V1}/send", {**MAIL, "subject": subject, "cc": cc})["data"]
    assert made == {
        "email_id": made["email_id"], "message_id": f"<{made['email_id']}@localhost>",
        "to_address": MARCUS, "cc": [ANNA, BEN], "mailbox": "local", "status": "queued",
    }  # fmt: skip
    rows = answered(place, OUTBOX, {"subject": subject})["data"]["outbox"]
    assert [row["to"] for row in rows] == [BEN, ANNA, MARCUS]
    assert {row["message_id"] for row in rows} == {made["message_id"]}
    shown = [answered(place, f"{OUTBOX}/show", {"id": row["id"]})["data"]["mime"] for row in rows]
    assert len({*shown}) == 1
    head = message_from_string(shown[0], policy=policy.SMTP)
    assert (head["To"], head["Cc"]) == (MARCUS, f"{ANNA}, {BEN}")


def test_mail_to_many_with_one_key_is_sent_once(place: Place) -> None:
    body = {**MAIL, "subject": uuid4().hex, "cc": [ANNA]}
    first, again = (place.post(f"{V1}/send", body, body["subject"]) for _ in range(2))
    assert (first[0], again[0], first[2]) == (200, 200, again[2])
    found = answered(place, f"{V1}/sent-mail/search", {"search": body["subject"]})
    assert [row["to_address"] for row in found] == [ANNA, MARCUS]
    status, _, raw = place.post(f"{V1}/send", body)
    assert (status, json.loads(raw)["error"]) == (422, "idempotency_key_missing")


def test_invalid_mail_to_many_names_its_fields(place: Place) -> None:
    count = place.value("SELECT count(*) FROM outbox")
    for body, code, fields in (
        ({"cc": "anna"}, "validation_failed", ["cc"]),
        ({"cc": [ANNA, "anna", f"{BEN}\r\nBcc: x@y"]}, "validation_failed", ["cc.1", "cc.2"]),
        ({"cc": [ANNA] * 101}, "validation_failed", ["cc"]),
        ({"cc": ["a@b."], "to_address": "b@b.", "validate_address": True}, "validation_failed",
         ["to_address", "cc.0"]),
        ({"template_identifier": "x"}, "validation_failed", ["body"]),
        ({"subject": "", "content": "", "template_identifier": "x"}, "template_not_found",
         ["template_identifier"]),
        ({"mailbox": "nowhere"}, "mailbox_not_found", ["mailbox"]),
    ):  # fmt: skip
        assert refused(place, f"{V1}/send", {**MAIL, "cc": [ANNA], **body}) == (422, code, fields)
    assert place.value("SELECT count(*) FROM outbox") == count


def test_mail_to_many_from_a_template_is_filled(place: Place) -> None:
    name = uuid4().hex
    template = {"type": "email", "identifier": name, "subject": f"{name} {{{{n}}}}", "content": "c"}
    answered(place, "/api/v1/templates/create", template)
    body = {"to_address": MARCUS, "cc": [ANNA], "template_identifier": name, "data": {"n": 7}}
    answered(place, f"{V1}/send", body)
    found = answered(place, f"{V1}/sent-mail/search", {"q": name})
    assert [row["subject"] for row in found] == [f"{name} 7"] * 2
    assert refused(place, f"{V1}/send", {**body, "data": {}}) == (
        422, "template_data_missing", ["data.n"]
    )  # fmt: skip


def test_sent_mail_is_shown_by_number_digits_or_email_id(place: Place) -> None:
    made = answered(place, f"{V1}/send", {**MAIL, "cc": [ANNA]})["data"]
    rows = answered(place, f"{V1}/sent-mail", {})
    copy, first = rows[:2]
    assert (copy["to_address"], first["to_address"], first["status"]) == (ANNA, MARCUS, "sent")
    expected = {**first, "cc": [ANNA], "text": "Soon.", "html": "<b>Soon</b>."}
    for mail_id in (first["id"], int(first["id"]), made["email_id"]):
        assert answered(place, f"{V1}/sent-mail/show", {"id": mail_id}) == expected
    for mail_id in (999_999, "999999", "9" * 40, "mail_x"):
        assert refused(place, f"{V1}/sent-mail/show", {"id": mail_id}) == (
            404, "not_found", ["id"]
        )  # fmt: skip
    for mail_id in (True, 1.5, "a\nb", "x" * 256, None):
        assert refused(place, f"{V1}/sent-mail/show", {"id": mail_id})[:2] == (
            422, "validation_failed"
        )  # fmt: skip


def test_sent_mail_list_has_the_last_day_by_default(place: Place) -> None:
    old = answered(place, f"{V1}/send", MAIL)["data"]["email_id"]
    answered(place, f"{V1}/send", MAIL)
    ago = "UPDATE outbox SET created_at = created_at - 2 * 86400000000 WHERE id = :id"
    place.execute(ago, {"id": old})
    number = str(place.value("SELECT seq FROM outbox WHERE id = :id", {"id": old}))

    def ids(path: str = "", **body: object) -> list[str]:
        return [row["id"] for row in answered(place, f"{V1}/sent-mail{path}", body)]

    assert number not in ids()
    assert number in ids(range_days=3)
    assert number in ids("/search", search="")
    assert number in ids("/search")
    assert len(ids(limit=1)) == len(ids("/search", limit=1)) == 1
    for path, body in (
        ("", {"range_days": 0}), ("", {"range_days": 31}), ("", {"limit": 0}),
        ("", {"limit": 301}), ("/search", {"limit": 0}), ("/search", {"limit": 501}),
    ):  # fmt: skip
        status, code, fields = refused(place, f"{V1}/sent-mail{path}", body)
        assert (status, code, fields) == (422, "validation_failed", [*body])


def test_created_mailbox_is_named_by_its_id(place: Place) -> None:
    body = {"name": "Sales", "address": "sales@sole-trader.example"}
    made = answered(place, f"{V1}/mailboxes/create", body)
    rows = answered(place, f"{V1}/mailboxes", {})["mailboxes"]
    (row,) = [row for row in rows if row["name"] == "Sales"]
    assert made == {"ok": True, "mailbox_id": row["id"]}
    again = {**body, "name": "SALES"}
    assert refused(place, f"{V1}/mailboxes/create", again) == (422, "validation_failed", ["name"])
