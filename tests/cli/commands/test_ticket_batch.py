"""Several tickets in one command: a bulk job that goes on where it stopped."""

import csv
import fcntl
import json
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import ERASED, Cli, Ran
from tests.support.foreign import Foreign, failure, reply, silence
from tests.support.jobs import files_of_jobs
from tests.support.waiting import wait_until

ANNA = ("--from", "anna@sole-trader.example")
NOTE = ("ticket", "note", "5", "6", "7", "-b", "x", *ANNA)
PIPED = ("ticket", "close", "-", *ANNA)
RESPONDED = {"ok": True, "data": {"ticket_id": 1, "response_id": 42, "reopened": False}}
DONE = reply(RESPONDED)
CORRECT = "Correct the command, and name only tickets that are not done.\n"
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")


def numbers_of(foreign: Foreign) -> list[int]:
    return [json.loads(asked.body)["ticket_number"] for asked in foreign.asked]


def has_open(pid: int, path: Path) -> bool:
    descriptors = Path(f"/proc/{pid}/fd")
    return any(os.path.realpath(one) == str(path) for one in descriptors.iterdir())


def slowly(connection: socket.socket) -> None:
    """Late enough for the answer to be shown."""
    time.sleep(0.15)
    connection.sendall(DONE)


def test_second_run_sends_the_failed_tickets_with_the_same_keys(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(DONE, failure(422, "queue_not_found", "Later."), DONE)
    first = remote(*NOTE)
    assert (first.code, first.stderr) == (12, f"tickiti: 2 of 3 tickets done, 1 failed.\n{CORRECT}")
    assert first.stdout == "5\tdone\t42\t\n6\tfailed\t\tLater.\n7\tdone\t42\t\n"
    second = remote(*NOTE)
    assert (second.code, second.stdout) == (0, "5\tdone\t42\t\n7\tdone\t42\t\n6\tdone\t42\t\n")
    assert "Skipped 2 tickets that an interrupted run changed, started at " in second.stderr
    assert numbers_of(foreign) == [5, 6, 7, 6]
    assert foreign.keys[1] == foreign.keys[3]
    assert len(set(foreign.keys)) == 3
    assert files_of_jobs(remote) == []


def test_quiet_error_names_the_tickets_that_failed(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE, failure(422, "queue_not_found", "Later."), DONE)
    ran = remote(*NOTE, "-q")
    counted = "tickiti: 2 of 3 tickets done, 1 failed. ticket 6: Later."
    assert ran == Ran(12, "", f"{counted} {CORRECT}")


def test_rows_of_an_earlier_run_are_replayed_in_json(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE, failure(503, "unavailable"), DONE)
    first = remote(*NOTE, "--retries", "0")
    assert first.code == 12
    hint = "Run the same command again to send them; tickets that are done are skipped."
    assert first.stderr.splitlines()[-1] == hint
    ran = remote(*NOTE, "--json")
    rows = json.loads(ran.stdout)
    assert [(row["number"], row["state"], row["replayed"]) for row in rows] == [
        (5, "done", True), (7, "done", True), (6, "done", False),
    ]  # fmt: skip
    assert (ran.code, ran.stderr) == (0, "")
    assert {row["idempotency_key"] for row in rows} == set(foreign.keys)


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_killed_command_run_again_notes_each_ticket_once(local: Cli, jobs: str) -> None:
    made = [local(*CREATE).stdout.strip() for _ in range(12)]
    command = ("ticket", "note", *made, "-b", f"Noted {jobs}", *ANNA, "--jobs", jobs)
    process = local.start(*command, "-o", "plain")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    tickets = (word for number in made for word in ("--ticket", number))
    query = ("response", "query", *tickets, "--internal", "--all", "--json")
    before = len(json.loads(local(*query).stdout))
    assert 1 <= before < len(made)
    assert local(*command).code == 0
    found = Counter(str(row["ticket_number"]) for row in json.loads(local(*query).stdout))
    assert found == Counter(made)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_the_job_is_closed_does_not_ask_for_a_repetition(
    remote: Cli, foreign: Foreign, number: signal.Signals
) -> None:
    foreign.answers(DONE)
    pipe = remote.folder / "report"
    os.mkfifo(pipe)
    process = remote.start(*NOTE, "--report", "report")
    wait_until(lambda: len(foreign.asked) == 3, process)
    lock = remote.config / "journal" / "bulk.lock"
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert len(pipe.read_text().splitlines()) == 3  # the process waits for a reader until here
        wait_until(lambda: has_open(process.pid, lock), process)
        process.send_signal(number)
        time.sleep(0.1)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr, len(stdout.splitlines())) == (0, b"", 3)
    assert files_of_jobs(remote) == []


