"""A line of a bulk job is identified by its content: edits, pipes, other paths, repeated runs."""

import json
import os
import random
import shutil
import socket
import subprocess
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.faketime import HAS_FAKETIME
from tests.support.foreign import (
    Answer,
    Foreign,
    failure,
    hang_up,
    raw_reply,
    silence,
    ticket_created,
)
from tests.support.jobs import files_of_jobs, report_of, row, subjects, write_csv, write_ndjson
from tests.support.waiting import PATIENCE_SECONDS, wait_until

AGAIN = (
    "To send every line once more: --again. To also tell equal rows apart by columns: --again "
    "--key-from COLUMNS"
)
IMPORT = ("ticket", "import")
BAD = "Nowhere"
"""A queue that there is not: its line is refused."""


def text(*rows: object) -> str:
    return "".join(json.dumps(one) + "\n" for one in rows)


def lines(mark: str, *names: str, bad: str = "") -> list[dict[str, str]]:
    return [row(f"{mark} {name}", **({"queue": BAD} if name == bad else {})) for name in names]


@pytest.fixture
def mark(request: pytest.FixtureRequest) -> str:
    """In the subject of each ticket of a test, and of no other."""
    return f"Lines {os.getpid()} {abs(hash(request.node.nodeid)) % 10**9}"


def made(local: Cli, mark: str) -> list[str]:
    return [subject.removeprefix(f"{mark} ") for subject in subjects(local, mark)]


def respell(folder: Path, now: str = "//localhost:", then: str = "//LocalHost:") -> None:
    """Write the address into all records as an earlier version did, which kept it as given."""
    for path in folder.iterdir():
        rows = path.read_text().replace(now, then).splitlines()
        if path.name.endswith(".finished.ndjson"):
            rows = [content for _, _, content in (row.partition(" ") for row in rows)]
            rows = [f"{sha256(row.encode()).hexdigest()[:16]} {row}" for row in rows]
        path.write_text("".join(f"{row}\n" for row in rows))


RESUME = ("op", "resume", "--all-pending")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "s", "-b", "b")


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [(IMPORT, IMPORT, ticket_created(1)), (IMPORT, IMPORT, hang_up), (CREATE, RESUME, hang_up)],
    ids=["finished job", "unfinished job", "operation"],
)
def test_record_of_an_earlier_version_has_the_address_as_it_was_given(
    run: Cli, foreign: Foreign, tmp_path: Path, *,
    first: tuple[str, ...], second: tuple[str, ...], answer: Answer,
) -> None:  # fmt: skip
    file = (str(write_ndjson(tmp_path / "t.ndjson", [row("x")])),)
    address = foreign.base_url.replace("127.0.0.1", "localhost")
    given = {"TICKITI_API_BASE": address, "TICKITI_API_TOKEN": "1|x", "TICKITI_RETRIES": "0"}
    foreign.answers(answer)
    run(*first, *(file if first == IMPORT else ()), **given)
    respell(run.config / "journal")
    foreign.answers(ticket_created(1))
    is_done = answer != hang_up
    assert run(*second, *(file if second == IMPORT else ()), **given).code == (8 if is_done else 0)
    assert len(foreign.asked) == (1 if is_done else 2)
    assert len({one.headers["idempotency-key"] for one in foreign.asked}) == 1


