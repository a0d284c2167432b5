"""A server with one intervention, `discount_request`, and the other system that it calls back."""

import json
import signal
import subprocess
from typing import Any
from uuid import uuid4

from tests.support.peculiar import PeculiarPlace
from tests.support.receiver import Receiver
from tests.support.stage import answer, data_of
from tests.support.waiting import wait_until
from tickiti_server import prepare

INTERVENTIONS = "/api/v1/workflow/interventions"
TEMPLATES = {
    "discount_request.private": (
        "Discount for {{customer}}", "<p>{{customer}} asks for {{price}}.</p>"
    ),
    "discount_request.public": ("", "<p>Dear {{customer}}, we look at it.</p>"),
    "discount_request.final": ("", "<p>{{customer}}: {{price}}, {{accept}}</p>"),
}  # fmt: skip
FIELDS = [
    {"type": "number", "name": "price", "label": "Price for {{customer}}"},
    {"type": "checkbox", "name": "accept", "label": "Accept"},
]
DISCOUNT: dict[str, Any] = {
    "name": "discount_request", "title": "Discount request", "queue_name": "Inbox",
    "notify_inbox_managers": False, "create_urgent": False, "remote_timeout_seconds": 10,
    "remote_enabled": True, "fields": FIELDS,
}  # fmt: skip
LEASE_SECONDS = 1.0


class Shop(PeculiarPlace):
    """The server; `secret` is what verifies its callbacks."""

    secret = ""

    def open(self, **settings: Any) -> None:
        usual = {"lease_seconds": LEASE_SECONDS, "delivery_drain_seconds": 0.3}
        self.begin("", **{**usual, **settings})

    def furnish(self, url: str | None, *, allowed: str = "127.0.0.1", **members: Any) -> None:
        """Make the database, start the server, define the intervention and its templates."""
        prepare.prepare(self.location, demo=False, known_token=None, callback_hosts=allowed.split())
        self.open()
        for identifier in TEMPLATES:
            self.template(identifier)
        body = {**DISCOUNT, "remote_epilog_url": url, "remote_enabled": url is not None, **members}
        reply = answer(self, f"{INTERVENTIONS}/create", body)
        assert reply == {"ok": True, "intervention_id": "1"}
        self.renew_secret()

    def template(self, identifier: str) -> None:
        subject, content = TEMPLATES[identifier]
        body = {"type": "intervention", "identifier": identifier, "subject": subject}
        answer(self, "/api/v1/templates/create", {**body, "content": content})

    def renew_secret(self) -> str:
        body = {"intervention_id": 1, "remote_name": "shop"}
        self.secret = answer(self, f"{INTERVENTIONS}/generate-token", body)["token"]
        return self.secret

    @property
    def intervention(self) -> Any:
        (found,) = answer(self, INTERVENTIONS, {})["interventions"]
        return found

    def change(self, **members: Any) -> None:
        answer(self, f"{INTERVENTIONS}/update", {"intervention_id": 1, **members})

    def ask(self, uid: str = "", **members: Any) -> int:
        """Open a ticket; its number."""
        body = {
            "originator_email_address": "marcus@trailblazers-club.example",
            "intervention": "discount_request", "uid": uid or str(uuid4()),
            "data": {"data": {"customer": "Marcus", "price": 99.5}}, **members,
        }  # fmt: skip
        created: int = data_of(self, "/api/create_ticket", body, str(uuid4()))["ticket_number"]
        return created

    def decide(self, number: int, **members: Any) -> str:
        """The callback's id."""
        body = {"ticket_number": number, "data": {"accept": True}, **members}
        decided: str = data_of(self, "/_tickiti/interventions/decide", body)["callback_id"]
        return decided

    def asked_and_decided(self) -> str:
        return self.decide(self.ask())

    def callback(self, callback_id: str) -> Any:
        return data_of(self, "/_tickiti/callbacks/show", {"id": callback_id})

    def settled(self, callback_id: str, *states: str) -> Any:
        """The callback, once it is in one of these states."""
        wait_until(lambda: self.callback(callback_id)["state"] in states)
        return self.callback(callback_id)

    def resend(self, callback_id: str) -> None:
        data_of(self, "/_tickiti/callbacks/resend", {"id": callback_id})

    def responses(self, number: int) -> list[tuple[bool, str]]:
        """Whether each is internal, and its text; audit-only responses have none."""
        shown = data_of(self, "/api/v1/tickets/show", {"ticket_number": number})
        rows = [row for row in shown["responses"] if not row["is_audit_only"]]
        return [(row["is_internal"], row["html"]) for row in rows]

    def finish(self, receiver: Receiver) -> None:
        """Have everything delivered that waits."""
        receiver.status, receiver.answer, receiver.headers = 204, None, {}
        receiver.gate.set()
        self.change(remote_epilog_url=receiver.url, remote_enabled=True)
        listed = data_of(self, "/_tickiti/callbacks", {"limit": 1000})["callbacks"]
        waiting = [row["id"] for row in listed if row["state"] != "sent"]
        for callback_id in waiting:
            if self.settled(callback_id, "sent", "retry", "failed")["state"] != "sent":
                # 409: its next attempt has begun in the meantime.
                status, _, raw = self.post("/_tickiti/callbacks/resend", {"id": callback_id})
                assert status in (200, 409), raw
        for callback_id in waiting:
            self.settled(callback_id, "sent")

    def close(self) -> None:
        """End it, whatever state it is in."""
        process: subprocess.Popen[bytes] | None = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            self.end(signal.SIGKILL)


def told(receiver: Receiver, at: int = -1) -> Any:
    """What a callback said."""
    return json.loads(receiver.arrived[at].body)
