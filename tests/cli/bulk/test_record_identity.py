"""A line of a bulk job is known by what it says: edits, pipes, other paths, the same once more."""

import json
import os
import random
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran, wait_until
from tests.cli.foreign import Foreign, failure, raw_reply, silence, ticket_created
from tests.cli.test_import import (
    files_of_jobs,
    report_of,
    row,
    subjects,
    write_csv,
    write_ndjson,
)
from tests.faketime import HAS_FAKETIME

AGAIN = "To send every line once more: --again. To tell by columns what is new: --key-from COLUMNS"
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
def test_a_line_that_is_done_is_never_sent_again_however_the_file_is_edited(
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
def test_a_line_that_was_changed_after_it_was_sent_is_a_conflict_with_a_way_on(
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
            told = f"line {number}: it stands where a line was that has been sent."
            assert (told in ran.stderr) or not name.endswith("2")
        assert "put what is new into a file of its own" in ran.stderr
    changed = {name for name in names if name.endswith("2")}
    assert not changed & {*made(local, mark)}
    alone = write_ndjson(tmp_path / "alone.ndjson", lines(mark, *sorted(changed)))
    assert local(*IMPORT, alone) == Ran(0, f"{len(changed)}\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c"))
    assert local(*IMPORT, path) == Ran(0, "3\n", "")
    counts = Counter(made(local, mark))
    assert {*counts.values()} == {1}
    assert {"a", "b", "c", *changed} <= {*counts}


def test_a_file_is_known_by_another_path_by_a_pipe_and_in_another_format(
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


def test_a_corrected_pipe_sends_the_corrected_line_alone(local: Cli, mark: str) -> None:
    command = (*IMPORT, "-", "--format", "ndjson")
    ran = local(*command, stdin=text(*lines(mark, "a", "b", "X", "d", bad="X")))
    assert ran.code == 12
    ran = local(*command, stdin=text(*lines(mark, "a", "b", "c", "d", "e")))
    assert ran == Ran(0, "5\n", "")
    assert made(local, mark) == [*"abcde"]


def test_equal_lines_are_as_many_tickets_and_stay_so_when_one_is_removed(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "a", "X", "a", bad="X"))
    assert local(*IMPORT, path).code == 12
    assert made(local, mark) == ["a", "a", "a", "b"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "b", "a", "a"))
    assert local(*IMPORT, path) == Ran(0, "3\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, *"aaaab"))
    ran = local(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "5\n")
    assert ran.stderr.startswith("4 lines were done before, by a job that ended at 20")
    assert made(local, mark) == ["a", "a", "a", "a", "b"]


def test_a_job_that_is_done_is_not_done_again_by_mistake(
    local: Cli, tmp_path: Path, mark: str
) -> None:
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
        assert "lines were done before, by a job that ended at 20" in first
        assert first.endswith(": nothing is sent.")
        assert hint == AGAIN
    told = json.loads(local(*IMPORT, path, "--json").stderr)["error"]
    assert (told["code"], told["outcome"]) == ("already_done", "not_applied")
    assert made(local, mark) == names
    assert local(*IMPORT, path, "--again") == Ran(0, "5\n", "")
    assert made(local, mark) == sorted(names * 2)
    assert local(*IMPORT, path).code == 8


def test_a_file_that_grows_sends_what_is_new_and_says_so(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b"))
    assert local(*IMPORT, path) == Ran(0, "2\n", "")
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "a", "b", "c", "X", bad="X"))
    report = tmp_path / "report.ndjson"
    ran = local(*IMPORT, path, "--report", str(report))
    assert ran.code == 12
    assert ran.stderr.startswith("2 lines were done before")
    assert [result["state"] for result in report_of(report)] == ["done", "done", "done", "failed"]
    write_ndjson(tmp_path / "t.ndjson", lines(mark, "b", "c", "d", "e"))
    ran = local(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "4\n")
    assert made(local, mark) == [*"abcde"]
    assert local(*IMPORT, path).code == 8