def test_ticket_under_way_at_a_kill_is_sent_with_its_key(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE, silence)
    process = remote.start(*NOTE)
    wait_until(lambda: len(foreign.asked) == 2, process)
    process.kill()
    process.communicate()
    foreign.answers(DONE)
    assert remote(*NOTE).code == 0
    assert numbers_of(foreign) == [5, 6, 6, 7]
    assert foreign.keys[1] == foreign.keys[2]
    assert len(set(foreign.keys)) == 3


def test_same_ticket_numbers_typed_again_are_changed_again(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE)
    assert [remote(*NOTE).code for _ in range(2)] == [0, 0]
    assert numbers_of(foreign) == [5, 6, 7, 5, 6, 7]
    assert remote("ticket", "note", "-", "-b", "x", *ANNA, stdin="5 6 7").code == 0
    assert len(set(foreign.keys)) == 9


def test_another_list_of_numbers_is_another_command(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(404, "ticket_not_found"), DONE)
    assert remote(*NOTE).code == 12
    other = remote("ticket", "note", "6", "7", "-b", "x", *ANNA)
    assert other == Ran(0, "6\tdone\t42\t\n7\tdone\t42\t\n", "")
    assert len(set(foreign.keys)) == 5


def test_same_list_from_stdin_is_refused_for_a_day(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE)
    assert remote(*PIPED, stdin="5 6").code == 0
    ran = remote(*PIPED, stdin="#6\n5\n")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (8, "", 2)
    assert ran.stderr.startswith("tickiti: The same list was done by a run that ended at ")
    assert ran.stderr.endswith("; nothing was sent.\nTo do it once more: --again\n")
    assert remote(*PIPED, "--again", stdin="5 6").code == 0
    assert remote(*PIPED, stdin="5 6 7").code == 0
    assert remote("ticket", "close", "5", "6", *ANNA).code == 0
    assert numbers_of(foreign) == [5, 6, 5, 6, 5, 6, 7, 5, 6]


def test_list_from_stdin_may_come_again_after_a_day(remote: Cli, foreign: Foreign) -> None:
    """The server's clock counts, which the head of each reply tells."""
    then = format_datetime(datetime.now(UTC) - timedelta(days=2), usegmt=True)
    foreign.answers(reply(RESPONDED, date=then))
    assert [remote(*PIPED, stdin="5 6").code for _ in range(2)] == [0, 0]
    assert len(foreign.asked) == 4