@pytest.mark.parametrize("answer", [ticket_created(1), hang_up], ids=["finished", "unfinished"])
def test_record_whose_address_is_no_text_is_of_another_server(
    run: Cli, foreign: Foreign, tmp_path: Path, answer: Answer
) -> None:
    path = str(write_ndjson(tmp_path / "t.ndjson", [row("x")]))
    given = {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    foreign.answers(answer)
    run(*IMPORT, path, TICKITI_RETRIES="0", **given)
    respell(run.config / "journal", f'"{foreign.base_url}"', "5")
    foreign.answers(ticket_created(1))
    assert "a bug" not in run(*IMPORT, path, **given).stderr
    assert "a bug" not in run("op", "list", **given).stderr


def test_finished_line_is_not_sent_again_under_another_spelling_of_the_address(
    run: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    address = foreign.base_url.replace("127.0.0.1", "localhost")
    for base in (address, address.replace("localhost", "LocalHost") + "/"):
        run(*IMPORT, path, TICKITI_API_BASE=base, TICKITI_API_TOKEN="1|x")
    assert len(foreign.asked) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [((), ("--key-from", "subject")), (("--key-from", "subject"), ("--key-from", "from,subject"))],
)
def test_finished_line_is_not_sent_again_under_other_keys(
    local: Cli, tmp_path: Path, mark: str, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """The keys of other columns are new to the server, which would make a second ticket."""
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b"))
    assert local(*IMPORT, path, *first).code == 0
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "n", "b", "a"))
    ran = local(*IMPORT, path, *second)
    keys = f"with {' '.join(first)}" if first else "without --key-from"
    assert (ran.code, ran.stdout) == (8, "")
    assert ran.stderr.startswith(f"tickiti: 2 lines were sent before {keys}, by a job that ended")
    assert ran.stderr.endswith("; nothing was sent.\nTo send every line once more: --again\n")
    assert made(local, mark) == ["a", "b"]
    assert local(*IMPORT, path, *second, "--again").code == 0
    assert made(local, mark) == ["a", "a", "b", "b", "n"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "n", "b", "a", "o"))
    assert local(*IMPORT, path, *second).code == 0
    assert made(local, mark) == ["a", "a", "b", "b", "n", "o"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b X d e f", "a b d e f"),
        ("X b c", "b c"),
        ("a b X d", "a b c d"),
        ("a b X d", "n a b c d"),
        ("a b X d", "a n b d m"),
        ("a b X d", "b d"),
        ("a b X d e", "a X d e"),
        ("a b X d e", "e c d a b"),
        ("a X", "a"),
    ],
)
def test_done_line_is_not_sent_again_after_edits_of_the_file(
    local: Cli, tmp_path: Path, mark: str, before: str, after: str
) -> None:
    """X is bad. Deleted, corrected, moved or added lines do not touch those that are done."""
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, *before.split(), bad="X"))
    assert local(*IMPORT, path).code == 12
    write_ndjson(tmp_path / "t.ndjson", lines(mark, *after.split(), bad="X"))
    ran = local(*IMPORT, path)
    assert ran.code == (12 if "X" in after else 0)
    assert "another job" not in ran.stderr
    expected = ({*before.split()} | {*after.split()}) - {"X"}
    assert made(local, mark) == sorted(expected)


@pytest.mark.parametrize(
    "edited", ["a2 b c X", "a b2 c d", "a2 b2 c X", "n a b2 c X", "a b2 n c X"]
)
def test_line_changed_after_sending_is_a_conflict_with_a_way_out(
    local: Cli, tmp_path: Path, mark: str, edited: str
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c", "X", bad="X"))
    assert local(*IMPORT, path).code == 12
    names = edited.split()
    write_ndjson(tmp_path / "t.ndjson", lines(mark, *names, bad="X"))
    for _ in range(2):
        ran = local(*IMPORT, path)
        assert ran.code == 12
        for number, name in enumerate(names, start=1):
            told = f"line {number}: it replaces a line that was already sent."
            assert (told in ran.stderr) or not name.endswith("2")
        assert "put new lines into another file" in ran.stderr
    changed = {name for name in names if name.endswith("2")}
    assert not changed & {*made(local, mark)}
    alone = write_ndjson(tmp_path / "alone.ndjson", lines(mark, *sorted(changed)))
    assert local(*IMPORT, alone) == Ran(0, f"{len(changed)}\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c"))
    assert local(*IMPORT, path) == Ran(0, "3\n", "")
    counts = Counter(made(local, mark))
    assert {*counts.values()} == {1}
    assert {"a", "b", "c", *changed} <= {*counts}


