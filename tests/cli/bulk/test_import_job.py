"""`ticket import`: every line exactly once, whatever happens to the network or to the run."""

import csv
import json
import os
import random
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Ran, Served, fill, wait_until
from tests.cli.foreign import Foreign, failure, ticket_created
from tests.faults.proxy import FAULTS, Proxy

LINES = int(os.environ.get("TICKITI_TEST_LINES", "300"))
"""The figure to publish is 10,000."""

HEADER = ("from", "subject", "body")


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def write_ndjson(path: Path, rows: Sequence[Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def row(subject: str, **more: str) -> dict[str, str]:
    return {"from": "a@b.example", "subject": subject, "body": "b", **more}


def report_of(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(rows, key=lambda result: int(result["line"]))


def files_of_jobs(run: Cli) -> list[Path]:
    """Of those that are not done."""
    folder = run.config / "journal"
    return [
        path for kind in ("job.json", "order", "lines.ndjson") for path in folder.glob(f"*.{kind}")
    ]


def subjects(run: Cli, part: str) -> list[str]:
    ran = run("ticket", "list", "--all", "--subject", part, "--fields", "subject")
    return sorted(ran.stdout.splitlines())


def test_each_line_becomes_a_ticket_in_the_order_of_the_file(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), ticket_created(2))
    rows = [("a@b.example", "One", "first\nline"), ("c@d.example", "Two, quoted", "<b>")]
    ran = remote("ticket", "import", write_csv(tmp_path / "t.csv", rows))
    assert ran == Ran(0, "2\n", "")
    bodies = [json.loads(asked.body) for asked in foreign.asked]
    assert bodies == [
        {
            "originator_email_address": "a@b.example",
            "data": {"subject": "One", "content": "first<br>line"},
        },
        {
            "originator_email_address": "c@d.example",
            "data": {"subject": "Two, quoted", "content": "&lt;b&gt;"},
        },
    ]
    assert len(set(foreign.keys)) == 2


def test_columns_are_mapped_and_those_that_are_no_field_are_named_once(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created())
    rows = [("a@b.example", "x", "b", "red"), ("a@b.example", "y", "b", "blue")]
    path = write_csv(tmp_path / "t.csv", rows, ("E-Mail", "subject", "body", "Colour"))
    ran = remote("ticket", "import", path, "--map", "E-Mail=from", "--json")
    assert json.loads(ran.stdout) == {
        "lines": 2, "done": 2, "skipped": 0, "failed": 0, "unknown": 0,
    }  # fmt: skip
    assert ran.stderr == "The column 'Colour' is no field; it is ignored.\n"
    unknown = remote("ticket", "import", path, "--map", "E-Mail=sender")
    assert unknown.code == 2
    assert unknown.stderr.startswith("tickiti: --map: there is no field 'sender' (known: ")


def test_a_bad_line_is_its_own_failure_and_the_report_has_every_line(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found", "Queue 'X' not found."))
    path = write_ndjson(
        tmp_path / "t.ndjson",
        [row("x"), row("y", queue="X"), ["no object"], {"subject": "no sender"},
         row("z", **{"body-format": "rtf"})],
    )  # fmt: skip
    report = tmp_path / "report.ndjson"
    ran = remote("ticket", "import", path, "--report", str(report))
    assert (ran.code, ran.stdout) == (12, "")
    assert sorted(ran.stderr.splitlines()) == [
        "Run the same command again for them: what is done is not sent again.",
        "line 2: Queue 'X' not found.",
        "line 3: it is not a JSON object.",
        "line 4: it has no 'from'.",
        "line 5: its body-format 'rtf' is not one of text, md, html, pre.",
        "tickiti: 4 of 5 lines failed.",
    ]
    results = report_of(report)
    assert [(result["line"], result["state"]) for result in results] == [
        (1, "done"), (2, "failed"), (3, "failed"), (4, "failed"), (5, "failed"),
    ]  # fmt: skip
    assert (results[0]["id"], results[1]["code"]) == (1, "queue_not_found")


def test_a_second_run_sends_only_what_is_not_done_and_with_the_same_keys(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    refused = failure(503, "unavailable", "Later.")
    foreign.answers(ticket_created(1), refused, ticket_created(3), ticket_created(2))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    first = remote("ticket", "import", path, "--retries", "0")
    assert first.code == 12
    second = remote("ticket", "import", path)
    assert second == Ran(0, "3\n", "")
    assert [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked] == [*"xyzy"]
    assert foreign.keys[1] == foreign.keys[3]
    assert [*(remote.config / "journal").glob("*.json")] == []


def test_the_first_failure_stops_the_job_if_it_shall(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(3))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    assert remote("ticket", "import", path, "--on-error", "stop").code == 12
    assert len(foreign.asked) == 2


def test_keys_that_are_derived_do_not_depend_on_file_or_profile(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created())
    one = write_ndjson(tmp_path / "one.ndjson", [row("x", Ref="7"), row("y", Ref="8")])
    two = write_ndjson(tmp_path / "two.ndjson", [row("y", Ref="8"), row("x", Ref="7")])
    for path in (one, two):
        assert remote("ticket", "import", path, "--key-from", "Ref,subject").code == 0
    first, second, third, fourth = foreign.keys
    assert (first, second) == (fourth, third)
    ran = remote("ticket", "import", one, "--key-from", "Number")
    assert ran.stderr.startswith("line 1: it has no 'Number', which --key-from needs.\n")


def test_a_changed_line_under_the_same_key_is_a_conflict_not_a_second_ticket(
    local: Cli, tmp_path: Path
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", [row("Changed once", Ref="only")])
    assert local("ticket", "import", path, "--key-from", "Ref").code == 0
    write_ndjson(tmp_path / "t.ndjson", [row("Changed twice", Ref="only")])
    ran = local("ticket", "import", path, "--key-from", "Ref")
    assert ran.code == 12
    assert ran.stderr.startswith("line 1: This Idempotency-Key was used for a different request")
    assert subjects(local, "Changed") == ["Changed once"]


def test_a_file_that_was_replaced_under_an_open_job_is_reported_not_skipped(
    local: Cli, tmp_path: Path
) -> None:
    """What a job of every night does whose file of yesterday had a line that failed."""
    mark = f"Nightly {os.getpid()}"
    path = write_ndjson(
        tmp_path / "t.ndjson", [row(f"{mark} one"), row(f"{mark} two", queue="Nowhere")]
    )
    assert local("ticket", "import", path).code == 12
    rows = [row(f"{mark} three"), row(f"{mark} four")]
    write_ndjson(tmp_path / "t.ndjson", rows)
    ran = local("ticket", "import", path)
    assert (ran.code, ran.stdout) == (12, "")
    assert ran.stderr == (
        "line 1: it stands where a line was that has been sent.\n"
        "tickiti: 1 of 2 lines failed.\n"
        "A line that was changed after it was sent is not sent again: undo the change, or put what "
        "is new into a file of its own. To send every line of this file once more: --again\n"
    )
    assert subjects(local, mark) == [f"{mark} four", f"{mark} one"]
    anew = write_ndjson(tmp_path / "another.ndjson", rows[:1])
    assert local("ticket", "import", anew) == Ran(0, "1\n", "")


def test_a_report_has_the_last_result_of_each_line_once(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    bad = failure(422, "queue_not_found", "No.")
    foreign.answers(ticket_created(1), bad, bad, ticket_created(2), bad)
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    report = tmp_path / "r.csv"
    command = ("ticket", "import", path, "--report", str(report))
    assert [remote(*command).code, remote(*command).code] == [12, 12]
    with report.open(newline="") as file:
        found = [(line["line"], line["state"], line["id"]) for line in csv.DictReader(file)]
    assert sorted(found) == [("1", "done", "1"), ("2", "done", "2"), ("3", "failed", "")]


def test_a_result_that_a_crash_cut_short_takes_no_other_along(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(2))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y")])
    report = tmp_path / "r.ndjson"
    assert remote("ticket", "import", path).code == 12
    (results,) = (remote.config / "journal").glob("*.lines.ndjson")
    with results.open("a") as file:
        file.write('{"line": 2, "sta')
    assert remote("ticket", "import", path, "--report", str(report)) == Ran(0, "2\n", "")
    assert [(result["line"], result["id"]) for result in report_of(report)] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (failure(401, "unauthenticated", "Unauthenticated."), 4),
        (failure(403, "missing_ability", "The token lacks create-ticket."), 5),
    ],
)
def test_a_token_that_may_not_ends_the_job_at_its_first_line(
    remote: Cli, foreign: Foreign, tmp_path: Path, refusal: bytes, code: int
) -> None:
    foreign.answers(ticket_created(1), refusal)
    path = write_ndjson(tmp_path / "t.ndjson", [row(str(n)) for n in range(50)])
    ran = remote("ticket", "import", path, "-q")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (code, "", 2)
    foreign.answers(ticket_created(2))
    assert remote("ticket", "import", path) == Ran(0, "50\n", "")
    assert len(foreign.asked) == 51


def test_a_dry_run_shows_every_line_and_sends_none(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), {}])
    ran = remote("ticket", "import", path, "--dry-run", "--fields", "line,state,message")
    assert ran == Ran(0, "1\tvalid\t\n2\tfailed\tit has no 'from'.\n", "")
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.txt", b"", "say what it is with --format ndjson or --format csv."),
        ("t.csv", b"from,from\r\n", "Rename one of the columns 'from'."),
        ("t.csv", b'"open', "is not CSV: its header, it is not CSV: unexpected end of data."),
        ("t.csv", b"\x89PNG\r\n\x1a\n", "its header is not UTF-8 text."),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    remote: Cli, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ran = remote("ticket", "import", str(path))
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {path}")
    assert sentence in ran.stderr
    assert remote("ticket", "import", str(tmp_path / "missing.csv")).code == 2


def test_standard_input_is_imported_and_goes_on_after_a_failure(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(2))
    text = "from,subject,body\na@b.example,x,b\na@b.example,y,b\n"
    command = ("ticket", "import", "-", "--format", "csv")
    assert remote(*command, stdin=text).code == 12
    assert remote(*command, stdin=text) == Ran(0, "2\n", "")
    assert len(foreign.asked) == 3


def test_a_disk_that_fills_up_ends_the_job_which_then_goes_on_with_the_same_keys(
    remote: Cli, foreign: Foreign, tmp_path: Path, small_disk: Path
) -> None:
    fillers: list[Path] = []

    def answer(connection: socket.socket) -> None:
        if len(foreign.asked) == 3:
            fillers.append(fill(small_disk))
        connection.sendall(ticket_created(len(foreign.asked)))

    foreign.answers(answer)
    # Of this length, since the last page of a file that is there already has room to its end.
    path = write_ndjson(tmp_path / "t.ndjson", [row(str(n)) for n in range(100)])
    ran = remote("ticket", "import", path)
    assert (ran.code, ran.stdout) == (3, "")
    told, hint = ran.stderr.splitlines()
    assert told.endswith(".lines.ndjson cannot be written: No space left on device.")
    assert hint == "Run the same command again: what is done is not sent again."
    fillers[0].unlink()
    foreign.answers(ticket_created(1))
    assert remote("ticket", "import", path) == Ran(0, "100\n", "")
    subjects_ = [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]
    pairs = set(zip(subjects_, foreign.keys, strict=True))
    assert len(pairs) == len(set(subjects_)) == len(set(foreign.keys)) == 100


def test_two_runs_that_read_standard_input_do_not_mix(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="2"), ticket_created(1))
    command = ("ticket", "import", "-", "--format", "ndjson", "--retries", "3")
    texts = ["".join(json.dumps(row(f"{name}{n}")) + "\n" for n in range(40)) for name in "ab"]
    first = subprocess.Popen(
        remote.command(command),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=remote.environ({}), cwd=remote.folder,
    )  # fmt: skip
    assert first.stdin is not None
    first.stdin.write(texts[0].encode())
    first.stdin.close()
    first.stdin = None
    wait_until(lambda: bool(foreign.asked), first)
    assert remote(*command, stdin=texts[1]) == Ran(0, "40\n", "")
    assert first.communicate(timeout=30)[0] == b"40\n"
    made = sorted({json.loads(asked.body)["data"]["subject"] for asked in foreign.asked})
    assert made == sorted(f"{name}{n}" for n in range(40) for name in "ab")
    assert files_of_jobs(remote) == []


def test_two_pipes_of_one_name_are_two_files(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
    """As bash's <(...) makes them: what was done of the first says nothing of the second."""
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(2))
    pipe = tmp_path / "lines"
    os.mkfifo(pipe)
    command = ("ticket", "import", str(pipe), "--format", "ndjson")
    for subjects_, code in (("xy", 12), ("zw", 0)):
        process = remote.start(*command)
        pipe.write_text("".join(json.dumps(row(subject)) + "\n" for subject in subjects_))
        process.communicate(timeout=30)
        assert process.returncode == code
    assert [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked] == [*"xyzw"]
    assert len(set(foreign.keys)) == 4


def test_a_second_run_of_a_job_that_has_not_ended_is_refused(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    process = remote.start("ticket", "import", path)
    try:
        while not foreign.asked:
            time.sleep(0.01)
        ran = remote("ticket", "import", path)
        assert ran == Ran(14, "", "tickiti: Another run of this job has not ended.\n")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(3600)
def test_killed_again_and_again_through_a_bad_network_each_line_is_one_ticket(
    run: Cli, served: Served, tmp_path: Path
) -> None:
    token = (served.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    mark = f"Stormy {os.getpid()}"
    path = write_csv(
        tmp_path / "t.csv", [("a@b.example", f"{mark} {n:06d}", "b") for n in range(LINES)]
    )
    chance = random.Random(4)
    kills = 0
    with Proxy(served.base_url, one_in=8, seed=4) as proxy:
        direct = {"TICKITI_API_BASE": proxy.base_url, "TICKITI_API_TOKEN": token}
        is_done = False
        while not is_done:
            process = run.start("ticket", "import", path, "--jobs", "8", **direct)
            enough = proxy.done.total() + chance.randrange(20, 200)
            while process.poll() is None and proxy.done.total() < enough:
                time.sleep(0.005)
            kills += process.poll() is None
            process.kill()
            # Once it has said that all is done, the same command would begin anew.
            is_done = bool(process.communicate()[0]) or process.returncode == 0
    print(f"{LINES} lines, {kills} kills, {sum(proxy.done.values())} requests: {proxy.done}")
    use_the_profile_of(run, served)
    assert subjects(run, mark) == [f"{mark} {n:06d}" for n in range(LINES)]
    assert kills >= 2
    assert {fault.__name__ for fault in FAULTS} <= proxy.done.keys()


def use_the_profile_of(run: Cli, served: Served) -> None:
    """The profile of the real server, to look at what came of it."""
    for name in ("config.toml", "credentials.toml"):
        target = run.config / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text((served.config / name).read_text())
