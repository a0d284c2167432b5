"""A line that tells a person at a terminal how far a job has come, and nobody else."""

import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import ERASED, Cli, Ran
from tests.support.foreign import Foreign, failure, reply, ticket_created

IMPORT = ("ticket", "import", "t.ndjson")
BULK = ("email", "bulk", "c.ndjson", "--template", "warranty.received")
EXPORT = ("ticket", "export", "--out", "out.ndjson")
FAILED = (
    "tickiti: 1 of 4 lines failed; 3 done.\nCorrect these lines, then run the same command again.\n"
)
MAPPING = (
    "t.ndjson: columns and the first row\n"
    "  from     -> from     a@b.example\n"
    "  subject  -> subject  x\n"
    "  body     -> body     b\n"
)
QUARTER, HALF = "[#####...............]  25%  ", "[##########..........]  50%  "
WHOLE = "[####################] 100%  "
ACCEPTED = reply({"ok": True, "data": {"email_id": "mail_1"}})


def slowly(answer: bytes) -> Callable[[socket.socket], None]:
    """Late enough for each answer to be shown."""

    def answer_late(connection: socket.socket) -> None:
        time.sleep(0.15)
        connection.sendall(answer)

    return answer_late


def page(number: int, cursor: str | None) -> bytes:
    row = {"id": number, "number": number, "created_at": "2026-11-24T09:00:00+00:00"}
    return reply({"ok": True, "data": {"tickets": [row], "next_cursor": cursor}})


@pytest.fixture
def jobs(remote: Cli) -> Cli:
    line = {"from": "a@b.example", "subject": "x", "body": "b"}
    (remote.folder / "t.ndjson").write_text((json.dumps(line) + "\n") * 4)
    (remote.folder / "c.ndjson").write_text('{"to": "a@b.example"}\n' * 2)
    return remote


def frames(ran: Ran) -> list[str]:
    """What stood on the line, one after the other, with R for the rate and the time left."""
    rate = re.compile(r"[0-9,]+/s(, \d+ (s|min|h) left)?")
    return [rate.sub("R", frame) for frame in ran.stdout.split(ERASED)]


def test_an_import_shows_how_many_of_all_are_done_and_keeps_remarks_above(
    jobs: Cli, foreign: Foreign
) -> None:
    made, refused = slowly(ticket_created(1)), slowly(failure(422, "queue_not_found", "No."))
    foreign.answers(made, refused, made, made)
    assert frames(jobs.on_terminal(*IMPORT)) == [
        MAPPING,
        f"{QUARTER}1 of 4 lines, R: 1 done",
        f"line 2: No.\n{QUARTER}1 of 4 lines, R: 1 done",
        f"{HALF}2 of 4 lines, R: 1 done, 1 failed",
        "[###############.....]  75%  3 of 4 lines, R: 2 done, 1 failed",
        f"{WHOLE}4 of 4 lines, R: 3 done, 1 failed",
        FAILED,
    ]
    assert frames(jobs.on_terminal(*IMPORT)) == [
        MAPPING,
        f"{HALF}2 of 4 lines, R: 1 done, 1 skipped",
        "1 of 4 lines imported, 3 were done before.\n",
    ]


def test_a_bulk_mail_and_an_export_show_how_fast_they_are(jobs: Cli, foreign: Foreign) -> None:
    foreign.answers(slowly(ACCEPTED))
    assert frames(jobs.on_terminal(*BULK)) == [
        "c.ndjson: columns and the first row\n  to  -> to  a@b.example\n",
        f"{HALF}1 of 2 lines, R: 1 done",
        f"{WHOLE}2 of 2 lines, R: 2 done",
        "2 of 2 lines queued.\n",
    ]
    foreign.asked.clear()
    foreign.answers(slowly(page(1, "c1")), slowly(page(2, None)))
    assert frames(jobs.on_terminal(*EXPORT)) == [
        "", "1 tickets, R", "2 tickets, R", "Wrote 2 tickets to out.ndjson.\n",
    ]  # fmt: skip


def test_the_line_is_no_longer_than_the_terminal(jobs: Cli, foreign: Foreign) -> None:
    foreign.answers(slowly(ticket_created(1)))
    shown = jobs.on_terminal(*IMPORT, COLUMNS="20").stdout.split(ERASED)[1:-1]
    assert shown
    assert {len(frame) for frame in shown} == {19}


def test_quiet_and_a_pipe_show_no_progress_line(
    jobs: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    assert jobs.on_terminal(*IMPORT, "-q") == Ran(0, "", "")
    assert jobs(*IMPORT, "--again") == Ran(0, "4\n", "")
