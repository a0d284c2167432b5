"""`tickiti response view`, `edit`, `delete`, `move`, `copy`, and the new filters of `query`."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
ERIN = "erin@trailblazers-club.example"


@pytest.fixture
def number(local: Cli) -> str:
    return local(*CREATE).stdout.strip()


@pytest.fixture
def response(local: Cli, number: str) -> str:
    """The id of a note that a member of staff wrote."""
    erin = {"name": "Erin", "email": ERIN, "is_staff": True, "is_admin": False}
    body = json.dumps({**erin, "tonic_notifications": False})
    local("api", "administration.users.create", "--input", "-", stdin=body)
    ran = local("ticket", "note", number, "-b", "At mile 14", "--from", ERIN)
    assert ran.code == 0, ran.stderr
    return ran.stdout.strip()


def shown(run: Cli, response: str) -> Any:
    return json.loads(run("response", "view", response, "--json").stdout)


def test_view_shows_a_response_and_its_ticket(local: Cli, number: str, response: str) -> None:
    found = shown(local, response)
    assert (str(found["ticket_number"]), found["plain_text"]) == (number, "At mile 14")
    moment = found["created_at"]
    ran = local("response", "view", response)
    assert ran == Ran(0, f"{response}\t{number}\t{moment}\t{ERIN}\ttrue\tAt mile 14\n", "")
    assert local("response", "view", "999999").code == 6


def test_edit_replaces_text_and_publishes(local: Cli, response: str) -> None:
    ran = local("response", "edit", response, "--replace", "mile=kilometre", "--replace", "14=22")
    assert ran == Ran(0, f"{response}\n", "")
    assert shown(local, response)["plain_text"] == "At kilometre 22"
    ran = local("response", "edit", response, "-b", "a < b", "--public", "-o", "table")
    assert ran == Ran(0, f"Updated response {response}.\n", "")
    found = shown(local, response)
    assert (found["html"], found["is_internal"]) == ("a &lt; b", False)


def test_edit_replaces_every_occurrence_after_the_single_ones(local: Cli, response: str) -> None:
    local("response", "edit", response, "-b", "a a a b")
    assert local("response", "edit", response, "--replace", "a=x").code == 7
    flags = ("--replace-all", "a=c", "--replace", "b=a")
    assert local("response", "edit", response, *flags) == Ran(0, f"{response}\n", "")
    assert shown(local, response)["plain_text"] == "c c c c"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "Nothing to change: add --body TEXT, --replace OLD=NEW, --public or --internal."),
        (
            ("--notify",),
            "Nothing to change: add --body TEXT, --replace OLD=NEW, --public or --internal.",
        ),
        (("--replace", "x"), "--replace: 'x' is not OLD=NEW, such as mile=kilometre."),
        (("--replace-all", "=x"), "--replace-all: '=x' is not OLD=NEW, such as mile=kilometre."),
        (
            ("--replace", "x=y", "-b", "z"),
            "Give --replace or a new body, not both.",
        ),
    ],
)
def test_edit_without_one_change_is_refused(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    assert remote("response", "edit", "1", *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_delete_asks_first(local: Cli, response: str) -> None:
    ran = local("response", "delete", response)
    assert (ran.code, ran.stdout) == (2, "")
    assert local("response", "delete", response, "-y") == Ran(0, f"{response}\n", "")
    assert local("response", "view", response).code == 6


def test_move_and_copy_print_the_new_ids(local: Cli, number: str, response: str) -> None:
    other = local(*CREATE).stdout.strip()
    copied = local("response", "copy", response, "--to", f"#{other}")
    assert copied.code == 0, copied.stderr
    assert str(shown(local, copied.stdout.strip())["ticket_number"]) == other
    moved = local("response", "move", response, "--to", other, "-o", "table")
    assert moved == Ran(0, f"Moved 1 response to ticket {other}.\n", "")
    assert local("response", "view", response).code == 6


def test_filters_of_query_find_by_author_id_and_files(
    local: Cli, number: str, response: str
) -> None:
    query = ("response", "query", "--ticket", number, "--fields", "id")
    assert local(*query, "--by", ERIN).stdout == f"{response}\n"
    assert local(*query, "--id", response).stdout == f"{response}\n"
    assert local(*query, "--with-attachments").stdout == ""
    assert response in local(*query, "--without-attachments").stdout
    assert local(*query, "--empty").stdout == ""
    plain = local("response", "query", "--id", response, "--metadata-only").stdout
    assert "mile" not in plain


def test_query_counts_all_or_by_group(local: Cli, number: str, response: str) -> None:
    query = ("response", "query", "--ticket", number)
    assert local(*query, "--count") == Ran(0, "2\n", "")
    assert json.loads(local(*query, "--count", "--json").stdout) == {"count": 2}
    grouped = local(*query, "--group-by", "created_by_email").stdout.splitlines()
    assert f"{ERIN}\t1" in grouped
    assert local(*query, "--count", "--group-by", "day") == Ran(
        2, "", "tickiti: Give --count or --group-by, not both.\n"
    )


def test_export_takes_the_filters(local: Cli, number: str, response: str) -> None:
    export = ("response", "export", "--ticket", number, "--by", ERIN, "--metadata-only")
    ran = local(*export, "--out", "-")
    assert ran.code == 0, ran.stderr
    (row,) = [json.loads(line) for line in ran.stdout.splitlines()]
    assert str(row["id"]) == response


@pytest.mark.parametrize(
    "command",
    [
        ("view", "1"), ("edit", "1", "-b", "x"), ("delete", "1", "-y"),
        ("move", "1", "--to", "5"), ("copy", "1", "--to", "5"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_response_command_on_an_older_install_ends_with_15(
    remote: Cli, foreign: Foreign, command: tuple[str, ...]
) -> None:
    foreign.answers(failure(404, "not_found"))
    assert remote("response", *command).code == 15
    foreign.answers(reply({"ok": True, "data": {}}))
    assert remote("response", *command).code in (0, 7)