def test_run_with_again_continues_with_its_keys_after_a_failure(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(DONE, DONE, DONE, failure(503, "unavailable"), DONE)
    assert remote(*PIPED, stdin="5 6").code == 0
    again = (*PIPED, "--again", "--retries", "0")
    assert [remote(*again, stdin="5 6").code for _ in range(2)] == [12, 0]
    assert numbers_of(foreign) == [5, 6, 5, 6, 6]
    assert foreign.keys[3] == foreign.keys[4]


def test_a_key_given_after_a_run_without_one_is_refused(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE, failure(503, "unavailable"), DONE)
    assert remote(*NOTE, "--retries", "0").code == 12
    ran = remote(*NOTE, "--idempotency-key", "k")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (8, "", 3)
    assert ran.stderr == (
        "tickiti: Some of these lines were sent by a job that has not ended, without "
        "--idempotency-key.\n"
        "Run that command again to finish it, or send every line: --again\n"
    )


def test_word_of_stdin_that_is_not_a_number_fails_alone(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE)
    ran = remote(*PIPED, stdin="5\nx 6\n\n#-3\n")
    assert numbers_of(foreign) == [5, 6]
    assert ran.code == 12
    assert sorted(ran.stdout.splitlines()) == [
        "\tfailed\t\tLine 2: 'x' is not a ticket number such as 220009.",
        "\tfailed\t\tLine 4: '#-3' is not a ticket number such as 220009.",
        "5\tdone\t42\t",
        "6\tdone\t42\t",
    ]
    assert ran.stderr == f"tickiti: 2 of 4 tickets done, 2 failed.\n{CORRECT}"


def test_dry_run_remarks_on_a_word_that_is_not_a_number(remote: Cli, foreign: Foreign) -> None:
    ran = remote(*PIPED, "-n", stdin="5 x")
    assert [row["body"]["ticket_number"] for row in json.loads(ran.stdout)] == [5]
    assert (ran.code, ran.stderr) == (0, "Line 1: 'x' is not a ticket number such as 220009.\n")
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("refusal", "code", "asked"),
    [
        (failure(401, "unauthenticated"), 4, 1),
        (failure(403, "missing_ability"), 5, 1),
        (failure(403, "queue_right_required"), 12, 3),
        (failure(404, "ticket_not_found"), 12, 3),
        (failure(404, "not_found"), 15, 1),
    ],
)
def test_refusal_ends_the_command_unless_it_is_the_tickets_own(
    remote: Cli, foreign: Foreign, refusal: bytes, code: int, asked: int
) -> None:
    foreign.answers(refusal, DONE)
    ran = remote("ticket", "close", "5", "6", "7", *ANNA)
    assert (ran.code, len(foreign.asked)) == (code, asked)
    assert ran.stdout.splitlines()[0].startswith("5\tfailed\t\t")


def test_report_has_a_row_for_each_ticket_in_their_order(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(503, "unavailable", "Later."), DONE)
    path = tmp_path / "report.csv"
    ran = remote(*PIPED, "--report", str(path), "--retries", "1", stdin="5 x 6")
    assert ran.code == 12
    with path.open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["number"], row["state"], row["response_id"]) for row in rows] == [
        ("5", "done", "42"), ("", "failed", ""), ("6", "done", "42"),
    ]  # fmt: skip
    assert {row["idempotency_key"] for row in rows} == {"", *filter(None, foreign.keys)}
    assert {row["replayed"] for row in rows} == {"false"}


def test_report_of_a_single_ticket_is_written(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(DONE)
    path = tmp_path / "report.ndjson"
    assert remote("ticket", "close", "5", *ANNA, "--report", str(path)).code == 0
    (row,) = map(json.loads, path.read_text().splitlines())
    assert (row["number"], row["state"]) == (5, "done")


@pytest.mark.parametrize("flags", [("--fields", "nope"), ("--report", "/nowhere/report")])
def test_bad_flag_is_refused_before_a_ticket_is_changed(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...]
) -> None:
    ran = remote(*NOTE, *flags)
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])
    assert flags[0] in ran.stderr


def test_command_without_a_journal_leaves_no_file(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(DONE, failure(404, "ticket_not_found"), DONE)
    ran = remote(*NOTE, "--no-journal")
    assert (ran.code, ran.stderr) == (12, "tickiti: 2 of 3 tickets done, 1 failed.\n")
    assert files_of_jobs(remote) == []
    assert remote(*NOTE).code == 0
    assert len(foreign.asked) == 6


def test_terminal_shows_the_count_and_a_summary(remote: Cli, foreign: Foreign) -> None:
    late: list[Callable[[socket.socket], None]] = [slowly] * 3
    foreign.answers(*late)
    frames = remote.on_terminal(*NOTE).stdout.split(ERASED)
    assert [frame.partition(",")[0][-14:] for frame in frames[1:4]] == [
        "1 of 3 tickets", "2 of 3 tickets", "3 of 3 tickets",
    ]  # fmt: skip
    assert frames[-1].endswith("\n3 of 3 tickets done.\n")


def test_several_tickets_are_tagged_without_a_key(remote: Cli, foreign: Foreign) -> None:
    tagged: dict[str, Any] = {"ok": True, "data": {"ticket_number": 5}}
    foreign.answers(reply(tagged))
    assert remote("ticket", "tag", "5", "6", "--add", "vip").stdout == "5\tdone\t\t\n6\tdone\t\t\n"
    assert foreign.keys == [None, None]
