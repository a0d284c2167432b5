"""`tickiti ticket participants`, `delete`, `restore`, `merge`, `link`, `split`, `originator`."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply

COACH = "coach@trailblazers-club.example"


def create(run: Cli, sender: str = "a@b.example") -> str:
    ran = run("ticket", "create", "--from", sender, "-s", "Cracked", "-b", "x")
    assert ran.code == 0, ran.stderr
    return ran.stdout.strip()


def shown(run: Cli, number: str) -> Any:
    ran = run("ticket", "view", number, "--json")
    return json.loads(ran.stdout) if ran.code == 0 else run("ticket", "view", number).stderr


def people(run: Cli, number: str) -> list[str]:
    return [person["email"] for person in shown(run, number)["participants"]]


def test_participants_are_added_and_removed(local: Cli) -> None:
    number = create(local)
    words = ("ticket", "participants")
    assert local(*words, "add", f"#{number}", COACH, "-o", "table") == Ran(
        0, f"Added {COACH} to ticket {number}.\n", ""
    )
    assert COACH in people(local, number)
    assert local(*words, "remove", number, COACH) == Ran(0, f"{number}\n", "")
    assert COACH not in people(local, number)
    ran = local(*words, "remove", number, "a@b.example")
    assert (ran.code, ran.stdout) == (7, "")


def test_participants_is_a_group_with_help_of_its_own(run: Cli) -> None:
    shown_help = run("ticket", "participants", "--help")
    assert shown_help.code == 0
    assert "\n  add     Add participants to a ticket\n  remove  Remove" in shown_help.stdout
    ran = run("ticket", "participants", "delete", "5", COACH)
    assert (ran.code, ran.stdout) == (2, "")
    assert " participants/remove" in run("completion", "bash").stdout
    assert "\n    tickiti ticket participants remove\n" in run("man", "ticket").stdout


def test_delete_asks_first_and_restore_brings_back(local: Cli) -> None:
    number, other = create(local), create(local)
    assert local("ticket", "delete", number, other) == Ran(
        2, "", f"tickiti: Delete tickets {number}, {other}? Not a terminal: confirm with --yes.\n"
    )
    ran = local("ticket", "delete", number, f"#{other}", "--yes")
    assert ran == Ran(0, f"{number} {other}\n", "")
    assert (
        shown(local, number) == f"tickiti: Ticket {number} not found.\nSee: tickiti ticket list\n"
    )
    assert local("ticket", "restore", number, "-o", "table") == Ran(
        0, f"Restored ticket {number}.\n", ""
    )
    assert shown(local, number)["ticket"]["number"]
    assert local("ticket", "delete", number, "5", "-y").code == 6
    assert shown(local, number)["ticket"]["number"]


def test_delete_preview_shows_the_tickets_and_deletes_none(local: Cli) -> None:
    number = create(local, "spam@shoes.example")
    ran = local("ticket", "delete", "--raised-by", "spam@shoes.example", "--preview")
    assert ran == Ran(0, f"{number}\tCracked\topen\tInbox\tspam@shoes.example\n", "")
    assert shown(local, number)["ticket"]["number"]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "Give ticket numbers or --raised-by EMAIL."),
        (("5", "--raised-by", "a@b.example"), "Give ticket numbers or --raised-by EMAIL."),
        (("5", "--queue", "Inbox"), "--queue needs --raised-by EMAIL."),
    ],
)
def test_delete_without_one_selection_is_refused(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    assert remote("ticket", "delete", *flags, "-y") == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_delete_dry_run_sends_nothing(remote: Cli, foreign: Foreign) -> None:
    flags = ("--raised-by", "a@b.example", "--queue", "Sales", "-n")
    ran = remote("ticket", "delete", *flags)
    body = {"originator_email": "a@b.example", "queue": "Sales"}
    assert (ran.code, json.loads(ran.stdout)["body"], foreign.asked) == (0, body, [])


def test_merge_keeps_the_older_ticket(local: Cli) -> None:
    older, newer = create(local), create(local)
    ran = local("ticket", "merge", newer, older, "-y", "-o", "table")
    assert ran == Ran(0, f"Merged ticket {newer} into {older}.\n", "")
    assert older in shown(local, newer)
    assert local("ticket", "merge", older, newer, "-n").code == 0


def test_link_is_listed_until_it_is_ended(local: Cli) -> None:
    number, other = create(local), create(local)
    assert local("ticket", "link", number, other) == Ran(0, f"{number}\n", "")
    listed = local("ticket", "links", f"#{number}")
    assert listed == Ran(0, f"{other}\tCracked\topen\tfalse\n", "")
    assert local("ticket", "unlink", number, other, "-o", "table") == Ran(
        0, f"Unlinked tickets {number} and {other}.\n", ""
    )
    assert local("ticket", "links", number, "-o", "table") == Ran(0, "", "No linked tickets.\n")


def test_split_opens_a_ticket_with_the_responses(local: Cli) -> None:
    number = create(local)
    answer = ("ticket", "respond", number, "--from", "a@b.example", "-b", "Another shoe.")
    response = local(*answer).stdout.strip()
    flags = ("--response", response, "-s", "The other shoe", "--queue", "Sales")
    ran = local("ticket", "split", *flags)
    assert (ran.code, ran.stderr) == (0, "")
    found = shown(local, ran.stdout.strip())
    assert (found["ticket"]["subject"], found["ticket"]["queue_name"]) == (
        "The other shoe", "Sales",
    )  # fmt: skip
    (linked,) = json.loads(local("ticket", "links", number, "--json").stdout)
    assert linked["is_clone"] is True


def test_originator_is_changed_and_stays_a_participant(local: Cli) -> None:
    number = create(local)
    assert local("ticket", "originator", number, COACH) == Ran(0, f"{number}\n", "")
    assert shown(local, number)["ticket"]["originator_email"] == COACH
    assert "a@b.example" in people(local, number)


@pytest.mark.parametrize(
    "command",
    [
        ("participants", "add", "5", COACH), ("delete", "5", "-y"), ("restore", "5"),
        ("merge", "5", "6", "-y"), ("link", "5", "6"), ("unlink", "5", "6"), ("links", "5"),
        ("split", "--response", "1", "-s", "x"), ("originator", "5", COACH),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_operation_on_an_older_install_ends_with_15(
    remote: Cli, foreign: Foreign, command: tuple[str, ...]
) -> None:
    foreign.answers(failure(404, "not_found"))
    ran = remote("ticket", *command)
    assert ran.code == 15
    assert ran.stderr.startswith("tickiti: This server is older than October 2026: no /api/v1/")
    foreign.answers(reply({"ok": True, "data": {}}))
    assert remote("ticket", *command).code in (0, 7)


@pytest.mark.parametrize(("verb", "done"), [("merge", "merged with"), ("link", "linked to")])
def test_one_ticket_in_place_of_two_is_refused_in_words(local: Cli, verb: str, done: str) -> None:
    made = local("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    number = made.stdout.strip()
    ran = local("ticket", verb, number, number, *(("--yes",) if verb == "merge" else ()))
    assert ran == Ran(7, "", f"tickiti: A ticket cannot be {done} itself.\n")
