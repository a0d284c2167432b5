"""A server with one mailbox, and mail on its way to an SMTP server."""

import json
from typing import Any
from uuid import uuid4

from tests.support.mail_server import MailServer
from tests.support.peculiar import PeculiarPlace
from tests.support.waiting import wait_until

SEND = "/api/send_email"


MAILBOXES = "/api/v1/mail/mailboxes"


LEASE_SECONDS = 1.0


class Office(PeculiarPlace):
    """A place with one mailbox, `out`, and its short leases."""

    def open(self) -> None:
        self.begin(lease_seconds=LEASE_SECONDS, delivery_drain_seconds=0.3)

    def mailbox(self, server: MailServer, **more: Any) -> None:
        """Make or change the mailbox so that it sends through this server."""
        body = {"name": "out", "address": "anna@sole-trader.example", "smtp_enable": True,
                "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none",
                "smtp_user": ""}  # fmt: skip
        known = [row for row in self.mailboxes() if row["name"] == "out"]
        where = {"mailbox_id": known[0]["id"]} if known else {}
        path = f"{MAILBOXES}/{'update' if known else 'create'}"
        assert self.post(path, {**body, **where, **more})[0] == 200

    def mailboxes(self) -> Any:
        return json.loads(self.post(MAILBOXES, {})[2])["mailboxes"]

    def paused(self) -> str | None:
        found: str | None = self.mailboxes()[-1]["paused_reason"]
        return found

    def set_password(self, value: str) -> None:
        body = {"mailbox_id": self.mailboxes()[-1]["id"], "field": "smtp_password", "value": value}
        assert self.post(f"{MAILBOXES}/set-password", body)[0] == 200

    def send(self, **members: Any) -> str:
        body = {"to_address": "marcus@trailblazers-club.example", "subject": "A pair",
                "content": "Soon.", **members}  # fmt: skip
        status, _, raw = self.post(SEND, body, str(uuid4()))
        assert status == 200, raw
        email_id: str = json.loads(raw)["data"]["email_id"]
        return email_id

    def row(self, email_id: str) -> Any:
        return json.loads(self.post("/_tickiti/outbox/show", {"id": email_id})[2])["data"]

    def release(self, email_id: str) -> None:
        assert self.post("/_tickiti/outbox/release", {"id": email_id})[0] == 200

    def settled(self, email_id: str, *states: str) -> Any:
        """The mail's row, once it is in one of these states."""
        wait_until(lambda: self.row(email_id)["state"] in states)
        return self.row(email_id)


def add_mailbox(office: Office, name: str, port: int) -> None:
    body = {"name": name, "address": f"{name}@b.example", "smtp_enable": True,
            "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}  # fmt: skip
    assert office.post(f"{MAILBOXES}/create", body)[0] == 200
