"""An edit sends what its flags change: the rest would undo another edit at the same time."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, reply

MAILBOX = {
    "id": "2", "name": "a", "address": "a@a.example", "from_name": "A", "smtp_enable": True,
    "smtp_host": "h.example", "smtp_port": 25, "smtp_user": None, "smtp_security": "starttls",
}  # fmt: skip
BUNDLED = {**MAILBOX, "built_in": False}
TEMPLATE = {"id": "2", "identifier": "a", "type": "email", "subject": "s", "is_enabled": True}
OLDER = {"id": "2", "identifier": "a", "type": "email", "subject": "s", "enabled": True}
INTERVENTION = {
    "id": "2", "name": "a", "title": "A", "queue_name": "Inbox", "remote_enabled": True,
    "remote_epilog_url": "https://a.example/", "fields": [],
}  # fmt: skip


def updated(foreign: Foreign) -> Any:
    """The body of the update that was sent."""
    return next(json.loads(one.body) for one in foreign.asked if "/update " in one.line)


@pytest.mark.parametrize(
    ("line", "rows", "sent"),
    [
        ("template edit a -s x", TEMPLATE, {"id": "2", "subject": "x"}),
        ("template edit a --disable", TEMPLATE, {"id": "2", "is_enabled": False}),
        ("template edit a -s x", OLDER, {"id": "2", "subject": "x"}),
        ("template edit a --disable", OLDER, {"id": "2", "is_enabled": False, "enabled": False}),
        ("intervention edit a --name x", INTERVENTION, {"intervention_id": "2", "name": "x"}),
        ("intervention edit 2 --disable", INTERVENTION,
         {"intervention_id": "2", "remote_enabled": False}),
        ("mailbox edit a --from-name x", BUNDLED, {"mailbox_id": "2", "from_name": "x"}),
        ("mailbox edit a --port 26", BUNDLED, {"mailbox_id": "2", "smtp_port": 26}),
    ],
)  # fmt: skip
def test_an_edit_sends_what_changes_and_nothing_else(
    remote: Cli, foreign: Foreign, line: str, rows: dict[str, Any], sent: dict[str, Any]
) -> None:
    noun = line.partition(" ")[0]
    shown = [reply([]), reply({**rows, "content": "c"})] if noun == "template" else []
    foreign.answers(reply([rows]), *shown, reply({"ok": True}), reply([rows]))
    assert remote(*line.split()).code == 0
    body = updated(foreign)
    assert (body["template"] if noun == "template" else body) == sent


def test_an_edit_of_a_vendor_mailbox_sends_all_of_it(remote: Cli, foreign: Foreign) -> None:
    """As the vendor's form does: whether the product keeps what is left out is not known."""
    foreign.answers(reply([MAILBOX]), reply({"ok": True}), reply([MAILBOX]))
    assert remote("mailbox", "edit", "a", "--port", "26").code == 0
    body = updated(foreign)
    own = {name: value for name, value in MAILBOX.items() if name != "id" and value is not None}
    assert body == {"mailbox_id": "2", **own, "smtp_port": 26}
