"""The flags of `ticket respond` and `ticket create` that v1 alone understands."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply, ticket_created

ANNA = ("--from", "anna@sole-trader.example")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
RESPONDED = {"ok": True, "data": {"ticket_id": 1, "response_id": 42, "reopened": False}}


def sent(foreign: Foreign) -> tuple[str, Any]:
    (asked,) = foreign.asked
    return asked.line.split()[1], json.loads(asked.body)


@pytest.mark.parametrize(
    ("flags", "members"),
    [
        (("--status", "closed"), {"status": "closed"}),
        (("--until", "2030-01-01"), {"on_hold_until": "2030-01-01"}),
        (("--assign", "nobody"), {"assigned_to_email": "Unassigned"}),
        (("--priority", "HIGH"), {"priority": "high"}),
        (("--resolved", "3"), {"resolved": "3"}),
        (("--queue", "Sales", "--subject", "y"), {"queue": "Sales", "subject": "y"}),
        (("--add", "c@d.example", "--add", "e@f.example"),
         {"add_participants": ["c@d.example", "e@f.example"]}),
        (("--remove", "c@d.example"), {"remove_participants": ["c@d.example"]}),
        (("-b", "x", "--keep-status"), {"content": "x", "keep_status": True}),
        (("-b", "x", "--full-email"), {"content": "x", "send_full_email": True}),
    ],
)  # fmt: skip
def test_new_flags_of_respond_go_by_v1(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], members: Any
) -> None:
    foreign.answers(reply(RESPONDED))
    assert remote("ticket", "respond", "5", *ANNA, *flags) == Ran(0, "42\n", "")
    path, body = sent(foreign)
    assert path == "/api/v1/tickets/respond"
    assert body == {"ticket_number": 5, "from_email": ANNA[1], **members}


def test_old_flags_of_respond_stay_with_the_classic_endpoint(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply(RESPONDED))
    flags = ("--status", "on-hold", "--until", "2030-01-01", "-b", "x")
    assert remote("ticket", "respond", "5", *ANNA, *flags).code == 0
    assert sent(foreign)[0] == "/api/ticket_respond"


def test_create_opens_a_ticket_with_attributes(local: Cli) -> None:
    flags = ("--priority", "30", "--participant", "c@d.example", "--status", "on-hold")
    number = local(*CREATE, *flags, "--until", "2030-01-01").stdout.strip()
    found = json.loads(local("ticket", "view", number, "--json").stdout)
    assert found["ticket"]["priority"] in (30, "30")
    assert found["ticket"]["on_hold_until"] == "2030-01-01"
    assert "c@d.example" in [person["email"] for person in found["participants"]]


def test_respond_closes_a_ticket_and_adds_a_participant(local: Cli) -> None:
    number = local(*CREATE).stdout.strip()
    flags = ("-b", "Here it is.", "--status", "closed", "--add", "c@d.example")
    assert local("ticket", "respond", number, *ANNA, *flags).code == 0
    shown = json.loads(local("ticket", "view", number, "--json").stdout)
    assert shown["ticket"]["status"] == "closed"
    assert "c@d.example" in [person["email"] for person in shown["participants"]]


def test_new_flags_of_create_go_by_v1(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    flags = ("--assign", "team:3", "--priority", "Urgent", "--status", "on-hold", "--until",
             "2030-01-01", "--participant", "c@d.example", "--strict-tags")  # fmt: skip
    assert remote(*CREATE, *flags) == Ran(0, "220009\n", "")
    path, body = sent(foreign)
    assert path == "/api/v1/tickets"
    assert body == {
        "originator_email_address": "a@b.example",
        "data": {
            "subject": "Cracked", "content": "x", "assigned_to_email": "team:3", "priority": 40,
            "status": "on-hold", "on_hold_until": "2030-01-01",
        },
        "is_public": True, "participants": ["c@d.example"], "strict_tags": True,
    }  # fmt: skip


@pytest.mark.parametrize(("api", "is_sent"), [("v1", True), ("auto", True), ("classic", False)])
def test_is_public_is_always_sent_on_v1(
    remote: Cli, foreign: Foreign, api: str, is_sent: bool
) -> None:
    foreign.answers(ticket_created())
    assert remote("config", "set", "profiles.far.api", api).code == 0
    assert remote(*CREATE).code == 0
    assert ("is_public" in sent(foreign)[1]) == is_sent


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--priority", "hihg"), "--priority: 'hihg' is not"),
        (("--until", "2030-01-01"), "--status on-hold and --until DATE go together."),
        (("--participant", "x"),
         "--participant: 'x' is not an e-mail address such as marcus@trailblazers-club.example."),
        (("--assign", "team:x"), "--assign: 'team:x' is not a team such as team:3."),
    ],
)  # fmt: skip
def test_wrong_flag_of_create_is_named(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    ran = remote(*CREATE, *flags)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {sentence[:40]}")
    assert foreign.asked == []
