# ruff: noqa: E501 - a table reads best with a case a line
"""`tickiti perspective`: saved views are made, used, changed and deleted."""

import json
from typing import Any
from uuid import uuid4

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_server.api.search.perspective_fields import FIELDS
from tickiti_server.store.search.orders import SORTED_BY


def opened(local: Cli, subject: str, *flags: str) -> str:
    made = local("ticket", "create", "--from", "a@b.example", "-s", subject, "-b", "x", *flags)
    return made.stdout.strip()


def listed(local: Cli, *flags: str) -> list[str]:
    ran = local("ticket", "list", *flags, "--fields", "number")
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout.splitlines()


def row_of(local: Cli, name: str) -> Any:
    rows = json.loads(local("perspective", "list", "--json").stdout)
    return next((row for row in rows if row["name"] == name), None)


def test_a_perspective_is_made_used_changed_and_deleted(local: Cli) -> None:
    mark = uuid4().hex
    low, high = opened(local, f"{mark} a", "--queue", "Sales"), opened(local, f"{mark} b")
    assert local("server", "act", high, "--priority", "high").code == 0
    name = f"View {mark}"
    made = local(
        "perspective", "create", name, "--condition", f"subject contains {mark.upper()}",
        "--condition", "status IS  not closed", "--order", "priority", "--shared",
        "--description", "Ours",
    )  # fmt: skip
    row = row_of(local, name)
    assert made == Ran(0, f"{row['id']}\n", "")
    assert (row["shared"], row["description"], row["owner"]) == (True, "Ours", "system@localhost")
    line = f"{row['id']}\t{name}\ttrue\tsystem@localhost\tsubject contains {mark.upper()}; "
    line += "status is not closed\tpriority\n"
    assert line in local("perspective", "list").stdout
    assert listed(local, "--perspective", name) == [low, high]
    assert listed(local, "--perspective", row["id"], "--queue", "sales") == [low]
    ran = local("perspective", "edit", name, "--order", "priority:desc", "--order", "queue")
    assert ran == Ran(0, f"{row['id']}\n", "")
    assert listed(local, "--perspective", name) == [high, low]
    assert local("server", "act", high, "--close").code == 0
    assert listed(local, "--perspective", name) == [low]
    edited = local(
        "perspective", "edit", row["id"], "--name", f"{name} b", "--condition",
        f"subject contains {mark}", "--no-orders", "--personal", "--json",
    )  # fmt: skip
    row = row_of(local, f"{name} b")
    expected = {key: value for key, value in row.items() if key not in ("matches", "sorted_by")}
    assert json.loads(edited.stdout) == expected
    assert (row["orders"], row["shared"], row["description"]) == ([], False, "Ours")
    assert listed(local, "--perspective", f"{name} b") == [high, low]
    deleted = local("perspective", "delete", f"{name} b", "--yes")
    assert deleted == Ran(0, f"{row['id']}\n", "")
    assert row_of(local, f"{name} b") is None


def test_a_write_says_what_it_did_on_a_terminal(local: Cli) -> None:
    name = f"V{uuid4().hex}"
    assert (
        local.on_terminal("perspective", "create", name).stdout
        == f"Created perspective '{name}'.\n"
    )
    edited = local.on_terminal("perspective", "edit", name, "--no-conditions")
    assert edited.stdout == f"Updated perspective '{name}'.\n"
    gone = local.on_terminal("perspective", "delete", name, asked='Type "yes"', typed="yes\n")
    assert gone.stdout.endswith(f"Deleted perspective '{name}'.\n")


CONDITION = "is not FIELD is|is not|contains VALUE, such as 'status is open'."
ORDER = "is not FIELD, FIELD:asc or FIELD:desc, such as priority:desc."


BAD: list[tuple[tuple[str, ...], int, str]] = [
    (("create", "x", "--condition", "status"), 2, f"--condition: 'status' {CONDITION}"),
    (("create", "x", "--condition", "status=open"), 2, f"--condition: 'status=open' {CONDITION}"),
    (("create", "x", "--condition", "status is "), 2, f"--condition: 'status is ' {CONDITION}"),
    (("create", "x", "--order", "priority:down"), 2, f"--order: 'priority:down' {ORDER}"),
    (("create", "x", "--order", ":desc"), 2, f"--order: ':desc' {ORDER}"),
    (("create", "x", "--condition", "status is opened"), 7,
     "--condition 'opened' must be a status: open, on-hold or closed."),
    (("create", "x", "--condition", "colour is red"), 7,
     "--condition: There is no field 'colour'; use one of subject, content, status, priority, queue, assigned, raised, participant, hashtag, watchlist, ticket_number."),
    (("create", "All"), 7, "Perspective 'All' already exists."),
    (("edit", "All"), 2,
     "Nothing to change: add --condition, --order, --name or another flag."),
    (("edit", "All", "--condition", "status is open", "--no-conditions"), 2,
     "Give --condition or --no-conditions, not both."),
    (("edit", "All", "--order", "queue", "--no-orders"), 2,
     "Give --order or --no-orders, not both."),
    (("edit", "All", "--name", "Everything"), 7,
     "The perspective 'All' is built in and stays as it is."),
    (("edit", "Nowhere", "--name", "x"), 6,
     "There is no perspective 'Nowhere'.\nSee: tickiti perspective list"),
    (("delete", "All", "-y"), 7, "The perspective 'All' is built in and stays as it is."),
    (("delete", "All"), 2, "Delete perspective 'All'? Not a terminal: confirm with --yes."),
]  # fmt: skip


def test_bad_input_is_named_and_nothing_is_changed(local: Cli) -> None:
    for flags, code, sentence in BAD:
        assert local("perspective", *flags) == Ran(code, "", f"tickiti: {sentence}\n")
    assert (row_of(local, "x"), row_of(local, "All")["conditions"]) == (None, [])


def test_an_unknown_perspective_is_named_when_tickets_are_listed(local: Cli) -> None:
    ran = local("ticket", "list", "--perspective", "Nowhere")
    told = (
        "tickiti: --perspective: Perspective 'Nowhere' not found.\nSee: tickiti perspective list\n"
    )
    assert ran == Ran(7, "", told)


def test_personal_perspective_precedes_a_shared_namesake(remote: Cli, foreign: Foreign) -> None:
    """Conditions of a vendor's install may have any shape; they are not ours to judge."""
    rows = [
        {"id": "7", "name": "Mine", "shared": True, "conditions": {"all": []}},
        {"id": "8", "name": "Mine", "shared": False, "conditions": ["x"], "orders": None},
    ]
    foreign.answers(reply({"perspectives": rows}), reply({"ok": True}))
    assert remote("perspective", "edit", "Mine", "--name", "Ours").code == 0
    assert json.loads(foreign.asked[1].body) == {"perspective_id": "8", "name": "Ours"}
    foreign.answers(reply({"perspectives": rows}))
    ran = remote("perspective", "list")
    assert ran == Ran(0, "7\tMine\ttrue\t\t\t\n8\tMine\tfalse\t\t\t\n", "")


def test_the_help_names_every_field(run: Cli) -> None:
    words = " ".join(run("perspective", "create", "--help").stdout.split())
    assert f"Condition fields: {', '.join(FIELDS)}." in words
    assert {*words.partition("Sort fields: ")[2].partition(".")[0].split(", ")} == {*SORTED_BY}
