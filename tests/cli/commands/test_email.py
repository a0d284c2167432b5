"""`tickiti email` and `tickiti outbox`: a mail that is sent, found, waited for and looked at."""

import json
import stat
from pathlib import Path
from uuid import uuid4

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign

SEND = ("email", "send", "--to", "marcus@trailblazers-club.example", "--subject", "A pair")


def test_a_sent_mail_is_waited_for_and_shown(local: Cli) -> None:
    to = "wait@trailblazers-club.example"
    ran = local(*SEND, "--to", to, "--body", "Soon & sure.\n.\nAnna", "--json")
    accepted = json.loads(ran.stdout)
    email_id = accepted.pop("email_id")
    assert accepted.pop("idempotency_key")
    assert accepted == {
        "message_id": f"<{email_id}@localhost>", "to_address": to, "mailbox": "local",
        "status": "queued", "replayed": False,
    }  # fmt: skip
    waited = local("outbox", "wait", "--to", to, "--subject", "pair", "--fields", "id,state")
    assert waited == Ran(0, f"{email_id}\tsent\n", "")
    viewed = local("outbox", "view", email_id, "--fields", "to,subject,text")
    assert viewed == Ran(0, f"{to}\tA pair\tSoon & sure.\\n.\\nAnna\n", "")
    listed = local("outbox", "list", "--to", to, "--fields", "id,mailbox,state,attempts,last_error")
    assert listed == Ran(0, f"{email_id}\tlocal\tsent\t0\t\n", "")


def test_send_prints_an_id_in_a_pipe_and_a_sentence_on_a_terminal(local: Cli) -> None:
    piped = local(*SEND, "--body", "Soon.")
    assert piped.stdout == local("outbox", "list", "--limit", "1", "--fields", "id").stdout
    screen = local.on_terminal(*SEND, "--body", "Soon.").stdout
    assert screen == "Queued the e-mail to marcus@trailblazers-club.example in mailbox local.\n"


def test_a_mail_without_a_body_is_refused_before_anything_is_sent(local: Cli) -> None:
    assert local(*SEND) == Ran(
        2, "", "tickiti: Missing body: add --body TEXT, --body-file FILE or --editor.\n"
    )


def test_waiting_for_a_mail_that_does_not_come_ends_with_13(local: Cli) -> None:
    ran = local("outbox", "wait", "--to", "nobody@b.example", "--timeout", "0.3")
    assert ran == Ran(13, "", "tickiti: No mail to nobody@b.example within 0.3 s.\n")
    assert local(*SEND, "-b", "x").code == 0
    to = SEND[SEND.index("--to") + 1]
    ran = local("outbox", "wait", "--to", to, "--subject", "Nothing like it", "--timeout", "0.3")
    sentence = f"No mail to {to} with 'Nothing like it' in its subject within 0.3 s."
    assert ran == Ran(13, "", f"tickiti: {sentence}\n")


def test_an_unknown_mailbox_and_an_unknown_mail_are_named(local: Cli) -> None:
    ran = local(*SEND, "--body", "Soon.", "--mailbox", "Nope")
    assert ran == Ran(
        7, "", "tickiti: --mailbox: Mailbox 'Nope' not found.\nSee: tickiti mailbox list\n"
    )
    ran = local("outbox", "view", "mail_none")
    told = "tickiti: There is no 'mail_none' in the outbox.\nSee: tickiti outbox list\n"
    assert ran == Ran(6, "", told)


def test_an_opened_mail_is_in_a_sandbox_that_loads_nothing(local: Cli, tmp_path: Path) -> None:
    hostile = '<img src="https://spy.example/1.gif"><script>alert(1)</script>" onload="alert(2)'
    email_id = local(*SEND, "--body", hostile, "--body-format", "html").stdout.strip()
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{seen}\n')
    browser.chmod(0o700)
    ran = local("outbox", "view", email_id, "--open", BROWSER=str(browser), TMPDIR=str(tmp_path))
    page = Path(seen.read_text().removeprefix("file://"))
    assert ran == Ran(0, "", f"Opened {page}\n")
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700
    text = page.read_text()
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-" in text
    assert '<iframe sandbox="" srcdoc="&lt;img src=&quot;https://spy.example/1.gif' in text
    assert text.count("<script") + text.count('" onload') == 0


def test_a_mail_from_a_template_takes_its_values_from_flags(local: Cli, tmp_path: Path) -> None:
    template = {"type": "email", "identifier": "cli.ship", "subject": "Order {{order.id}}",
                "content": "<p>Dear {{name}}.</p>"}  # fmt: skip
    made = local("api", "templates.create", "--input", "-", stdin=json.dumps(template))
    assert made.code == 0, made.stderr
    values = tmp_path / "values.json"
    values.write_text('{"name": "M & M"}')
    to = ("email", "send", "--to", "m@b.example")
    filled = ("--template", "cli.ship", "-d", "order.id=7", "--data-json", str(values))
    email_id = local(*to, *filled).stdout.strip()
    viewed = local("outbox", "view", email_id, "--fields", "subject,text")
    assert viewed == Ran(0, "Order 7\tDear M & M.\n", "")
    ran = local(*to, "--template", "cli.ship", "-d", "name=M")
    assert (ran.code, ran.stdout) == (7, "")
    ran = local(*to, "--template", "cli.ship", "-s", "x")
    message = "tickiti: --template provides the subject and the body: leave out yours.\n"
    assert ran == Ran(2, "", message)
    ran = local(*to, "-s", "x", "-b", "y", "-d", "name=M")
    message = "tickiti: -d and --data-json need --template ID.\n"
    assert ran == Ran(2, "", message)
    ran = local(*to, "-b", "y")
    assert ran == Ran(2, "", "tickiti: Missing subject: add --subject TEXT or --template ID.\n")


def test_email_send_cc_puts_a_mail_for_each_into_the_outbox(local: Cli) -> None:
    to, copied = f"{uuid4().hex}@b.example", f"{uuid4().hex}@b.example"
    ran = local("email", "send", "--to", to, "--cc", copied, "-s", "x", "-b", "y", "--json")
    sent = json.loads(ran.stdout)
    assert (ran.code, sent["to_address"], sent["cc"]) == (0, to, [copied])
    for address in (to, copied):
        assert local("outbox", "list", "--to", address, "--fields", "id").stdout.strip()


def test_email_send_without_cc_stays_with_send_email(remote: Cli, foreign: Foreign) -> None:
    mail = ("email", "send", "--to", "a@b.example", "-s", "x", "-b", "y")
    assert remote(*mail).code == 0
    assert remote(*mail, "--cc", "c@b.example").code == 0
    assert [asked.line.split()[1] for asked in foreign.asked] == [
        "/api/send_email", "/api/v1/mail/send",
    ]  # fmt: skip
    assert all(foreign.keys)
    bad = remote(*mail, "--cc", "nobody")
    assert (bad.code, "--cc: 'nobody' is not an e-mail address" in bad.stderr) == (2, True)
