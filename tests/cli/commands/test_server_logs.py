"""Watching the bundled server: its request log and its log, shown once or followed."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, Served
from tests.support.foreign import Foreign, failure
from tests.support.waiting import wait_until
from tickiti_server.logs import file

FIELDS = ("--fields", "path,status,code,key_hint")
MISSING = ("ticket", "view", "999999999")
VIEWED = "/api/v1/tickets/show\t404\tticket_not_found\t\n"
VIEWED_LINE = re.compile(
    r"[0-9]{4}-[0-9-]+T[0-9:]+Z info POST /api/v1/tickets/show 404 [0-9.]+ms token=1 "
    r"request=[0-9a-f]+-[0-9a-f]+ code=ticket_not_found\n?"
)


def database_of(cli: Cli) -> Path:
    return cli.home / "db" / "tickiti.db"


@pytest.fixture
def started(run: Cli) -> Iterator[Cli]:
    """A server of the test's own: what others ask is not in its log."""
    place = ("--db", str(database_of(run)))
    assert run("server", "start", "--port", "0", "--detach", *place).code == 0
    yield run
    run("server", "stop", *place)


@pytest.fixture
def following(started: Cli) -> Iterator["Following"]:
    found = Following(started)
    yield found
    found.end(signal.SIGKILL)