def test_a_second_job_of_the_same_lines_goes_on_by_the_same_command(
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


def test_a_customer_gets_a_letter_once_though_a_bad_line_is_deleted(
    local: Cli, tmp_path: Path
) -> None:
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


def test_keys_of_columns_may_be_run_as_often_as_one_likes(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    rows = [row(f"{mark} {n}", Ref=f"{mark} {n}") for n in range(3)]
    path = write_ndjson(tmp_path / "t.ndjson", rows)
    command = (*IMPORT, path, "--key-from", "Ref")
    for _ in range(3):
        assert local(*command) == Ran(0, "3\n", "")
    write_ndjson(tmp_path / "t.ndjson", [rows[2], rows[0], row(f"{mark} 3", Ref=f"{mark} 3")])
    assert local(*command) == Ran(0, "3\n", "")
    assert made(local, mark) == ["0", "1", "2", "3"]
    assert local(*IMPORT, path).code == 8


def test_other_keys_for_lines_that_were_sent_are_refused(
    local: Cli, tmp_path: Path, mark: str
) -> None:
    rows = [row(f"{mark} a", Ref="1"), row(f"{mark} X", Ref="2", queue=BAD)]
    path = write_ndjson(tmp_path / "t.ndjson", rows)
    assert local(*IMPORT, path).code == 12
    ran = local(*IMPORT, path, "--key-from", "Ref")
    assert (ran.code, ran.stdout) == (8, "")
    assert ran.stderr == (
        "tickiti: Some of these lines were sent by a job that has not ended, without --key-from.\n"
        "Run that command again to end it; or give it up and send every line: --again\n"
    )
    assert made(local, mark) == ["a"]


def test_two_jobs_of_the_same_command_at_once_keep_their_memory_apart(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """As two cron jobs of one minute; a third that has a line of the first has to wait."""
    foreign.answers(failure(503, "unavailable", retry_after="3"), ticket_created(1))
    one = write_ndjson(tmp_path / "one.ndjson", [row(f"one {n}") for n in range(3)])
    two = write_ndjson(tmp_path / "two.ndjson", [row(f"two {n}") for n in range(3)])
    first = remote.start(*IMPORT, one, "--retries", "3")
    wait_until(lambda: bool(foreign.asked), first)
    assert remote(*IMPORT, two) == Ran(0, "3\n", "")
    shared = write_ndjson(tmp_path / "three.ndjson", [row("three"), row("one 2")])
    ran = remote(*IMPORT, shared)
    assert ran == Ran(14, "", "tickiti: Another run of this job has not ended.\n")
    assert first.communicate(timeout=30)[0] == b"3\n"
    assert [remote(*IMPORT, path).code for path in (one, two)] == [8, 8]
    assert files_of_jobs(remote) == []
    asked = Counter(json.loads(asked.body)["data"]["subject"] for asked in foreign.asked)
    assert {**asked, "one 0": 1} == {f"{name} {n}": 1 for name in ("one", "two") for n in range(3)}


def test_a_file_that_a_second_job_finds_in_place_of_a_running_one_waits(
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


def test_a_line_that_was_on_its_way_at_a_kill_and_is_changed_then_is_a_conflict(
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
    assert ran.stderr.startswith("line 2: it stands where a line was that has been sent.\n")
    write_ndjson(tmp_path / "t.ndjson", [row("y"), row("z"), row("x")])
    assert remote(*IMPORT, path) == Ran(0, "3\n", "")
    sent = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert sent == [*"xyzy"]
    assert foreign.keys[1] == foreign.keys[3]


def test_lines_in_doubt_are_not_sent_with_another_familys_token(
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
    assert ran.stderr.startswith(
        "tickiti: A run that left 1 line that may have been sent was begun"
    )
    assert "token 7" in ran.stderr
    assert "Token 9" in ran.stderr
    assert "--other-token" in ran.stderr
    assert [asked.line for asked in foreign.asked[before:]] == [
        "POST /_tickiti/tokens/self HTTP/1.1"
    ]
    screen = remote.on_terminal(*IMPORT, path, asked="Type yes", typed="no\n").stdout
    assert "Nothing was sent." in screen
    foreign.answers(ticket_created(2))
    assert remote(*IMPORT, path, "--other-token") == Ran(0, "2\n", "")


def test_a_job_of_another_server_says_nothing_of_this_one(
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
def test_a_memory_that_is_damaged_is_named_and_nothing_is_sent(
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
    assert hint == "Move it away to begin anew: lines that were sent may then be sent twice."


def test_what_a_crash_cut_short_of_the_memory_is_no_damage(
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


def test_a_memory_of_more_than_thirty_days_is_forgotten(
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


def test_a_line_in_doubt_that_leaves_the_file_and_comes_back_keeps_its_key(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(500, "server_error", "Broken."))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path, "--retries", "0").code == 12
    write_ndjson(tmp_path / "t.ndjson", [row("x")])
    ran = remote(*IMPORT, path)
    assert (ran.code, ran.stdout) == (0, "1\n")
    assert ran.stderr == (
        "The file lacks lines that the last run may have sent (1): what became of them is unknown."
        "\n"
    )
    foreign.answers(ticket_created(2))
    write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    assert remote(*IMPORT, path).code == 0
    sent = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    assert (sent, foreign.keys[1]) == ([*"xyy"], foreign.keys[2])


def test_a_line_in_doubt_for_too_long_is_not_sent_again(
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
def test_the_age_of_a_line_in_doubt_is_counted_by_the_servers_clock(
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
    assert is_sent or "so long ago that it could be done twice" in ran.stderr


@HAS_FAKETIME
def test_a_run_under_a_wrong_clock_notes_the_servers_time(
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


def test_an_answer_of_somebody_elses_leaves_a_line_in_doubt(
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
