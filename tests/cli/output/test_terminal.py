"""As a person sees it: a terminal of any width, a question, Ctrl-C, streams that lead nowhere."""

import os
import pty
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ERASED, PATIENCE_SECONDS, Admin, Cli, Ran, anonymous
from tests.cli.foreign import Foreign, failure, reply

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
LOST = "tickiti: The result could not be written: No space left on device.\n"


def row(number: int, age: timedelta) -> dict[str, Any]:
    moment = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    return {
        "id": number, "number": number, "subject": f"Carbon plate cracked, number {number}",
        "status": "open", "priority": 30, "queue_name": "Sales", "updated_at": moment,
        "originator_email": "marcus@trailblazers-club.example", "created_at": moment,
    }  # fmt: skip


@pytest.fixture
def listing(remote: Cli, foreign: Foreign) -> Cli:
    """A server with two tickets of known age."""
    rows = [row(220010, timedelta(minutes=5, seconds=20)), row(220009, timedelta(days=3, hours=2))]
    foreign.answers(reply({"ok": True, "data": {"tickets": rows, "next_cursor": None}}))
    return remote


def test_a_list_is_a_table_for_a_person(listing: Cli) -> None:
    assert listing.on_terminal("ticket", "list", "--color", "never") == Ran(
        0,
        "number  subject                              status  priority  queue name  "
        "originator email                  updated at\n"
        "220010  Carbon plate cracked, number 220010  open    high      Sales       "
        "marcus@trailblazers-club.example  5 min ago\n"
        "220009  Carbon plate cracked, number 220009  open    high      Sales       "
        "marcus@trailblazers-club.example  3 d ago\n",
        "",
    )
    colored = listing.on_terminal("ticket", "list").stdout
    assert "\x1b[32mopen" in colored
    assert "\x1b[1mnumber" in colored


def test_the_same_list_is_lines_with_moments_for_a_pipe(listing: Cli, foreign: Foreign) -> None:
    ran = listing("ticket", "list")
    assert (ran.code, ran.stderr) == (0, "")
    moments = [line.split("\t")[-1] for line in ran.stdout.splitlines()]
    assert [datetime.fromisoformat(moment).tzinfo is not None for moment in moments] == [True] * 2
    assert ran.stdout == "".join(
        f"{number}\tCarbon plate cracked, number {number}\topen\t30\tSales\t"
        f"marcus@trailblazers-club.example\t{moment}\n"
        for number, moment in zip((220010, 220009), moments, strict=True)
    )


def test_on_a_narrow_terminal_each_row_is_a_card(listing: Cli) -> None:
    ran = listing.on_terminal("ticket", "list", "--color", "never", COLUMNS="40")
    first = (
        "number            220010\n"
        "subject           Carbon plate cracked,\n"
        "                  number 220010\n"
        "status            open\n"
        "priority          high\n"
        "queue name        Sales\n"
        "originator email  marcus@trailblazers-cl\n"
        "                  ub.example\n"
        "updated at        5 min ago\n"
    )
    second = first.replace("220010", "220009").replace("5 min", "3 d")
    assert ran == Ran(0, f"{first}\n{second}", "")


@pytest.mark.parametrize("width", [80, 100, 40, 24])
def test_a_table_is_never_wider_than_its_terminal_and_loses_nothing(
    listing: Cli, width: int
) -> None:
    ran = listing.on_terminal("ticket", "list", "--color", "never", COLUMNS=str(width))
    assert ran.code == 0
    assert max(len(line) for line in ran.stdout.splitlines()) <= width
    assert "\u2026" not in ran.stdout
    whole = "".join(ran.stdout.split())
    assert [whole.count(word) for word in ("220010", "cracked,", "5min")] == [2, 2, 1]


@pytest.mark.parametrize(
    "arguments",
    [
        CREATE,
        ("email", "send", "--to", "a@b.example", "-s", "x", "-b", "y"),
        ("token", "mint", "--name", "x", "--preset", "filer", "--out", "x.token"),
        ("config", "set", "timeout", "60"),
        ("profile", "use", "local"),
        ("profile", "rename", "local", "other"),
        ("completion", "install", "fish"),
        ("op", "resume", "--all-pending"),
    ],
    ids=" ".join,
)
def test_quiet_says_nothing_where_all_is_well(local: Cli, arguments: tuple[str, ...]) -> None:
    assert local.on_terminal(*arguments, "-q") == Ran(0, "", "")


