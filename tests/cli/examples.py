"""What the examples of the commands speak of: made anew before each of them.

The rule of this file: an example finds what it names, whatever the one before it has done, and is
changed only where it names what nobody can know beforehand: an id, a token.
"""

import json
import shlex
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.cli import decisions
from tests.cli.conftest import Cli, wait_until
from tests.place import Place, ticket

INTERVENTIONS = "/api/v1/workflow/interventions"
ROW = {"from": "a@b.example", "E-Mail": "a@b.example", "subject": "x", "body": "y",
       "Reference": "7"}  # fmt: skip
TEMPLATE = {"type": "email", "category": "", "subcategory": "", "subject": "Order {{order.id}}",
            "content": "<p>Dear {{name}}, we have your shoes.</p>"}  # fmt: skip
MAILBOX = {"name": "sales", "address": "sales@sole-trader.example", "mailbox_type": "imap",
           "outgoing_mailbox_type": "smtp", "smtp_enable": True, "pop_enable": False,
           "smtp_host": "smtp.sole-trader.example", "smtp_security": "starttls",
           "pop_validate_cert": True, "max_consecutive_errors": 3,
           "secondary_report_threshold": 10}  # fmt: skip
ERIN = {"name": "Erin", "email": "erin@trailblazers-club.example", "is_staff": True,
        "is_admin": False, "tonic_notifications": False}  # fmt: skip


def furnish_server(place: Place) -> None:
    """What is there once: a ticket, a token called sales-portal, Erin, queues and perspectives."""
    done(place, "/api/create_ticket", ticket("x"), key="first")
    abilities = ["create-ticket", "ticket-respond"]
    done(place, "/_tickiti/tokens/mint", {"name": "sales-portal", "abilities": abilities})
    done(place, "/api/v1/administration/users/create", ERIN)
    for queue in ("Wholesale", "Old orders", "Returned"):
        done(place, "/api/v1/workflow/queues/create", {"name": queue})
    for perspective in ("Urgent", "Outdated"):
        view = {"name": perspective, "shared": True}
        done(place, "/api/v1/settings/perspectives/create", view)


def furnish_home(run: Cli, place: Place) -> None:
    """A profile called prod, the files that the examples read, and an operation that is open."""
    token, folder = place.token, run.folder
    _private(folder / "portal.token", token)
    _private(folder / "password", "secret")
    (folder / "src").mkdir()
    (folder / "sole.png").write_bytes(b"\x89PNG\r\n\x1a\nsole")
    (folder / "tickets.ndjson").write_text(json.dumps(ROW) + "\n")
    (folder / "tickets.csv").write_text(f"{','.join(ROW)}\n{','.join(ROW.values())}\n")
    (folder / "customers.csv").write_text(
        "E-Mail,name,order.id\nmarcus@trailblazers-club.example,Marcus,4711\n"
    )
    (folder / "values.json").write_text(json.dumps({"name": "Marcus", "order": {"id": 4711}}))
    with (run.config / "config.toml").open("a") as config:
        config.write(f'[profiles.prod]\nbase_url = "http://127.0.0.1:{place.port}"\n')
    with (run.config / "credentials.toml").open("a") as credentials:
        credentials.write(f'[prod]\ntoken = "{token}"\n')
    _begin_an_operation(run)


def prepared(run: Cli, place: Place, path: str, line: str) -> str:
    """The example, ready to be pasted into a shell."""
    line = line.replace("tickiti ", f"{shlex.join(run.command(()))} ")
    for part, prepare in PREPARATIONS.items():
        if part in f"{path} {line}":
            line = prepare(run, place, line)
    return line


def done(place: Place, path: str, body: dict[str, Any], key: str | None = None) -> Any:
    status, _, raw = place.post(path, body, key=key)
    assert status == 200, raw
    return json.loads(raw)


def _templates(run: Cli, place: Place, line: str) -> str:
    _no_template(run, place, line)
    for name in ("warranty.received", "warranty.old"):
        done(place, "/api/v1/templates/create", TEMPLATE | {"identifier": name})
    return line


def _no_template(run: Cli, place: Place, line: str) -> str:
    for row in done(place, "/api/v1/templates", {}):
        if row["identifier"].startswith("warranty."):
            done(place, "/api/v1/templates/delete", {"template_id": row["id"]})
    return line


def _a_folder_of_them(run: Cli, place: Place, line: str) -> str:
    _templates(run, place, line)
    if "pull" not in line:
        assert run("template", "pull", "templates").code == 0
    return line


def _mailbox(run: Cli, place: Place, line: str) -> str:
    if "sales" not in [row["name"] for row in _mailboxes(place)]:
        done(place, "/api/v1/mail/mailboxes/create", MAILBOX)
    return line


def _no_mailbox(run: Cli, place: Place, line: str) -> str:
    for row in _mailboxes(place):
        if row["name"] != "local":
            done(place, "/api/v1/mail/mailboxes/delete", {"mailbox_id": row["id"]})
    return line