def test_job_is_recognised_by_its_lines_not_by_path_or_format(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    names = ("a", "b", "X", "d")
    path = Path(write_ndjson(tmp_path / "t.ndjson", lines(mark, *names, bad="X")))
    assert local(*IMPORT, str(path)).code == 12
    (tmp_path / "sub").mkdir()
    assert local(*IMPORT, str(tmp_path / "sub" / ".." / "t.ndjson")).code == 12
    moved = shutil.copy(path, tmp_path / "moved.ndjson")
    assert local(*IMPORT, str(moved)).code == 12
    assert local(*IMPORT, "-", "--format", "ndjson", stdin=path.read_text()).code == 12
    header = ("from", "subject", "body", "queue")
    rows = [("a@b.example", f"{mark} {name}", "b", BAD if name == "X" else "") for name in names]
    table = Path(write_csv(tmp_path / "t.csv", rows, header))
    table.write_text(table.read_text().replace("\r\n", "\n"))
    assert local(*IMPORT, str(table)).code == 12
    rows = [(row[1], row[0], row[2]) for row in rows if row[1] != f"{mark} X"]
    mapped = write_csv(tmp_path / "m.csv", rows, ("What", "Who", "body"))
    ran = local(*IMPORT, mapped, "--map", "What=subject", "--map", "Who=from")
    assert ran == Ran(0, "3\n", "")
    assert made(local, mark) == ["a", "b", "d"]


def test_corrected_pipe_sends_only_the_corrected_line(local: Cli, mark: str) -> None:
    command = (*IMPORT, "-", "--format", "ndjson")
    ran = local(*command, stdin=text(*lines(mark, "a", "b", "X", "d", bad="X")))
    assert ran.code == 12
    ran = local(*command, stdin=text(*lines(mark, "a", "b", "c", "d", "e")))
    assert ran == Ran(0, "5\n", "")
    assert made(local, mark) == [*"abcde"]


def test_equal_lines_are_a_ticket_each_even_after_one_is_removed(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "a", "X", "a", bad="X"))
    assert local(*IMPORT, path).code == 12
    assert made(local, mark) == ["a", "a", "a", "b"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "b", "a", "a"))
    assert local(*IMPORT, path) == Ran(0, "3\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, *"aaaab"))
    ran = local(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "1\n")
    assert ran.stderr.startswith("4 lines were sent before, by a job that ended at 20")
    assert made(local, mark) == ["a", "a", "a", "a", "b"]


def test_finished_job_is_not_repeated_by_mistake(local: Cli, tmp_path: Path, mark: str) -> None:
    names = [str(n) for n in range(5)]
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, *names))
    assert local(*IMPORT, path) == Ran(0, "5\n", "")
    shuffled = names.copy()
    random.Random(1).shuffle(shuffled)
    other = write_ndjson(tmp_path / "other.ndjson", lines(mark, *shuffled))
    for command, stdin in [
        ((*IMPORT, path), ""),
        ((*IMPORT, path, "--jobs", "4", "--on-error", "stop"), ""),
        ((*IMPORT, other), ""),
        ((*IMPORT, "-", "--format", "ndjson"), text(*lines(mark, *names[:3]))),
    ]:
        ran = local(*command, stdin=stdin)
        assert (ran.code, ran.stdout) == (8, "")
        first, hint = ran.stderr.splitlines()
        assert "lines were sent before, by a job that ended at 20" in first
        assert first.endswith("; nothing was sent.")
        assert hint == AGAIN
    told = json.loads(local(*IMPORT, path, "--json").stderr)["error"]
    assert (told["code"], told["outcome"]) == ("already_done", "not_applied")
    assert made(local, mark) == names
    assert local(*IMPORT, path, "--again") == Ran(0, "5\n", "")
    assert made(local, mark) == sorted(names * 2)
    assert local(*IMPORT, path).code == 8


