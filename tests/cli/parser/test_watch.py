"""`--watch` and waiting commands go on until their condition, their deadline or Ctrl-C."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, hang_up, reply
from tests.support.waiting import PATIENCE_SECONDS

LIST = ("ticket", "list", "--fields", "number")
WAIT = ("ticket", "wait", "7", "--until")


def listing(*numbers: int, cursor: str | None = None) -> bytes:
    tickets = [{"number": number, "subject": "x"} for number in numbers]
    return reply({"ok": True, "data": {"tickets": tickets, "next_cursor": cursor}})


def ticket(status: str, responses: int) -> bytes:
    shown = {"number": 7, "subject": "Cracked", "status": status}
    return reply({"ok": True, "data": {"ticket": shown, "responses": [{}] * responses}})


def lines_of(process: "subprocess.Popen[bytes]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().decode() for _ in range(count)]


@pytest.fixture
def ended(remote: Cli) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Processes that are gone after the test, whatever it finds."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)


def interrupted(process: "subprocess.Popen[bytes]") -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, stdout.decode(), stderr.decode()


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        ((), ["2\n", "1\n", "3\n", "4\n"]),
        (
            ("-o", "ndjson"),
            ['{"number": 2}\n', '{"number": 1}\n', '{"number": 3}\n', '{"number": 4}\n'],
        ),
        (("--jq", "length"), ["2\n", "1\n", "1\n"]),
    ],
)
def test_watch_in_a_pipe_writes_one_round_after_the_other(
    remote: Cli, foreign: Foreign, ended: list[Any], flags: tuple[str, ...], lines: list[str]
) -> None:
    foreign.answers(listing(2, 1), listing(3), listing(4), listing())
    process = remote.start(*LIST, "--watch", "0.1", *flags)
    ended.append(process)
    assert lines_of(process, len(lines)) == lines
    code, _, stderr = interrupted(process)
    assert (code, stderr) == (130, "tickiti: Interrupted.\n")


def test_a_passing_connection_error_of_a_watch_is_a_remark(
    remote: Cli, foreign: Foreign, ended: list[Any]
) -> None:
    gone = failure(503, "unavailable", "Back soon.")
    foreign.answers(listing(1), hang_up, hang_up, gone, gone, listing(2), listing())
    process = remote.start(*LIST, "--watch", "0.1", "--retries", "0")
    ended.append(process)
    assert lines_of(process, 2) == ["1\n", "2\n"]
    code, stdout, stderr = interrupted(process)
    assert (code, stdout) == (130, "")
    broke = f"The connection to {foreign.base_url} broke: Connection reset by peer."
    assert stderr == (
        f"{broke} Trying again in 0.1 s.\n"
        "Back soon. Trying again in 0.1 s.\n"
        "tickiti: Interrupted.\n"
    )


def test_permanent_error_ends_the_watch(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(1), failure(403, "missing_ability", "It may not."))
    assert remote(*LIST, "--watch", "0.1") == Ran(
        5,
        "1\n",
        "tickiti: It may not.\nSee what the token may do: tickiti token view --self\n",
    )


def test_a_failed_first_round_ends_the_watch(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", "Back soon."))
    assert remote(*LIST, "--watch", "0.1", "--retries", "0") == Ran(10, "", "tickiti: Back soon.\n")


def test_a_closed_pipe_ends_the_watch(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(1), listing())
    process = remote.start(*LIST, "--watch", "0.1")
    assert lines_of(process, 1) == ["1\n"]
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(PATIENCE_SECONDS) == 141
    assert process.stderr is not None
    with process.stderr as stderr:
        assert stderr.read() == b""


def test_a_round_on_a_terminal_replaces_the_previous_round(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(220009, 220008, cursor="c"), listing(220010), listing(220010))
    ran = remote.on_terminal(
        *LIST, "--watch", "0.1", "--limit", "2", "--color", "never", asked="220010", typed="\x03"
    )
    assert ran.code == 130
    first, second, *_ = re.sub("[0-9]{2}:[0-9]{2}:[0-9]{2}", "TIME", ran.stdout).split("\x1b[H")[1:]
    top = "Every 0.1 s, TIME\x1b[K\n\x1b[K\n"
    more = "\x1b[0mThere are more tickets; --all shows every one.\x1b[K\n"
    assert first == f"{top}{more}\x1b[J"
    assert second == (f"{top}NUMBER\x1b[K\n220009\x1b[K\n220008\x1b[K\n{more}\x1b[J")
    assert f"{top}NUMBER\x1b[K\n220010\x1b[K\n\x1b[J" in re.sub(
        "[0-9]{2}:[0-9]{2}:[0-9]{2}", "TIME", ran.stdout
    )


def test_rows_beyond_the_screen_are_counted(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(*range(100, 120)))
    ran = remote.on_terminal(
        *LIST, "--watch", "0.1", asked="lines", typed="\x03", LINES="10", COLUMNS="80"
    )
    assert "106\x1b[K\n\x1b[K\n" not in ran.stdout
    assert "105\x1b[K\n... and 14 more lines\x1b[K\n\x1b[J" in ran.stdout


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("0",), "--watch: 0 is not a number of seconds from 0.1 to 86400."),
        (("86401",), "--watch: 86401 is not a number of seconds from 0.1 to 86400."),
        (("nan",), ("--watch: 'nan' is not a time in seconds, such as 30, 90s "
         "or 2m.\nSee: tickiti ticket list --help")),
        (("1", "-o", "csv"), ("--watch repeats the list, so it cannot print a csv document: "
         "use -o ndjson.")),
    ],
)  # fmt: skip
def test_unwatchable_command_is_refused_before_a_request(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    assert remote(*LIST, "--watch", *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_json_document_is_not_watched(remote: Cli, foreign: Foreign) -> None:
    ran = remote(*LIST, "--watch", "1", "--json")
    assert (ran.code, json.loads(ran.stderr)["error"]["message"]) == (
        2,
        "--watch repeats the list, so it cannot print a json document: use -o ndjson.",
    )
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("condition", "answers", "shown"),
    [
        ("status=open", [ticket("open", 1)], "7\tCracked\topen\t1\n"),
        ("status=closed", [ticket("open", 1), ticket("closed", 2)], "7\tCracked\tclosed\t2\n"),
        ("responses>1", [ticket("open", 1), ticket("open", 2)], "7\tCracked\topen\t2\n"),
        (
            "status=on-hold",
            [failure(503, "unavailable"), hang_up, ticket("on-hold", 1)],
            "7\tCracked\ton-hold\t1\n",
        ),
    ],
)
def test_a_wait_ends_when_the_condition_is_met(
    remote: Cli, foreign: Foreign, condition: str, answers: list[Any], shown: str
) -> None:
    foreign.answers(*answers)
    ran = remote(*WAIT, condition, "--timeout", "30", "--retries", "0")
    assert ran == Ran(0, shown, "")
    assert len(foreign.asked) == len(answers)


def test_a_wait_ends_at_its_timeout_despite_the_global_flags(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket("open", 1), hang_up)
    began = time.monotonic()
    ran = remote("--timeout", "60", *WAIT, "status=closed", "--timeout", "0.5", "--max-time", "60")
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert (ran.code, ran.stdout) == (13, "")
    assert ran.stderr.splitlines()[-1] == (
        "tickiti: Ticket 7 has status=open and 1 response after 0.5 s, not status=closed."
    )


def test_a_wait_that_was_never_answered_says_why(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", "Back soon."))
    ran = remote(*WAIT, "status=open", "--timeout", "0", "--retries", "0")
    assert ran == Ran(10, "", "tickiti: Back soon.\n")


def test_a_missing_ticket_is_not_waited_for(local: Cli) -> None:
    assert local("ticket", "wait", "999999999", "--until", "status=open") == Ran(
        6, "", "tickiti: Ticket 999999999 not found.\nSee: tickiti ticket list\n"
    )


@pytest.mark.parametrize(
    ("condition", "near"),
    [
        ("status=opn", " Did you mean open?"),
        ("responses", ""),
        ("responses>", ""),
        ("responses>-1", ""),
        ("queue=Sales", ""),
        ("", ""),
    ],
)
def test_invalid_condition_is_named(
    remote: Cli, foreign: Foreign, condition: str, near: str
) -> None:
    assert remote(*WAIT, condition) == Ran(
        2,
        "",
        f"tickiti: --until: '{condition}' is not status=open|on-hold|closed, reply or"
        f" 'responses>N', in quotes.{near}\n",
    )
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ("-1", "tickiti: --timeout: -1 is not a number of seconds.\n"),
        (
            "nan",
            (
                "tickiti: --timeout: 'nan' is not a time in seconds, such as "
                "30, 90s or 2m.\nSee: tickiti ticket wait --help\n"
            ),
        ),
    ],
)
def test_a_wait_of_zero_seconds_is_refused(
    remote: Cli, foreign: Foreign, seconds: str, told: str
) -> None:
    ran = remote(*WAIT, "status=open", "--timeout", seconds)
    assert ran == Ran(2, "", told)
    assert foreign.asked == []