class Following:
    """Commands that follow, and what they have said so far."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        process = self.cli.start("server", *arguments, "--follow")
        self._processes.append(process)
        return process

    def end(self, number: int) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)
            process.communicate(timeout=30)


def line_of(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode()


def ended(process: "subprocess.Popen[bytes]", number: int) -> Ran:
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    return Ran(process.returncode, stdout.decode(), stderr.decode())


def test_the_newest_request_is_the_last_line(started: Cli) -> None:
    assert started("server", "requests") == Ran(0, "", "")
    assert started(*MISSING).code == 6
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    assert started(*create, "--idempotency-key", "order:1").code == 0
    created = "/api/create_ticket\t200\t\torder:1\n"
    assert started("server", "requests", *FIELDS) == Ran(0, VIEWED + created, "")
    assert started("server", "requests", *FIELDS, "--limit", "1") == Ran(0, created, "")
    assert started("server", "requests", *FIELDS, "--all").stdout == VIEWED + created
    rows = json.loads(started("server", "requests", "--json").stdout)
    assert [list(row) for row in rows] == [
        [
            "answered_at", "method", "path", "status", "milliseconds", "token_id", "code",
            "key_hint", "request_id", "fault",
        ]
    ] * 2  # fmt: skip


def test_on_a_terminal_the_request_log_is_a_table(started: Cli) -> None:
    assert started(*MISSING).code == 6
    screen = started.on_terminal("server", "requests", *FIELDS, "--color", "never")
    assert screen == Ran(
        0,
        "PATH                  STATUS  CODE              KEY\n"
        "/api/v1/tickets/show     404  ticket_not_found  -\n",
        "",
    )


@pytest.mark.parametrize("flags", [(), ("-o", "ndjson"), ("-o", "csv")])
def test_following_shows_each_new_request_until_ctrl_c(
    following: Following, flags: Sequence[str]
) -> None:
    shown = {
        (): VIEWED,
        ("-o", "ndjson"): '{"path": "/api/v1/tickets/show", "status": 404, '
        '"code": "ticket_not_found", "key_hint": null}\n',
        ("-o", "csv"): "/api/v1/tickets/show,404,ticket_not_found,\r\n",
    }[tuple(flags)]
    cli = following.cli
    assert cli(*MISSING).code == 6
    process = following.start("requests", *FIELDS, *flags)
    if "csv" in flags:
        assert line_of(process) == "path,status,code,key_hint\r\n"
    assert line_of(process) == shown
    for _ in range(2):
        assert cli(*MISSING).code == 6
        assert line_of(process) == shown
    assert ended(process, signal.SIGINT) == Ran(130, "", "tickiti: Interrupted.\n")


def test_following_requests_continues_with_the_next_server(following: Following) -> None:
    cli = following.cli
    assert cli(*MISSING).code == 6
    process = following.start("requests", "--fields", "path,request_id", "-o", "ndjson")
    first = json.loads(line_of(process))
    place = ("--db", str(database_of(cli)))
    port = cli("server", "url", *place).stdout.strip().rpartition(":")[2]
    assert cli("server", "stop", *place).code == 0
    assert cli("server", "start", "--detach", "--port", port, *place).code == 0
    assert cli(*MISSING).code == 6
    second = json.loads(line_of(process))
    assert first["path"] == second["path"] == "/api/v1/tickets/show"
    assert first["request_id"] != second["request_id"]


def test_a_closed_pipe_ends_a_follow_without_new_requests(following: Following) -> None:
    """As in `tickiti server requests -f | head -1`: nothing more needs to happen."""
    assert following.cli(*MISSING).code == 6
    process = following.start("requests", *FIELDS)
    assert line_of(process) == VIEWED
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_json_output_of_a_follow_is_refused(local: Cli) -> None:
    ran = local("server", "requests", "-f", "-o", "json", "--color", "never")
    assert ran.code == 2
    assert json.loads(ran.stderr)["error"]["message"] == (
        "--follow never ends, so it cannot print a JSON document: use -o ndjson."
    )


def test_a_vendors_install_has_no_request_log(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(404, "not_found"))
    assert remote("server", "requests") == Ran(
        15,
        "",
        "tickiti: This server has no /_tickiti/requests: only the bundled server offers that.\n",
    )


def logs_of(cli: Cli) -> tuple[str, ...]:
    return ("server", "logs", "--db", str(database_of(cli)))


def test_the_log_of_a_detached_server_is_shown_from_its_end(started: Cli) -> None:
    url = started("server", "url", "--db", str(database_of(started))).stdout.strip()
    wait_until(lambda: started(*logs_of(started)).stdout.endswith(f"Listening on {url}\n"))
    for _ in range(2):
        assert started(*MISSING).code == 6
    wait_until(lambda: len(started(*logs_of(started)).stdout.splitlines()) >= 3)
    everything = started(*logs_of(started)).stdout.splitlines()
    assert [VIEWED_LINE.fullmatch(line) is not None for line in everything] == [False, True, True]
    assert started(*logs_of(started), "--lines", "1").stdout == f"{everything[-1]}\n"
    assert json.loads(started(*logs_of(started), "--lines", "1", "--json").stdout) == [
        {"line": everything[-1]}
    ]


def test_log_of_a_stopped_server_is_shown(started: Cli) -> None:
    assert started("server", "stop", "--db", str(database_of(started))).code == 0
    ran = started(*logs_of(started))
    assert (ran.code, ran.stderr) == (0, "")
    assert "Listening on " in ran.stdout


def test_following_a_log_continues_after_the_log_is_moved_or_emptied(following: Following) -> None:
    cli = following.cli
    log = database_of(cli).with_name("server.log")
    process = following.start(*logs_of(cli)[1:])
    assert "Listening on " in line_of(process)
    assert cli(*MISSING).code == 6
    assert VIEWED_LINE.match(line_of(process))
    log.rename(log.with_name("moved-by-logrotate"))
    wait_until(log.exists)
    assert log.stat().st_mode & 0o777 == 0o600
    for _ in range(2):
        assert cli(*MISSING).code == 6
        assert VIEWED_LINE.match(line_of(process))
    os.truncate(log, 0)
    assert cli(*MISSING).code == 6
    assert VIEWED_LINE.match(line_of(process))
    assert ended(process, signal.SIGINT) == Ran(130, "", "tickiti: Interrupted.\n")


def test_a_full_log_is_renamed_and_one_older_log_is_kept(started: Cli) -> None:
    log = database_of(started).with_name("server.log")
    older = log.with_name("server.log.1")
    older.write_text("of last year\n")
    os.truncate(log, file.MOST_BYTES)
    wait_until(lambda: older.stat().st_size == file.MOST_BYTES and log.exists())
    assert started(*MISSING).code == 6
    wait_until(lambda: log.stat().st_size > 0)
    assert VIEWED_LINE.fullmatch(log.read_text().rstrip("\n"))
    assert {path.name for path in log.parent.glob("server.log*")} == {"server.log", "server.log.1"}


@pytest.mark.one_node
def test_a_server_in_the_foreground_has_no_log_of_its_own(local: Cli, served: Served) -> None:
    ran = local("server", "logs", "--db", str(served.database))
    assert ran == Ran(
        13,
        "",
        f"tickiti: The server (process {served.pid}) runs in the foreground: its log goes to its "
        "own standard error.\nUnder systemd that is: journalctl -u tickiti\n",
    )


def test_missing_log_is_named_with_a_hint(run: Cli) -> None:
    database = run.home / "t.db"
    assert run("server", "logs", "-f", "--db", str(database)) == Ran(
        13,
        "",
        f"tickiti: Log file {run.home / 'server.log'} does not exist.\n"
        "A server writes one with: tickiti server start --detach\n",
    )
