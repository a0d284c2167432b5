"""A command of several writes whose later one fails never says that nothing was done."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, hang_up, reply

OK = reply({"ok": True})
REFUSED = failure(403, "missing_ability", "No.")
QUEUES = reply({"queues": [{"id": "1", "name": "Old"}, {"id": "2", "name": "Inbox"}]})
MAILBOXES = reply({"mailboxes": [{"id": "4", "name": "it's"}]})
MAILBOX = ("--address", "it@b.example", "--host", "b.example", "--user", "it", "--password-stdin")
FILE = '+++\ntype = "email"\n+++\n<p>x</p>\n'


def error_of(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.stderr.splitlines()[-1])["error"]
    return found


def test_queue_whose_tickets_are_moved_but_which_stays(remote: Cli, foreign: Foreign) -> None:
    command = ("queue", "delete", "Old", "--move-to", "Inbox", "--yes")
    foreign.answers(QUEUES, QUEUES, OK, REFUSED)
    error = error_of(remote(*command, "--json"))
    assert (error["outcome"], error["hint"].splitlines()[0]) == (
        "unknown", "Its tickets are in queue 'Inbox' now.",
    )  # fmt: skip
    foreign.asked.clear()
    ran = remote(*command)
    assert ran.stderr.startswith("tickiti: No.\nIts tickets are in queue 'Inbox' now.\n")


@pytest.mark.parametrize("later", [REFUSED, hang_up])
def test_mailbox_that_is_saved_without_its_password(
    remote: Cli, foreign: Foreign, later: Any
) -> None:
    foreign.answers(OK, MAILBOXES, later)
    command = ("mailbox", "create", "it's", *MAILBOX, "--retries", "0", "--json")
    error = error_of(remote(*command, stdin="wordfish\n"))
    assert error["outcome"] == "unknown"
    assert error["hint"].splitlines()[0] == (
        "Everything except the password is saved. To set it: "
        """tickiti mailbox edit 'it'"'"'s' --password-stdin"""
    )


def test_templates_of_which_some_are_pushed(remote: Cli, foreign: Foreign) -> None:
    folder = remote.folder / "texts"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.html").write_text(FILE)
    none, made = reply({"templates": []}), reply({"template": {"id": "1", "identifier": "a"}})
    foreign.answers(none, none, made, REFUSED)
    error = error_of(remote("template", "push", "texts", "--json"))
    assert (error["outcome"], error["hint"].splitlines()[0]) == (
        "unknown", "1 of 3 changes were made; push again for the others.",
    )  # fmt: skip


@pytest.mark.parametrize("state", ["queued", "failed"])
def test_test_mail_that_was_not_delivered_is_in_the_outbox(
    remote: Cli, foreign: Foreign, state: str
) -> None:
    mailboxes = reply({"mailboxes": [{"id": "4", "name": "it", "address": "it@b.example"}]})
    outbox = reply({"ok": True, "data": {"outbox": []}})
    sent = reply({"ok": True, "data": {"email_id": "m1"}})
    mail = {"id": "m1", "to": "x", "mailbox": "it", "state": state, "last_error": None}
    foreign.answers(mailboxes, outbox, sent, reply({"ok": True, "data": mail}))
    ran = remote("mailbox", "test", "it", "--timeout", "0.1", "--json")
    error = error_of(ran)
    assert (ran.code, error["outcome"]) == (13, "applied")
    assert error["message"] == "Mailbox 'it': no answer yet"


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ({"attempts": 1, "state": "failed", "last_error": "410"}, 13),
        ({"attempts": 0, "state": "queued", "last_error": None}, 13),
        (None, 5),
    ],
)
def test_callback_that_is_queued_but_not_accepted(
    remote: Cli, foreign: Foreign, shown: dict[str, Any] | None, code: int
) -> None:
    queued = reply({"ok": True, "data": {"id": "msg_1", "url": "https://b.example/"}})
    foreign.answers(queued, reply({"ok": True, "data": shown}) if shown else REFUSED)
    ran = remote("callback", "trigger", "ask", "--timeout", "0.1", "--json")
    assert (ran.code, error_of(ran)["outcome"]) == (code, "applied")