def test_quiet_run_counts_and_names_the_rows_of_another_file_it_skips(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    first = write_ndjson(tmp_path / "first.ndjson", lines(mark, "a"))
    assert local(*IMPORT, first) == Ran(0, "1\n", "")
    second = write_ndjson(tmp_path / "second.ndjson", lines(mark, "a", "b"))
    ran = local(*IMPORT, second, "-q")
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr.startswith("1 line was sent before, by a job that ended at 20")
    end = f" ({first}); skipped. --again sends every line once more.\n"
    assert ran.stderr.endswith(end)
    third = write_ndjson(tmp_path / "third.ndjson", lines(mark, "a", "c"))
    assert local(*IMPORT, third).stdout == "1\n"
    fourth = write_ndjson(tmp_path / "fourth.ndjson", lines(mark, "a", "d"))
    ran = local(*IMPORT, fourth, "--json")
    assert (json.loads(ran.stdout)["skipped"], ran.stderr) == (1, "")
    assert made(local, mark) == ["a", "b", "c", "d"]


def test_grown_file_sends_its_new_lines_with_a_remark(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b"))
    assert local(*IMPORT, path) == Ran(0, "2\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c", "X", bad="X"))
    report = tmp_path / "report.ndjson"
    ran = local(*IMPORT, path, "--report", str(report))
    assert ran.code == 12
    assert ran.stderr.startswith("2 lines were sent before")
    assert [result["state"] for result in report_of(report)] == ["done", "done", "done", "failed"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "b", "c", "d", "e"))
    ran = local(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "3\n")
    assert made(local, mark) == [*"abcde"]
    assert local(*IMPORT, path).code == 8


