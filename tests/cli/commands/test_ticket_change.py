"""`tickiti ticket close`, `reopen`, `assign`, `hold`, `move`, `note`: one ticket and several."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply

ANNA = ("--from", "anna@sole-trader.example")
ERIN = "erin@trailblazers-club.example"
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
OWNER = {"ok": True, "data": {"owner": {"email": ERIN}}}
RESPONDED = {"ok": True, "data": {"ticket_id": 1, "response_id": 42, "reopened": False}}
UNKNOWN_OWNER = (
    "tickiti: Missing author: add --from EMAIL.\n"
    "This server does not name the token's owner. Set a default author with: "
    "tickiti config set profiles.far.from EMAIL\n"
)


@pytest.fixture
def number(local: Cli) -> str:
    return local(*CREATE).stdout.strip()


def status(run: Cli, number: str) -> Any:
    return json.loads(run("ticket", "view", number, "--json").stdout)["ticket"]


def sent(foreign: Foreign) -> list[tuple[str, Any]]:
    return [(asked.line.split()[1], json.loads(asked.body)) for asked in foreign.asked]


def test_close_closes_a_ticket_and_prints_its_number(local: Cli, number: str) -> None:
    assert local("ticket", "close", f"#{number}") == Ran(0, f"{number}\n", "")
    assert status(local, number)["status"] == "closed"
    assert local("ticket", "close", number, "-o", "table") == Ran(
        0, f"Closed ticket {number}.\n", ""
    )


def test_reopen_hold_and_move_change_the_ticket(local: Cli, number: str) -> None:
    hold = local("ticket", "hold", number, "--until", "2030-12-31", *ANNA, "-o", "table")
    assert hold == Ran(0, f"Put ticket {number} on hold until 2030-12-31.\n", "")
    assert status(local, number)["on_hold_until"] == "2030-12-31"
    assert local("ticket", "reopen", number, *ANNA) == Ran(0, f"{number}\n", "")
    assert local("ticket", "move", number, "Sales", *ANNA) == Ran(0, f"{number}\n", "")
    found = status(local, number)
    assert (found["status"], found["on_hold_until"], found["queue_name"]) == ("open", None, "Sales")


def test_note_is_internal_and_prints_the_response(local: Cli, number: str) -> None:
    local("ticket", "close", number)
    ran = local("ticket", "note", number, "-b", "He called.", *ANNA)
    (response,) = json.loads(
        local("response", "query", "--ticket", number, "--internal", "--json").stdout
    )[-1:]
    assert ran == Ran(0, f"{response['id']}\n", "")
    assert (response["plain_text"], response["created_by_email"]) == ("He called.", ANNA[1])
    assert status(local, number)["status"] == "closed"


def test_refusal_of_a_single_ticket_is_its_own_error(local: Cli, number: str) -> None:
    ran = local("ticket", "close", "5")
    assert ran == Ran(6, "", "tickiti: Ticket 5 not found.\nSee: tickiti ticket list\n")
    ran = local("ticket", "move", number, "Nowhere", *ANNA)
    assert (ran.code, ran.stdout) == (7, "")


def test_close_of_several_reports_each_and_ends_with_12(local: Cli, number: str) -> None:
    ran = local("ticket", "close", number, "5", f"#{number}", "--idempotency-key", "tidy")
    done = f"{number}\tdone\t{_audit(local, number)}\t\n"
    assert ran.stdout == f"{done}5\tfailed\t\tTicket 5 not found.\n"
    assert ran.code == 12
    assert ran.stderr == (
        "tickiti: 1 of 2 tickets done, 1 failed.\n"
        "Correct the command, and name only tickets that are not done.\n"
    )


def _audit(run: Cli, number: str) -> str:
    rows = json.loads(run("response", "list", number, "--json").stdout)
    return str(next(row["id"] for row in rows if row["is_audit_only"]))


def test_close_repeated_with_its_key_sends_nothing_twice(local: Cli, number: str) -> None:
    other = local(*CREATE).stdout.strip()
    command = ("ticket", "note", number, other, "-b", "x", *ANNA, "--idempotency-key", number)
    first = json.loads(local(*command, "--json").stdout)
    second = json.loads(local(*command, "--json").stdout)
    assert [row["response_id"] for row in first] == [row["response_id"] for row in second]
    assert [row["replayed"] for row in (*first, *second)] == [False, False, True, True]
    assert len({row["idempotency_key"] for row in first}) == 2


def test_numbers_come_from_stdin(local: Cli, number: str) -> None:
    ran = local(
        "ticket",
        "close",
        "-",
        stdin=f"#{number}\n\n",
    )
    assert ran == Ran(0, f"{number}\tdone\t{_audit(local, number)}\t\n", "")
    assert local("ticket", "close", "-", "-q", "--again", stdin=number) == Ran(0, "", "")
    assert local("ticket", "close", "-", "-o", "table") == Ran(0, "", "No tickets.\n")
    assert local("ticket", "close", "-", "5") == Ran(
        2, "", "tickiti: Give ticket numbers, or - to read them from stdin.\n"
    )


def test_error_that_concerns_every_ticket_ends_the_command(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(401, "unauthenticated"))
    ran = remote("ticket", "close", "5", "6")
    assert (ran.code, len(foreign.asked)) == (4, 1)
    assert ran.stdout == "5\tfailed\t\tNo.\n"


def test_dry_run_of_several_shows_each_request(remote: Cli, foreign: Foreign) -> None:
    ran = remote("ticket", "close", "5", "#6", "-n")
    assert [row["body"] for row in json.loads(ran.stdout)] == [
        {"ticket_number": 5}, {"ticket_number": 6},
    ]  # fmt: skip
    assert remote("ticket", "close", "5", "6", "--print-curl").stdout.count("curl -X POST") == 2
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (("close", "5"), {}),
        (
            ("close", "5", "-b", "x", "--internal", "--resolved", "3", "--queue", "Sales"),
            {"resolved": "3", "queue": "Sales", "content": "x", "is_internal": True},
        ),
        (("close", "5", *ANNA, "-s", "y"), {"from_email": ANNA[1], "subject": "y"}),
    ],
)
def test_flags_of_close_fill_the_request(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], body: Any
) -> None:
    foreign.answers(reply(RESPONDED))
    assert remote("ticket", *command) == Ran(0, "5\n", "")
    assert sent(foreign) == [("/api/v1/tickets/close", {"ticket_number": 5, **body})]


@pytest.mark.parametrize(
    ("given", "taken"),
    [(ERIN, ERIN), ("team:3", "team:3"), ("nobody", "Unassigned"), ("@me", ERIN)],
)
def test_assign_takes_the_words_of_people(
    remote: Cli, foreign: Foreign, given: str, taken: str
) -> None:
    foreign.answers(*([reply(OWNER)] if given == "@me" else []), reply(RESPONDED))
    assert remote("ticket", "assign", "5", given, *ANNA) == Ran(0, "5\n", "")
    assert sent(foreign)[-1] == (
        "/api/v1/tickets/respond",
        {"ticket_number": 5, "from_email": ANNA[1], "assigned_to_email": taken},
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("assign", "5", ERIN), f"Assigned ticket 5 to {ERIN}."),
        (("assign", "5", "nobody"), "Unassigned ticket 5."),
        (("move", "5", "Sales"), "Moved ticket 5 to queue Sales."),
        (("note", "5", "-b", "He called."), "Added an internal note to ticket 5."),
        (("reopen", "5"), "Reopened ticket 5."),
    ],
)
def test_a_changed_ticket_is_reported_as_a_sentence(
    remote: Cli, foreign: Foreign, words: tuple[str, ...], sentence: str
) -> None:
    foreign.answers(reply(RESPONDED))
    ran = remote("ticket", *words, *ANNA, "-o", "table")
    assert ran == Ran(0, f"{sentence}\n", "")


def test_author_is_the_profiles_sender_else_the_token_owner(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply(OWNER), reply(RESPONDED))
    assert remote("ticket", "reopen", "5").code == 0
    assert sent(foreign)[0] == ("/api/v1/token", {})
    assert sent(foreign)[1][1]["from_email"] == ERIN
    assert remote("config", "set", "profiles.far.from", "a@b.example").code == 0
    assert remote("ticket", "reopen", "5").code == 0
    assert sent(foreign)[2][1]["from_email"] == "a@b.example"
    assert remote("ticket", "close", "5").code == 0
    assert sent(foreign)[3][1]["from_email"] == "a@b.example"


@pytest.mark.parametrize(
    "answer", [failure(404, "not_found"), failure(501, "not_implemented"), reply(RESPONDED)]
)
def test_unknown_author_is_an_error_that_names_from(
    remote: Cli, foreign: Foreign, answer: bytes
) -> None:
    foreign.answers(answer)
    assert remote("ticket", "reopen", "5") == Ran(2, "", UNKNOWN_OWNER)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply({"message": "The route api/v1/tickets/close could not be found."}, status=404), 15),
        (failure(404, "not_found"), 15),
        (failure(404, "ticket_not_found"), 6),
        (reply({"ok": False, "error": "ticket_not_found", "message": "No."}, status=404), 6),
    ],
)
def test_install_from_before_october_ends_with_15(
    remote: Cli, foreign: Foreign, answer: bytes, code: int
) -> None:
    foreign.answers(answer)
    ran = remote("ticket", "close", "5")
    assert ran.code == code
    if code == 15:
        assert ran.stderr == (
            "tickiti: This server is older than October 2026: no /api/v1/tickets/close.\n"
        )
