"""`tickiti mailbox`: a mailbox is made, tried, changed and deleted; its password is never shown."""

import json
from collections.abc import Iterator

import pytest

from tests.support.cli import Cli, Ran
from tests.support.mail_server import MailServer
from tests.support.waiting import wait_until


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as found:
        yield found


def test_a_mailbox_is_made_tried_changed_and_deleted(local: Cli, server: MailServer) -> None:
    made = local(
        "mailbox", "create", "relay", "--address", "it@sole-trader.example", "--host", "127.0.0.1",
        "--port", str(server.port), "--security", "none", "--user", "it", "--password-stdin",
        "--json", stdin="wordfish\n",
    )  # fmt: skip
    row = json.loads(made.stdout)
    assert (row["name"], row["smtp_user"], row["smtp_enable"]) == ("relay", "it", True)
    assert "wordfish" not in made.stdout
    edited = local("mailbox", "edit", "relay", "--user", "", "--name", "post")
    assert edited == Ran(0, f"{row['id']}\n", "")
    listed = local("mailbox", "list", "--fields", "name,smtp_port,smtp_user,paused_reason")
    assert f"post\t{server.port}\t\t\n" in listed.stdout
    assert local("mailbox", "test", "post", "-q") == Ran(0, "", "")
    assert server.arrived[0].rcpt_tos == ["it@sole-trader.example"]
    server.script["RCPT"] = "550 no such user"
    ran = local("mailbox", "test", "post", "--to", "gone@b.example")
    assert ran == Ran(13, "", "tickiti: Mailbox 'post': 550 no such user\n")
    ran = local("outbox", "wait", "--to", "gone@b.example")
    message = "tickiti: The mail to gone@b.example failed: 550 no such user\n"
    assert ran == Ran(13, "", message)
    assert local("mailbox", "delete", "post", "--yes") == Ran(0, f"{row['id']}\n", "")
    ran = local("mailbox", "test", "post")
    assert ran == Ran(6, "", "tickiti: There is no mailbox 'post'.\nSee: tickiti mailbox list\n")


def test_a_paused_mailbox_is_tried_again(local: Cli, server: MailServer) -> None:
    """The answer is that of the server now, not the one that had the mailbox paused."""
    words = ("mailbox", "create", "fixed", "--address", "it@sole-trader.example")
    to = ("--host", "127.0.0.1", "--port", str(server.port), "--security", "none")
    assert local(*words, *to).code == 0
    for problem in ("535 wrong password", "535 still wrong"):
        server.script["MAIL"] = problem
        ran = local("mailbox", "test", "fixed")
        assert ran == Ran(13, "", f"tickiti: Mailbox 'fixed': {problem}\n")
    server.script.clear()
    assert local("mailbox", "test", "fixed", "-q") == Ran(0, "", "")
    wait_until(lambda: len(server.arrived) == 3)
    assert local("mailbox", "delete", "fixed", "--yes").code == 0


def test_the_built_in_mailbox_sends_and_is_not_deleted(local: Cli) -> None:
    assert local("mailbox", "test", "local", "-q") == Ran(0, "", "")
    ran = local("mailbox", "delete", "local", "--yes")
    assert ran == Ran(7, "", "tickiti: The mailbox 'local' is built in and stays as it is.\n")


def test_an_edit_without_a_flag_is_refused(local: Cli) -> None:
    ran = local("mailbox", "edit", "local")
    message = "Nothing to change: add --name, --host, --enable or another flag."
    assert ran == Ran(2, "", f"tickiti: {message}\n")


def test_a_password_is_not_sent_without_tls(local: Cli) -> None:
    ran = local(
        "mailbox", "create", "open", "--address", "a@b.example", "--host", "h.example",
        "--security", "none", "--user", "u",
    )  # fmt: skip
    assert ran == Ran(
        7, "",
        "tickiti: --security 'none' must be starttls or tls where --user is given: else "
        "the password travels in the open.\n",
    )  # fmt: skip


def test_an_empty_password_is_refused_before_anything_is_made(local: Cli) -> None:
    ran = local(
        "mailbox", "create", "empty", "--address", "a@b.example", "--host", "h.example",
        "--user", "u", "--password-stdin", stdin="\n",
    )  # fmt: skip
    message = "tickiti: --password-stdin: expected one line that is not empty.\n"
    assert ran == Ran(2, "", message)
    assert "empty" not in local("mailbox", "list").stdout


def test_a_test_mail_that_is_stuck_is_cancelled_and_its_mailbox_deleted(local: Cli) -> None:
    made = ("--address", "it@b.example", "--host", "127.0.0.1", "--port", "1", "--security", "none")
    assert local("mailbox", "create", "stuck", *made).code == 0
    assert local("mailbox", "test", "stuck", "--timeout", "1").code == 13
    ran = local("mailbox", "delete", "stuck", "--yes")
    assert ran.code == 8
    command = ran.stderr.split("with: tickiti ")[1].split("\n")[0].split()
    email_id = command[-1]
    assert command == ["outbox", "cancel", email_id]
    assert local(*command) == Ran(0, f"{email_id}\n", "")
    assert local("outbox", "view", email_id, "--fields", "state").stdout == "failed\n"
    assert local("mailbox", "delete", "stuck", "--yes").code == 0
    ran = local("outbox", "cancel", "mail_none")
    told = "tickiti: There is no 'mail_none' in the outbox.\nSee: tickiti outbox list\n"
    assert ran == Ran(6, "", told)