def test_job_with_again_is_finished_by_the_same_command(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    """What `--again` began is not begun a third time by the command that ends it."""
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "X", bad="X"))
    assert local(*IMPORT, path).code == 12
    assert local(*IMPORT, path, "--again").code == 12
    assert made(local, mark) == ["a", "a", "b", "b"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c"))
    assert local(*IMPORT, path, "--again") == Ran(0, "3\n", "")
    assert made(local, mark) == ["a", "a", "b", "b", "c"]
    assert local(*IMPORT, path).code == 8


def test_deleting_a_bad_line_sends_no_mail_twice(local: Cli, tmp_path: Path) -> None:
    to = f"{os.getpid()}-{random.randrange(10**9)}@b.example"
    content = ("--type", "email", "-s", "Hi {{n}}", "--content-file", "-")
    identifier = f"bulk.once.{os.getpid()}"
    assert local("template", "create", identifier, *content, stdin="Dear {{n}}").code == 0
    command = ("email", "bulk", "-", "--format", "ndjson", "--template", identifier)
    rows = [{"to": to, "n": "1"}, {"to": to}, {"to": to, "n": "2"}]
    assert local(*command, stdin=text(*rows)).code == 12
    assert local(*command, stdin=text(rows[0], rows[2])) == Ran(0, "2\n", "")
    assert local(*command, stdin=text(rows[0], rows[2])).code == 8
    found = local("outbox", "list", "--all", "--fields", "to,subject").stdout.splitlines()
    assert sorted(line for line in found if to in line) == [f"{to}\tHi 1", f"{to}\tHi 2"]


def test_keys_from_columns_can_be_run_repeatedly(local: Cli, tmp_path: Path, mark: str) -> None:
    rows = [row(f"{mark} {n}", Ref=f"{mark} {n}") for n in range(3)]
    path = write_ndjson(tmp_path / "t.ndjson", rows)
    command = (*IMPORT, path, "--key-from", "Ref")
    for _ in range(3):
        assert local(*command) == Ran(0, "3\n", "")
    write_ndjson(tmp_path / "t.ndjson", [rows[2], rows[0], row(f"{mark} 3", Ref=f"{mark} 3")])
    assert local(*command) == Ran(0, "3\n", "")
    assert made(local, mark) == ["0", "1", "2", "3"]
    assert local(*IMPORT, path).code == 8


def test_other_keys_for_sent_lines_are_refused(local: Cli, tmp_path: Path, mark: str) -> None:
    rows = [row(f"{mark} a", Ref="1"), row(f"{mark} X", Ref="2", queue=BAD)]
    path = write_ndjson(tmp_path / "t.ndjson", rows)
    assert local(*IMPORT, path).code == 12
    ran = local(*IMPORT, path, "--key-from", "Ref")
    assert (ran.code, ran.stdout) == (8, "")
    assert ran.stderr == (
        "tickiti: Some of these lines were sent by a job that has not ended, without --key-from.\n"
        "Run that command again to finish it, or send every line: --again\n"
    )
    assert made(local, mark) == ["a"]


def test_concurrent_jobs_of_one_command_keep_separate_records(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """As two cron jobs of one minute; a third that has a line of the first has to wait."""
    may_end = threading.Event()

    def answer(connection: socket.socket) -> None:
        is_first = json.loads(foreign.asked[-1].body)["data"]["subject"] == "one 0"
        refuses = is_first and not may_end.is_set()
        busy = failure(503, "unavailable", retry_after="1")
        connection.sendall(busy if refuses else ticket_created(1))

    foreign.answers(answer)
    one = write_ndjson(tmp_path / "one.ndjson", [row(f"one {n}") for n in range(3)])
    two = write_ndjson(tmp_path / "two.ndjson", [row(f"two {n}") for n in range(3)])
    first = remote.start(*IMPORT, one, "--retries", "99", "--max-time", "120")
    wait_until(lambda: bool(foreign.asked), first)
    assert remote(*IMPORT, two) == Ran(0, "3\n", "")
    shared = write_ndjson(tmp_path / "three.ndjson", [row("three"), row("one 2")])
    ran = remote(*IMPORT, shared)
    assert ran == Ran(14, "", "tickiti: Another run of this job is still active.\n")
    may_end.set()
    assert first.communicate(timeout=PATIENCE_SECONDS)[0] == b"3\n"
    assert [remote(*IMPORT, path).code for path in (one, two)] == [8, 8]
    assert files_of_jobs(remote) == []
    asked = Counter(json.loads(asked.body)["data"]["subject"] for asked in foreign.asked)
    assert {**asked, "one 0": 1} == {f"{name} {n}": 1 for name in ("one", "two") for n in range(3)}


def test_job_with_a_line_of_a_running_job_is_refused(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    process = remote.start(*IMPORT, path)
    try:
        wait_until(lambda: bool(foreign.asked), process)
        write_ndjson(tmp_path / "t.ndjson", [row("y2"), row("x")])
        assert remote(*IMPORT, path).code == 14
        assert remote(*IMPORT, "-", "--format", "ndjson", stdin=text(row("y"))).code == 14
    finally:
        process.kill()
        process.communicate()


def test_line_changed_after_a_kill_in_its_request_is_a_conflict(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), silence)
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    process = remote.start(*IMPORT, path)
    wait_until(lambda: len(foreign.asked) == 2, process)
    process.kill()
    process.communicate()
    foreign.answers(ticket_created(2))
    write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y2"), row("z")])
    ran = remote(*IMPORT, path)
    assert ran.code == 12
    assert ran.stderr.startswith("line 2: it replaces a line that was already sent.\n")
    write_ndjson(tmp_path / "t.ndjson", [row("y"), row("z"), row("x")])
    assert remote(*IMPORT, path) == Ran(0, "3\n", "")
    sent = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert sent == [*"xyzy"]
    assert foreign.keys[1] == foreign.keys[3]


def test_line_in_doubt_is_not_sent_with_another_familys_token(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(500, "server_error", "Broken."))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path, "--retries", "0").code == 12
    (remote.config / "credentials.toml").write_text('[far]\ntoken = "9|another"\ntoken_id = 9\n')
    foreign.answers(failure(404, "not_found", "No such route."))
    before = len(foreign.asked)
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("tickiti: An earlier run, which may have sent 1 line, used")
    assert "token 7" in ran.stderr
    assert "Token 9" in ran.stderr
    assert "--other-token" in ran.stderr
    assert [asked.line for asked in foreign.asked[before:]] == [
        "POST /_tickiti/tokens/self HTTP/1.1"
    ]
    screen = remote.on_terminal(*IMPORT, path, asked='Type "yes"', typed="no\n").stdout
    assert "Nothing was sent." in screen
    foreign.answers(ticket_created(2))
    assert remote(*IMPORT, path, "--other-token") == Ran(0, "2\n", "")


def test_job_of_another_server_is_a_different_job(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    assert remote(*IMPORT, path).code == 0
    with Foreign() as elsewhere:
        elsewhere.answers(ticket_created(1))
        address = {"TICKITI_API_BASE": elsewhere.base_url, "TICKITI_API_TOKEN": "7|secret-of-far"}
        assert remote(*IMPORT, path, **address).code == 0
        assert remote(*IMPORT, path, **address).code == 8
    address["TICKITI_API_BASE"] = foreign.base_url
    assert remote(*IMPORT, path, **address).code == 8
    assert len(foreign.asked) == 1


@pytest.mark.parametrize("kind", ["job.json", "order", "finished.ndjson"])
def test_damaged_job_record_is_named_and_nothing_is_sent(
    remote: Cli, foreign: Foreign, tmp_path: Path, kind: str
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"))
    if kind == "finished.ndjson":
        assert remote(*IMPORT, write_ndjson(tmp_path / "a.ndjson", [row("z")])).code == 0
        foreign.answers(failure(422, "queue_not_found"))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path).code == 12 or kind == "finished.ndjson"
    (damaged,) = (remote.config / "journal").glob(f"*.{kind}")
    damaged.write_text(damaged.read_text()[:40] + "#" + damaged.read_text()[41:])
    count = len(foreign.asked)
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout, len(foreign.asked)) == (3, "", count)
    told, hint = ran.stderr.splitlines()
    assert told.startswith(f"tickiti: {damaged} cannot be read: ")
    assert hint == "Move it away to start over; lines may then be sent twice."


def test_truncated_last_row_of_a_job_record_is_tolerated(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    one = write_ndjson(tmp_path / "one.ndjson", [row("x")])
    two = write_ndjson(tmp_path / "two.ndjson", [row("y")])
    assert remote(*IMPORT, one).code == 0
    (memory,) = (remote.config / "journal").glob("*.finished.ndjson")
    with memory.open("a") as file:
        file.write('0123 {"scope": ["tick')
    (remote.config / "journal" / "0123456789abcdef.order").write_text("rest of a crash")
    assert remote(*IMPORT, one).code == 8
    assert remote(*IMPORT, two).code == 0
    assert [remote(*IMPORT, path).code for path in (one, two)] == [8, 8]
    assert files_of_jobs(remote) == []


def test_job_record_is_deleted_after_thirty_days(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    memory = remote.config / "journal" / "create_ticket.finished.ndjson"
    assert remote(*IMPORT, path).code == 0
    for days, code in ((29, 8), (31, 0)):
        found = json.loads(memory.read_text().partition(" ")[2])
        moment = datetime.now(UTC) - timedelta(days=days)
        content = json.dumps({**found, "finished_at": moment.isoformat(timespec="seconds")})
        memory.write_text(f"{sha256(content.encode()).hexdigest()[:16]} {content}\n")
        assert remote(*IMPORT, path).code == code
    assert remote(*IMPORT, path).code == 8
    assert len(memory.read_text().splitlines()) == 1


def test_line_in_doubt_keeps_its_key_while_absent_from_the_file(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(500, "server_error", "Broken."))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path, "--retries", "0").code == 12
    write_ndjson(tmp_path / "t.ndjson", [row("x")])
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "1\n")
    assert ran.stderr == (
        "The file lacks 1 line that the last run may have sent; its outcome is unknown.\n"
    )
    foreign.answers(ticket_created(2))
    write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path).code == 0
    sent = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert (sent, foreign.keys[1]) == ([*"xyy"], foreign.keys[2])


