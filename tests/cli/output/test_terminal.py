"""Terminal output: any width, a question, Ctrl-C, closed and full streams."""

import os
import pty
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import ERASED, Admin, Cli, Ran, anonymous
from tests.support.foreign import Foreign, failure, reply
from tests.support.waiting import PATIENCE_SECONDS

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
LOST = "tickiti: Cannot write the output: No space left on device.\n"


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
        "NUMBER  SUBJECT                              STATUS  PRIORITY  QUEUE  "
        "REQUESTER                         UPDATED\n"
        "220010  Carbon plate cracked, number 220010  open    high      Sales  "
        "marcus@trailblazers-club.example  5 min ago\n"
        "220009  Carbon plate cracked, number 220009  open    high      Sales  "
        "marcus@trailblazers-club.example  3 d ago\n",
        "",
    )
    colored = listing.on_terminal("ticket", "list").stdout
    assert "\x1b[32mopen" in colored
    assert "\x1b[1mNUMBER" in colored


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


def test_a_narrow_terminal_gets_a_line_for_each_row(listing: Cli) -> None:
    ran = listing.on_terminal("ticket", "list", "--color", "never", COLUMNS="40")
    assert ran == Ran(
        0,
        "NUMBER  SUBJECT                   STATUS\n"
        "220010  Carbon plate cracked, n\u2026  open\n"
        "220009  Carbon plate cracked, n\u2026  open\n",
        "",
    )


def test_a_terminal_of_80_columns_loses_the_priority_first(listing: Cli) -> None:
    ran = listing.on_terminal("ticket", "list", "--color", "never", COLUMNS="80")
    assert ran == Ran(
        0,
        "NUMBER  SUBJECT               STATUS  QUEUE  REQUESTER                 UPDATED\n"
        "220010  Carbon plate cracke\u2026  open    Sales  marcus@trailblazers-clu\u2026  "
        "5 min ago\n"
        "220009  Carbon plate cracke\u2026  open    Sales  marcus@trailblazers-clu\u2026  "
        "3 d ago\n",
        "",
    )


@pytest.mark.parametrize("width", [80, 100, 40, 24])
def test_a_table_is_never_wider_than_its_terminal(listing: Cli, width: int) -> None:
    ran = listing.on_terminal("ticket", "list", "--color", "never", COLUMNS=str(width))
    lines = ran.stdout.splitlines()
    assert (ran.code, len(lines)) == (0, 3)
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines] == ["NUMBER", "220010", "220009"]


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
def test_quiet_prints_nothing_after_a_success(local: Cli, arguments: tuple[str, ...]) -> None:
    assert local.on_terminal(*arguments, "-q") == Ran(0, "", "")


def test_a_dumb_terminal_keeps_its_width(listing: Cli) -> None:
    ran = listing.on_terminal("ticket", "list", TERM="dumb", COLUMNS="40")
    assert max(len(line) for line in ran.stdout.splitlines()) <= 40
    assert "\x1b" not in ran.stdout


def _all_of(leader: int) -> str:
    """What the other side wrote before it closed; one read has a part of it on a busy machine."""
    screen = b""
    with suppress(OSError):  # Linux's way to say that the other side is closed
        while part := os.read(leader, 65536):
            screen += part
    return screen.decode()


def test_each_stream_is_checked_separately_for_a_terminal(remote: Cli, foreign: Foreign) -> None:
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
    screen = _all_of(leader)
    os.close(leader)
    assert (process.returncode, process.stdout) == (13, b"")
    assert "status=open and 1 response after 0.5 s" in screen
    assert screen.startswith("\r\x1b[2K0 of 0.5 seconds\r\x1b[2K")


@pytest.mark.parametrize(
    "arguments",
    [("api", "--list"), ("api", "--list", "--json"), ("api", "--list", "-o", "csv"), ("--help",),
     ("help", "output"), ("ticket", "create", "--help"), ("--version",), ("man",)],
)  # fmt: skip
def test_a_closed_pipe_is_not_an_error(run: Cli, arguments: tuple[str, ...]) -> None:
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
def test_a_question_needs_stdin_and_stderr_on_a_terminal(
    local: Cli, admin: Admin, seen: str
) -> None:
    """stdin alone: the question would go into a file; stderr alone: nobody types."""
    minted = admin.mint("create-ticket")
    leader, follower = pty.openpty()
    streams: dict[str, Any] = {
        "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE
    }  # fmt: skip
    process = subprocess.run(
        local.command(["token", "revoke", str(minted["id"])]),
        env=local.environ({}),
        timeout=PATIENCE_SECONDS,
        check=False,
        **streams | {seen: follower},
    )
    os.close(follower)
    said = process.stderr or os.read(leader, 1000).replace(b"\r\n", b"\n")
    os.close(leader)
    assert (process.returncode, process.stdout) == (2, b"")
    token = f"{minted['id']} ({minted['name']})"
    told = f"tickiti: Revoke token {token}? Not a terminal: confirm with --yes.\n"
    assert said.decode() == told


def test_ctrl_c_during_a_write_names_the_key_and_the_unknown_outcome(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    ran = remote.on_terminal(*CREATE, "--idempotency-key", "order-7", asked="gain", typed="\x03")
    assert ran.code == 130
    assert anonymous(ran.stdout).rpartition(ERASED)[2] == (
        "tickiti: Interrupted.\n"
        "The outcome is unknown. Idempotency key: order-7. To finish it exactly once: "
        "tickiti op resume OPERATION\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("version",), ("--help",), ("ticket", "create", "--help"), ("api", "--list")],
)
def test_a_full_disk_under_stdout_is_reported(local: Cli, arguments: tuple[str, ...]) -> None:
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
def test_exit_code_stays_when_stderr_is_closed(
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
