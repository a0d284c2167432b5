"""An error about a thing that does not exist names the command that lists what exists."""

import re
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.commands import LEAVES
from tickiti_cli import errors, suggest
from tickiti_cli.contract.errors import BY_CODE, AssigneeNotFound, NotFound

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
SKILL = ("skill", "create", "x", "--title", "x", "--triggers", "x", "--description", "x",
         "--instructions-file", "-")  # fmt: skip
STAFF = "staff list, or tickiti team list"

MISSING = [
    ((*CREATE, "--queue", "nosuch"), "queue list"),
    ((*CREATE, "--assign", "team:999"), STAFF),
    (("ticket", "create", "--from", "a@b.example", "--template", "nosuch"), "template list"),
    (("ticket", "create", "--from", "a@b.example", "--intervention", "nosuch", "--uid", "1"),
     "intervention list"),
    (("ticket", "view", "999999999"), "ticket list"),
    (("ticket", "list", "--perspective", "nosuch"), "perspective list"),
    (("response", "view", "999999999"), "response list NUMBER"),
    (("attachment", "get", "NUMBER", "999999999"), "attachment list NUMBER"),
    (("ticket", "close", "NUMBER", "--resolved", "nosuch"), "resolution list"),
    (("ticket", "move", "NUMBER", "nosuch"), "queue list"),
    (("ticket", "assign", "NUMBER", "nosuch@b.example"), STAFF),
    (("email", "send", "--to", "a@b.example", "-s", "x", "-b", "y", "--mailbox", "nosuch"),
     "mailbox list"),
    (("template", "render", "nosuch"), "template list"),
    (("template", "view", "nosuch"), "template list"),
    (("watchlist", "delete", "nosuch", "--yes"), "watchlist list"),
    (("outbox", "view", "nosuch"), "outbox list"),
    (("callback", "view", "nosuch"), "callback list"),
    (("callback", "trigger", "nosuch"), "intervention list"),
    (("skill", "view", "nosuch"), "skill list"),
    ((*SKILL, "--parent", "nosuch"), "skill list"),
    ((*SKILL, "--citation", "nosuch"), "stock-response list"),
    (("token", "mint", "--name", "x", "--preset", "filer", "--user", "nosuch@b.example"),
     "staff list"),
    (("server", "requests", "view", "nosuch"), "server requests list"),
    (("api", "settings.stock_responses.show", "-F", "template_id=999999999"),
     "stock-response list"),
    (("alias", "delete", "nosuch"), "alias list"),
    (("op", "view", "nosuch"), "op list"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "listing"), MISSING, ids=[" ".join(one[0]) for one in MISSING])
def test_an_unknown_name_is_answered_with_the_list_command(
    local: Cli, words: tuple[str, ...], listing: str
) -> None:
    number = local(*CREATE).stdout.strip() if "NUMBER" in words else ""
    ran = local(*(number if word == "NUMBER" else word for word in words), stdin="text")
    assert ran.stderr.splitlines()[1] == f"See: tickiti {listing}"


def test_a_merged_ticket_is_answered_with_its_survivor(local: Cli) -> None:
    older, newer = (local(*CREATE).stdout.strip() for _ in range(2))
    assert local("ticket", "merge", newer, older, "--yes").code == 0
    ran = local("ticket", "view", newer)
    said = f"tickiti: Ticket {newer} not found: it was merged into ticket {older}."
    assert ran.stderr.splitlines() == [said, f"See: tickiti ticket view {older}"]


def test_every_error_of_a_missing_thing_has_a_list_command() -> None:
    codes = {code for code in BY_CODE if code.endswith("_not_found")} - {NotFound.code}
    assert codes == {*suggest._BY_CODE, AssigneeNotFound.code}


def test_each_list_command_exists() -> None:
    tables = (suggest._BY_CODE, suggest._BY_FAMILY, suggest._BY_FIELD)
    named = {name for table in tables for name in table.values()}
    named |= set(re.findall(r"tickiti ([a-z -]+ list)", Path(errors.__file__).read_text()))
    assert {name.removesuffix(" NUMBER") for name in named} <= {
        " ".join(path) for path, _ in LEAVES
    }