def test_line_in_doubt_for_too_long_is_not_sent_again(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """Its server may have forgotten the key; the others do not suffer from that."""
    foreign.answers(
        ticket_created(1), failure(500, "server_error", "Broken."), failure(422, "queue_not_found")
    )
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    assert remote(*IMPORT, path, "--retries", "0").code == 12
    (log,) = (remote.config / "journal").glob("*.lines.ndjson")
    rows = log.read_text().splitlines()
    run = json.loads(rows[0])
    run["run"]["at"] = (datetime.now(UTC) - timedelta(days=30)).isoformat(timespec="seconds")
    log.write_text("\n".join([json.dumps(run), *rows[1:]]) + "\n")
    foreign.answers(ticket_created(2))
    report = tmp_path / "report.ndjson"
    ran = remote(*IMPORT, path, "--report", str(report))
    assert ran.code == 12
    assert ran.stderr.startswith(
        f"line 2: it may have been sent at {run['run']['at']}, so long ago"
    )
    assert [result["state"] for result in report_of(report)] == ["done", "unknown", "done"]
    sent = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert sent == [*"xyzz"]
    write_ndjson(tmp_path / "t.ndjson", [row("x"), row("z")])
    assert remote(*IMPORT, path).code == 0


def with_doubt(remote: Cli, foreign: Foreign, tmp_path: Path, **began: float) -> str:
    """A file whose one line has been in doubt since then, by the clock of the run that sent it."""
    foreign.answers(failure(500, "server_error", "Broken."))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    assert remote(*IMPORT, path, "--retries", "0").code == 12
    (log,) = (remote.config / "journal").glob("*.lines.ndjson")
    first, *rows = log.read_text().splitlines()
    run = json.loads(first)
    run["run"]["at"] = (datetime.now(UTC) + timedelta(**began)).isoformat(timespec="seconds")
    log.write_text("\n".join([json.dumps(run), *rows]) + "\n")
    foreign.asked.clear()
    return path


def dated(days: float) -> dict[str, str]:
    """The header of a server whose clock is so many days ahead of this machine's."""
    return {"Date": format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)}