def _mailboxes(place: Place) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(place, "/api/v1/mail/mailboxes", {})["mailboxes"]
    return rows


def _a_mail(run: Cli, place: Place, line: str) -> str:
    """One that the server has not got rid of: nobody answers at its mailbox's host."""
    box = "sales" if "release" in line or "cancel" in line else "local"
    _mailbox(run, place, line)
    mail = {"to_address": "marcus@trailblazers-club.example", "subject": "x", "content": "y"}
    sent = done(place, "/api/send_email", mail | {"mailbox": box}, key=f"{run.home} {line}"[-255:])
    email_id = sent["data"]["email_id"]
    wait_until(lambda: _state(place, email_id) in ("retry", "sent"))
    return line.replace("mail_ID", email_id)


def _state(place: Place, email_id: str) -> str:
    shown = done(place, "/_tickiti/outbox/show", {"id": email_id})
    return str(shown["data"]["state"])


def _no_secret(run: Cli, place: Place, line: str) -> str:
    """A folder without a token, which is what the search says with its exit code."""
    (run.folder / "portal.token").unlink()
    return line


def _rotated(run: Cli, place: Place, line: str) -> str:
    """`token retire 2` gets the id of a token in its overlap."""
    minted = {"name": "old", "abilities": ["create-ticket"]}
    token_id = done(place, "/_tickiti/tokens/mint", minted)["data"]["id"]
    done(place, "/_tickiti/tokens/rotate", {"id": token_id, "overlap_seconds": 60})
    return line.replace("retire 2", f"retire {token_id}")


def _a_token_of_its_own(run: Cli, place: Place, line: str) -> str:
    """The other examples go on using the server's first token, so what ends one gets another."""
    minted = {"name": "own", "abilities": ["manage-tokens"]}
    token = done(place, "/_tickiti/tokens/mint", minted)["data"]
    _private(run.folder / "own.token", token["token"])
    line = line.replace("revoke 2", f"revoke {token['id']}")
    return f"{line} --base-url http://127.0.0.1:{place.port} --token-file own.token"


def _an_image(run: Cli, place: Place, line: str) -> str:
    """The number of a ticket with an image, and the image's id."""
    made = run("ticket", "create", "--from", "a@b.example", "-s", "x", "--attach", "sole.png")
    shown = json.loads(run("response", "list", made.stdout.strip(), "--json").stdout)
    return line.replace("220009 1", f"{made.stdout.strip()} {shown[0]['attachments'][0]['id']}")


def _an_intervention(run: Cli, place: Place, line: str) -> str:
    """The one that the example names, its files, and a uid that is new."""
    decisions.lay_out_files(run)
    name = "old_request" if "old_request" in line else "discount_request"
    if name not in [row["name"] for row in done(place, INTERVENTIONS, {})["interventions"]]:
        decisions.define(run, name)
    return line.replace("SP-2412-0489", str(uuid4()))


def _a_decision(run: Cli, place: Place, line: str) -> str:
    _an_intervention(run, place, line)
    return decisions.about_one_of_its_own(run, line)


def _an_install(run: Cli, place: Place, line: str) -> str:
    """The server that is there, for the reader's own; and a password manager."""
    line = line.replace("https://support.sole-trader.example", f"http://127.0.0.1:{place.port}")
    return line.replace("pass show tickiti/prod", "cat portal.token")


PREPARATIONS: dict[str, Callable[[Cli, Place, str], str]] = {
    "auth login": _an_install,
    "--template warranty": _templates,
    "template view": _templates,
    "template render": _templates,
    "template edit": _templates,
    "template delete": _templates,
    "template create": _no_template,
    "template pull": _a_folder_of_them,
    "template diff": _a_folder_of_them,
    "template push": _a_folder_of_them,
    "mailbox create": _no_mailbox,
    "mailbox edit": _mailbox,
    "mailbox delete": _mailbox,
    "mail_ID": _a_mail,
    "outbox wait": _a_mail,
    "attachment get": _an_image,
    "--intervention": _an_intervention,
    "intervention ": _an_intervention,
    "intervention decide": _a_decision,
    "msg_ID": _a_decision,
    "callback listen": _an_intervention,
    "token scan .": _no_secret,
    "token retire": _rotated,
    "token revoke": _a_token_of_its_own,
    "rotate --self --overlap": _a_token_of_its_own,
}
"""By what is part of a command's path or of its example."""


def _begin_an_operation(run: Cli) -> None:
    """The one that the examples of `tickiti op` name."""
    assert run("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    (closed,) = (run.config / "journal").iterdir()
    entry = json.loads(closed.read_text())
    entry |= {"id": "20261124T090000-4711053f", "state": "pending", "closed_at": None}
    data = {"subject": "x", "content": "y"}
    entry |= {"body": json.dumps({"originator_email_address": "a@b.example", "data": data})}
    _private(closed.with_name(f"{entry['id']}.pending.json"), json.dumps(entry))


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    with closing(path.open("w")) as file:
        file.write(text)
