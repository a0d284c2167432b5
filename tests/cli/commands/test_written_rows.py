"""The JSON of a write is the row as it is then: with its `id`, and as the list has it."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.cli import Cli, Ran

OF_LISTS = {"matches", "sorted_by", "members"}
"""What a list shows in words of its own."""

SMTP = ("--host", "h.example", "--security", "none")


def listed(local: Cli, noun: str, row_id: str) -> Any:
    rows = json.loads(local(noun, "list", "--json").stdout)
    row = next(row for row in rows if row["id"] == row_id)
    return {member: value for member, value in row.items() if member not in OF_LISTS}


def written(local: Cli, *words: str) -> dict[str, Any]:
    ran = local(*words, "--json")
    assert (ran.code, ran.stderr) == (0, ""), ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize(
    ("create", "edit"),
    [
        (("queue", "create", "NAME"), ("--track-resolutions",)),
        (("mailbox", "create", "NAME", "--address", "a@b.example", *SMTP), ("--port", "26")),
        (("perspective", "create", "NAME", "--condition", "status is open"), ("--shared",)),
        (("watchlist", "create", "NAME"), ("--icon", "shoe")),
        (("team", "create", "NAME"), ("--name", "NAME 2")),
        (("user", "create", "NAME", "NAME@b.example"), ("--admin",)),
        (("resolution", "create", "NAME"), ("--retired",)),
        (("escalation", "create", "--minutes", "5"), ("--repeat", "7")),
    ],
    ids=lambda words: words[0],
)
def test_row_of_a_write_is_the_row_of_the_list(
    local: Cli, create: tuple[str, ...], edit: tuple[str, ...]
) -> None:
    name, noun = f"w{uuid4().hex[:8]}", create[0]
    made = written(local, *(word.replace("NAME", name) for word in create))
    row = listed(local, noun, made["id"])
    assert {member: made.get(member) for member in row} == row
    assert "ok" not in made
    flags = [word.replace("NAME", name) for word in edit]
    edited = written(local, noun, "edit", made["id"], *flags)
    row = listed(local, noun, made["id"])
    assert {member: edited.get(member) for member in row} == row
    # The server is that of other tests too: mail would leave by the new mailbox.
    assert noun == "user" or local(noun, "delete", made["id"], "--yes").code == 0


def test_team_that_is_changed_has_its_members_of_then(local: Cli) -> None:
    name = f"w{uuid4().hex[:8]}"
    users = [local("user", "create", name, f"{n}{name}@b.example").stdout.strip() for n in "ab"]
    made = written(local, "team", "create", name, "--member", users[0])
    assert [member["id"] for member in made["members"]] == users[:1]
    edited = written(local, "team", "edit", name, "--member", users[1])
    assert [member["id"] for member in edited["members"]] == users[1:]


def test_watchlist_that_is_changed_has_its_tickets_of_then(local: Cli) -> None:
    opened = local("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").stdout.strip()
    watchlist = local("watchlist", "create", f"w{uuid4().hex[:8]}").stdout.strip()
    added = written(local, "watchlist", "add", watchlist, opened)
    assert len(added["ticket_ids"]) == 1
    assert added["ticket_numbers"] == [int(opened)]
    assert written(local, "watchlist", "remove", watchlist, opened)["ticket_ids"] == []


def test_what_does_not_exist_is_not_deleted_or_edited(local: Cli) -> None:
    unknown = Ran(
        6, "", "tickiti: There is no escalation rule 9999.\nSee: tickiti escalation list\n"
    )
    assert local("escalation", "delete", "9999", "--yes") == unknown
    assert local("escalation", "edit", "9999", "--minutes", "5") == unknown
    skill = f"w{uuid4().hex[:8]}"
    words = ("--title", "x", "--description", "x", "--instructions-file", "-")
    assert local("skill", "create", skill, *words, stdin="x").code == 0
    sentence = f"tickiti: There is no action 'find' of skill '{skill}'.\n"
    ran = local("skill", "action", "delete", skill, "find", "--yes")
    assert ran == Ran(6, "", f"{sentence}See: tickiti skill view {skill}\n")