@pytest.mark.parametrize(
    ("began", "ahead", "is_sent"),
    [
        (-20, 0, True),
        (-20, 15, False),  # this machine's clock was set back since
        (-40, -35, True),  # it was set forward
        (5, 0, False),  # it was ahead when the line was sent
        (5, 36, False),
        (5, 10, True),  # it is behind now
    ],
)
def test_age_of_a_line_in_doubt_follows_the_servers_clock(
    remote: Cli,
    foreign: Foreign,
    tmp_path: Path,
    *,
    began: int,
    ahead: int,
    is_sent: bool,
) -> None:
    path = with_doubt(remote, foreign, tmp_path, days=began)
    foreign.clock = dated(ahead)
    foreign.answers(ticket_created(1))
    ran = remote(*IMPORT, path)
    assert ran.code == (0 if is_sent else 12)
    assert len(foreign.asked) == is_sent
    assert is_sent or "so long ago that it could be applied twice" in ran.stderr


@HAS_FAKETIME
def test_run_under_a_wrong_clock_records_the_servers_time(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(
        raw_reply(ticket_created(1).partition(b"\r\n\r\n")[2], **dated(0)),
        failure(500, "server_error", "Broken."),
    )
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    flags = ("--retries", "0", "--jobs", "1")
    ran = subprocess.run(
        ["faketime", "-f", "+400d", *remote.command((*IMPORT, path, *flags))],
        env=remote.environ({}), cwd=remote.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 12, ran.stderr
    foreign.answers(ticket_created(2))
    assert remote(*IMPORT, path).code == 0
    assert remote(*IMPORT, path).code == 8


def test_foreign_answer_leaves_a_line_in_doubt(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """An earlier run may have been carried out: a page in Tickiti's place does not say that not."""
    page = b"<html>404</html>"
    foreign_404 = (
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(page), page)
    )
    foreign.answers(ticket_created(1), failure(500, "server_error"), foreign_404)
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    report = tmp_path / "report.ndjson"
    for retries in ("1", "0"):
        ran = remote(*IMPORT, path, "--report", str(report), "--retries", retries)
        assert ran.code == 12
        assert [result["state"] for result in report_of(report)] == ["done", "unknown"]
    foreign.answers(ticket_created(2))
    write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y2")])
    assert remote(*IMPORT, path).code == 12
    write_ndjson(tmp_path / "t.ndjson", [row("y"), row("x")])
    assert remote(*IMPORT, path) == Ran(0, "2\n", "")
    assert len({*foreign.keys}) == 2
