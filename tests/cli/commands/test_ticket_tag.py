"""`tickiti ticket tag`, which the bundled server alone offers; `server act`, which help hides."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")


def test_tag_marks_several_tickets(local: Cli) -> None:
    one, other = local(*CREATE).stdout.strip(), local(*CREATE).stdout.strip()
    ran = local("ticket", "tag", one, f"#{other}", "--add", "vip-shoes")
    assert ran == Ran(0, f"{one}\tdone\t\t\n{other}\tdone\t\t\n", "")
    listed = local("ticket", "list", "--hashtag", "vip-shoes", "--fields", "number").stdout
    assert {*listed.split()} == {one, other}
    assert local("ticket", "tag", one, "--remove", "#vip-shoes") == Ran(0, f"{one}\n", "")
    left = local("ticket", "list", "--hashtag", "vip-shoes", "--fields", "number").stdout
    assert left == f"{other}\n"


@pytest.mark.parametrize(
    ("flags", "members"),
    [
        (("--add", "vip", "--add", "b"), {"hashtags": ["vip", "b"]}),
        (("--remove", "vip"), {"remove_hashtags": ["vip"]}),
    ],
)
def test_flags_of_tag_fill_the_request(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], members: Any
) -> None:
    foreign.answers(reply({"ok": True, "data": {"ticket_number": 5}}))
    assert remote("ticket", "tag", "5", *flags, "-o", "table") == Ran(
        0, "Updated the hashtags of ticket 5.\n", ""
    )
    (asked,) = foreign.asked
    assert asked.line.split()[1] == "/_tickiti/tickets/act"
    assert json.loads(asked.body) == {"ticket_number": 5, **members}


def test_tag_on_a_vendors_install_ends_with_15(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(404, "not_found"))
    assert remote("ticket", "tag", "5", "--add", "vip") == Ran(
        15,
        "",
        "tickiti: This server has no /_tickiti/tickets/act: only the bundled server offers that.\n",
    )


def test_tag_without_a_hashtag_is_refused(remote: Cli, foreign: Foreign) -> None:
    said = "tickiti: Nothing to change: add --add TAG or --remove TAG.\n"
    assert remote("ticket", "tag", "5") == Ran(2, "", said)
    assert foreign.asked == []


def test_help_of_server_hides_act(run: Cli) -> None:
    assert "\n  act" not in run("server", "--help").stdout
    assert run("server", "act", "--help").code == 0