def test_a_dumb_terminal_is_as_wide_as_it_is(listing: Cli) -> None:
    ran = listing.on_terminal("ticket", "list", TERM="dumb", COLUMNS="40")
    assert max(len(line) for line in ran.stdout.splitlines()) <= 40
    assert "\x1b" not in ran.stdout


def test_each_stream_is_looked_at_by_itself(remote: Cli, foreign: Foreign) -> None:
    """stdout is a pipe and gets none; stderr is a terminal and shows that something goes on."""
    shown = {"number": 7, "subject": "Cracked", "status": "open"}
    foreign.answers(reply({"ok": True, "data": {"ticket": shown, "responses": [{}]}}))
    leader, follower = pty.openpty()
    process = subprocess.run(
        remote.command(["ticket", "wait", "7", "--until", "status=closed", "--timeout", "0.5"]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=remote.environ({"TERM": "xterm-256color"}),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    os.close(follower)
    screen = os.read(leader, 65536).decode()
    os.close(leader)
    assert (process.returncode, process.stdout) == (13, b"")
    assert "status=open and 1 responses after 0.5 s" in screen
    assert screen.startswith("\r\x1b[2K0 of 0.5 seconds\r\x1b[2K")


@pytest.mark.parametrize(
    "arguments",
    [("api", "--list"), ("api", "--list", "--json"), ("api", "--list", "-o", "csv"), ("--help",),
     ("help", "output"), ("ticket", "create", "--help"), ("--version",), ("man",)],
)  # fmt: skip
def test_a_reader_that_has_gone_away_is_no_error(run: Cli, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        run.command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        env=run.environ({}),
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (141, b"")


@pytest.mark.parametrize("seen", ["stdin", "stderr"])
def test_a_question_needs_both_a_terminal_to_ask_on_and_one_to_hear(
    local: Cli, admin: Admin, seen: str
) -> None:
    """stdin alone: the question would go into a file; stderr alone: nobody types."""
    token_id = admin.mint("create-ticket")["id"]
    leader, follower = pty.openpty()
    streams: dict[str, Any] = {
        "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE
    }  # fmt: skip
    process = subprocess.run(
        local.command(["token", "revoke", str(token_id)]),
        env=local.environ({}),
        timeout=PATIENCE_SECONDS,
        check=False,
        **streams | {seen: follower},
    )
    os.close(follower)
    said = process.stderr or os.read(leader, 1000).replace(b"\r\n", b"\n")
    os.close(leader)
    assert (process.returncode, process.stdout) == (2, b"")
    told = f"tickiti: Revoke token {token_id}? Nobody can be asked here: add --yes.\n"
    assert said.decode() == told


def test_ctrl_c_during_a_write_names_the_key_and_the_doubt(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    ran = remote.on_terminal(*CREATE, "--idempotency-key", "order-7", asked="gain", typed="\x03")
    assert ran.code == 130
    assert anonymous(ran.stdout).rpartition(ERASED)[2] == (
        "tickiti: Interrupted.\n"
        "The outcome is unknown. Its key is order-7. To finish it exactly once: "
        "tickiti op resume OPERATION\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("version",), ("--help",), ("ticket", "create", "--help"), ("api", "--list")],
)
def test_a_full_disk_under_stdout_is_said(local: Cli, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            local.command(arguments),
            stdout=full,
            stderr=subprocess.PIPE,
            env=local.environ({}),
            check=False,
        )
    assert (process.returncode, process.stderr.decode()) == (2, LOST)


@pytest.mark.parametrize(
    ("arguments", "code", "stdout"),
    [
        (("ticket", "view", "999999999"), 6, b""),
        (("ticket", "view", "999999999", "--json"), 6, b""),
        (("tiket",), 2, b""),
        (("idempotency", "mint", "--fields", "nonsense", "--json"), 2, b""),
    ],
)
@pytest.mark.parametrize("leads_to", ["/dev/full", "a reader that has gone"])
def test_where_an_error_cannot_be_said_its_code_stays(
    local: Cli, arguments: tuple[str, ...], code: int, stdout: bytes, leads_to: str
) -> None:
    if leads_to == "/dev/full":
        stderr = os.open(leads_to, os.O_WRONLY)
    else:
        reader, stderr = os.pipe()
        os.close(reader)
    process = subprocess.run(
        local.command(arguments),
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=local.environ({}),
        check=False,
    )
    os.close(stderr)
    assert (process.returncode, process.stdout) == (code, stdout)
