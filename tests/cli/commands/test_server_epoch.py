"""What was sent before a reset of a test server does not count afterwards: files and operations."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.jobs import write_csv
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14.")
ROWS = [("a@b.example", "One", "b"), ("a@b.example", "Two", "b")]
RESULT_LOST = ("server", "fault", "add", "--route", "/api/*", "--commit-then-drop")
ONCE = ("--retries", "0", "-q")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    found = Cli(tmp_path_factory.mktemp("epoch"))
    assert found("server", "start", "--port", "0", "--detach", "--test", "--memory").code == 0
    yield found
    found("server", "stop")


@pytest.fixture
def cli(server: Cli) -> Cli:
    for operation in states(server):
        server("op", "forget", operation, "-y")
    server("server", "reset")
    return server


def states(cli: Cli, *flags: str) -> dict[str, str]:
    """The state of each operation in the journal."""
    return {
        row["id"]: row["state"] for row in json.loads(cli("op", "list", *flags, "--json").stdout)
    }


def numbers(cli: Cli) -> str:
    return cli("ticket", "list", "--sort", "number", "--fields", "number").stdout


def lose_a_reply(cli: Cli) -> str:
    """The operation of a ticket that was created, and whose reply never arrived."""
    assert cli(*RESULT_LOST).code == 0
    assert cli(*CREATE, *ONCE).code == 11
    cli("server", "fault", "clear")
    (operation,) = states(cli, "--pending")
    return operation


def test_a_file_is_sent_again_after_a_reset(cli: Cli, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "t.csv", ROWS)
    assert cli("ticket", "import", file) == Ran(0, "2\n", "")
    assert cli("ticket", "import", file).code == 8
    cli("server", "reset")
    assert cli("ticket", "import", file) == Ran(0, "2\n", "")
    assert numbers(cli) == "220009\n220010\n"
    assert cli("ticket", "import", file).code == 8


def test_a_file_is_sent_again_after_a_snapshot_is_loaded(cli: Cli, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "t.csv", ROWS)
    cli("server", "snapshot", "save", "empty")
    assert cli("ticket", "import", file).code == 0
    cli("server", "snapshot", "load", "empty")
    assert cli("ticket", "import", file) == Ran(0, "2\n", "")


def test_an_import_that_a_reset_cuts_in_two_fails(cli: Cli, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "t.csv", [("a@b.example", f"Row {row}", "b") for row in range(40)])
    slow = ("server", "fault", "add", "--route", "/api/*create*", "--delay", "0.1")
    assert cli(*slow).code == 0
    importing = cli.start("ticket", "import", file, "--jobs", "1")
    wait_until(lambda: numbers(cli) != "", importing)
    assert cli("server", "reset").code == 0
    out, said = importing.communicate(timeout=60)
    assert (importing.returncode, out) == (12, b"")
    assert b"was reset, or a snapshot loaded, while the lines were sent" in said
    assert cli("server", "reset").code == 0
    assert cli("ticket", "import", file) == Ran(0, "40\n", "")
    assert len(numbers(cli).splitlines()) == 40


def test_an_unfinished_file_begins_again_after_a_reset(cli: Cli, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "t.csv", [*ROWS, ("a@b.example", "", "b")])
    assert cli("ticket", "import", file).code == 12
    continued = json.loads(cli("ticket", "import", file, "--json").stderr.splitlines()[-1])
    assert "2 skipped" in continued["error"]["message"]
    cli("server", "reset")
    begun = json.loads(cli("ticket", "import", file, "--json").stderr.splitlines()[-1])
    assert "2 done" in begun["error"]["message"]
    assert numbers(cli) == "220009\n220010\n"


def test_the_same_list_of_tickets_is_done_again_after_a_reset(cli: Cli) -> None:
    for _ in range(2):
        cli("server", "reset")
        assert [cli(*CREATE).stdout for _ in range(2)] == ["220009\n", "220010\n"]
        done = ("ticket", "note", "-", "-b", "Seen.")
        assert cli(*done, stdin="220009\n220010\n").code == 0
        assert cli(*done, stdin="220009\n220010\n").code == 8


def test_a_pending_operation_from_before_a_reset_is_not_sent(cli: Cli) -> None:
    operation = lose_a_reply(cli)
    cli("server", "reset")
    assert states(cli, "--pending") == {}
    assert states(cli) == {operation: "reset"}
    ran = cli("op", "resume", operation, "--json")
    assert (ran.code, json.loads(ran.stdout)["state"]) == (0, "reset")
    assert numbers(cli) == ""
    assert cli("op", "resume", "--all-pending") == Ran(0, "", "")


def test_all_pending_operations_from_before_a_reset_are_closed(cli: Cli) -> None:
    operation = lose_a_reply(cli)
    cli("server", "reset")
    ran = cli("op", "resume", "--all-pending", "--json")
    assert [(row["id"], row["state"]) for row in json.loads(ran.stdout)] == [(operation, "reset")]
    assert numbers(cli) == ""


def test_an_operation_of_the_present_epoch_is_resumed(cli: Cli) -> None:
    """One that began in the very second of the reset."""
    operation = lose_a_reply(cli)
    assert states(cli, "--pending") == {operation: "pending"}
    assert cli("op", "resume", operation).code == 0
    assert states(cli) == {operation: "applied"}
    assert numbers(cli) == "220009\n"


def test_an_operation_of_a_rotated_token_is_not_sent_after_a_reset(cli: Cli) -> None:
    operation = lose_a_reply(cli)
    assert cli("token", "rotate", "--self", "--install", "profile:local").code == 0
    cli("server", "reset")
    assert json.loads(cli("op", "resume", operation, "--json").stdout)["state"] == "reset"
    assert numbers(cli) == ""


def test_an_operation_of_another_server_stays_pending(run: Cli) -> None:
    """A younger test server that has taken over the profile says nothing of the older one."""
    start = ("server", "start", "--test", "--port", "0", "--detach")
    assert run(*start, "--db", "first.db").code == 0
    operation = lose_a_reply(run)
    assert run("server", "stop").code == 0
    assert run(*start, "--memory").code == 0
    assert states(run, "--pending") == {operation: "pending"}
    assert run("op", "resume", operation).code == 2
    assert states(run, "--pending") == {operation: "pending"}
    assert run("server", "stop").code == 0
    assert run(*start, "--db", "first.db").code == 0
    assert run("op", "resume", operation).code == 0
    assert (states(run), numbers(run)) == ({operation: "applied"}, "220009\n")
    assert run("server", "stop").code == 0


def test_a_moved_clock_does_not_make_an_operation_one_of_another_epoch(cli: Cli) -> None:
    cli("server", "clock", "advance", "5d")
    cli("server", "reset")
    cli("server", "clock", "advance", "5d")
    operation = lose_a_reply(cli)
    assert states(cli, "--pending") == {operation: "pending"}


def test_an_operation_from_before_a_reset_is_not_pending_anywhere(cli: Cli) -> None:
    """Neither in status nor in doctor, nor before the token changes."""
    operation = lose_a_reply(cli)
    rotate = ("token", "rotate", "--self", "--install", "profile:local")
    assert pending(cli) == 1
    assert journal_check(cli)["state"] == "warn"
    assert operation in cli(*rotate).stderr
    cli("server", "reset")
    assert pending(cli) == 0
    assert journal_check(cli) == {
        "name": "journal",
        "state": "ok",
        "detail": "No pending operations. Sent before a reset: 1.",
        "advice": "",
    }
    for command in (rotate, ("profile", "show"), ("profile", "use", "local")):
        ran = cli(*command)
        assert (ran.code, operation in ran.stderr) == (0, False)
    assert states(cli) == {operation: "reset"}


def test_an_operation_of_this_epoch_counts_beside_one_from_before_a_reset(cli: Cli) -> None:
    lose_a_reply(cli)
    cli("server", "reset")
    operation = lose_a_reply(cli)
    assert pending(cli) == 1
    found = journal_check(cli)
    assert (found["state"], found["detail"][:22]) == ("warn", "Pending operations: 1,")
    assert cli("profile", "rename", "local", "other").code == 13
    assert cli("op", "resume", operation).code == 0


def test_a_profile_with_operations_from_before_a_reset_is_renamed(cli: Cli) -> None:
    lose_a_reply(cli)
    assert cli("profile", "rename", "local", "other").code == 13
    cli("server", "reset")
    assert cli("profile", "rename", "local", "other").code == 0
    assert cli("profile", "rename", "other", "local").code == 0


def test_a_write_like_one_from_before_a_reset_warns_of_nothing(cli: Cli) -> None:
    operation = lose_a_reply(cli)
    assert f"op resume {operation}" in cli(*CREATE).stderr
    cli("server", "reset")
    assert cli(*CREATE) == Ran(0, "220009\n", "")
    assert states(cli)[operation] == "reset"


def test_a_key_from_before_a_reset_begins_a_new_operation(cli: Cli) -> None:
    key = ("--idempotency-key", "order-4711")
    lost = []
    for _ in range(2):
        cli("server", "reset")
        assert cli(*RESULT_LOST).code == 0
        assert cli(*CREATE, *ONCE, *key).code == 11
        cli("server", "fault", "clear")
        lost += states(cli, "--pending")
    assert states(cli) == {lost[0]: "reset", lost[1]: "pending"}


def pending(cli: Cli) -> object:
    return json.loads(cli("status", "--json").stdout)["operations_pending"]


def journal_check(cli: Cli) -> dict[str, Any]:
    rows: list[dict[str, Any]] = json.loads(cli("doctor", "--json").stdout)
    return next(row for row in rows if row["name"] == "journal")


def test_a_file_whose_import_a_reset_cut_in_two_is_sent_once_by_a_repetition(
    cli: Cli, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "t.csv", [("a@b.example", f"Row {row}", "b") for row in range(40)])
    cut_in_two(cli, file)
    left = len(numbers(cli).splitlines())
    assert 0 < left < 40
    assert cli("ticket", "import", file) == Ran(0, "40\n", "")
    assert len(numbers(cli).splitlines()) == 40
    assert cli("ticket", "import", file).code == 8


def test_a_file_whose_import_was_killed_after_a_reset_is_sent_once_by_a_repetition(
    cli: Cli, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "t.csv", [("a@b.example", f"Row {row}", "b") for row in range(40)])
    slow = ("server", "fault", "add", "--route", "/api/*create*", "--delay", "0.1")
    assert cli(*slow).code == 0
    importing = cli.start("ticket", "import", file, "--jobs", "1")
    wait_until(lambda: numbers(cli) != "", importing)
    assert cli("server", "reset").code == 0
    wait_until(lambda: numbers(cli) != "", importing)
    importing.kill()
    importing.communicate(timeout=60)
    assert cli("ticket", "import", file) == Ran(0, "40\n", "")
    assert len(numbers(cli).splitlines()) == 40


def test_again_after_an_import_that_a_reset_cut_in_two_sends_every_line_once_more(
    cli: Cli, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "t.csv", [("a@b.example", f"Row {row}", "b") for row in range(40)])
    cut_in_two(cli, file)
    left = len(numbers(cli).splitlines())
    assert cli("ticket", "import", file, "--again") == Ran(0, "40\n", "")
    assert (
        len(cli("ticket", "list", "--all", "--fields", "number").stdout.splitlines()) == 40 + left
    )


def test_a_file_whose_tickets_a_snapshot_holds_makes_them_only_once(
    cli: Cli, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "t.csv", ROWS)
    assert cli("ticket", "import", file).code == 0
    cli("server", "snapshot", "save", "imported")
    cli("server", "reset")
    cli("server", "snapshot", "load", "imported")
    assert cli("ticket", "import", file) == Ran(0, "2\n", "")
    assert numbers(cli) == "220009\n220010\n"


def cut_in_two(cli: Cli, file: str) -> None:
    slow = ("server", "fault", "add", "--route", "/api/*create*", "--delay", "0.1")
    assert cli(*slow).code == 0
    importing = cli.start("ticket", "import", file, "--jobs", "1")
    wait_until(lambda: numbers(cli) != "", importing)
    assert cli("server", "reset").code == 0
    out, said = importing.communicate(timeout=60)
    assert (importing.returncode, out) == (12, b"")
    assert b"was reset, or a snapshot loaded, while the lines were sent" in said
