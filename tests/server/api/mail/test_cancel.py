"""A queued mail can be cancelled, so that it blocks neither its mailbox nor a waiting client."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mail_server import DROP, STALL, MailServer
from tests.support.office import MAILBOXES, Office, add_mailbox
from tests.support.replies import code_of
from tests.support.waiting import wait_until

CANCEL = "/_tickiti/outbox/cancel"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    found.open()
    yield found
    assert found.end() == 0
    assert "Traceback" not in found.log


def cancelled(office: Office, email_id: str) -> dict[str, object]:
    status, _, raw = office.post(CANCEL, {"id": email_id})
    assert status == 200, raw
    row: dict[str, object] = json.loads(raw)["data"]
    assert row["state"] == "failed"
    assert row["next_at"] is None
    return row


def delete(office: Office) -> tuple[int, str]:
    mailbox_id = office.mailboxes()[-1]["id"]
    status, _, raw = office.post(f"{MAILBOXES}/delete", {"mailbox_id": mailbox_id})
    return status, json.loads(raw).get("message", "")


def test_mail_waiting_for_an_unreachable_server_is_cancelled(office: Office) -> None:
    add_mailbox(office, "relay", 1)
    email_id = office.send(mailbox="relay")
    office.settled(email_id, "retry")
    assert delete(office) == (
        409,
        (
            "Mailbox 'relay' still has a mail to deliver; cancel it with: "
            f"tickiti outbox cancel {email_id}"
        ),
    )
    row = cancelled(office, email_id)
    assert row["last_error"] == "Cancelled before it was sent."
    assert cancelled(office, email_id) == row  # the reply may have been lost
    assert delete(office)[0] == 200


def test_cancelled_mails_are_counted_and_the_oldest_named(office: Office) -> None:
    add_mailbox(office, "relay", 1)
    sent = [office.send(mailbox="relay") for _ in range(7)]
    assert delete(office) == (
        409,
        (
            "Mailbox 'relay' still has 7 mails to deliver; cancel each with: "
            f"tickiti outbox cancel ID ({', '.join(sent[:5])}, ...)"
        ),
    )


def test_mail_in_delivery_to_a_silent_server_is_cancelled(office: Office) -> None:
    with MailServer() as server:
        add_mailbox(office, "slow", server.port)
        server.script["RCPT"] = STALL
        email_id = office.send(mailbox="slow")
        wait_until(lambda: "RCPT" in server.reached)
        cancelled(office, email_id)
        assert delete(office)[0] == 200
        server.script.clear()
        wait_until(lambda: "its lease was lost, and nothing was sent" in office.log)
        assert server.arrived == []
        assert office.row(email_id)["state"] == "failed"


def test_uncertain_mail_is_not_cancelled(office: Office) -> None:
    with MailServer() as server:
        add_mailbox(office, "slow", server.port)
        server.script["END"] = STALL
        email_id = office.send(mailbox="slow")
        wait_until(lambda: "END" in server.reached)
        assert code_of(office.post(CANCEL, {"id": email_id})) == (409, "conflict")
        server.script.clear()
        office.settled(email_id, "sent")
        reply = office.post(CANCEL, {"id": email_id})
        assert json.loads(reply[2])["message"] == (
            f"Mail {email_id} is sent; there is nothing to cancel."
        )
        server.script["END"] = DROP
        email_id = office.send(mailbox="slow")
        office.settled(email_id, "uncertain")
        assert code_of(office.post(CANCEL, {"id": email_id})) == (409, "conflict")


def test_cancelled_mail_can_be_released(office: Office) -> None:
    with MailServer() as server:
        add_mailbox(office, "slow", server.port)
        server.script["RCPT"] = "451 later"
        email_id = office.send(mailbox="slow")
        office.settled(email_id, "retry")
        cancelled(office, email_id)
        server.script.clear()
        office.release(email_id)
        office.settled(email_id, "sent")
        assert len(server.arrived) == 1


def test_unknown_mail_is_named(office: Office) -> None:
    reply = office.post(CANCEL, {"id": "mail_none"})
    assert code_of(reply) == (404, "not_found")
