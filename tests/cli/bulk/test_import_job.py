"""`ticket import` sends every line exactly once, over any network and after any kill."""

import csv
import json
import os
import random
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, Served, fill
from tests.support.faults.proxy import FAULTS, Proxy
from tests.support.foreign import Foreign, failure, ticket_created
from tests.support.jobs import (
    files_of_jobs,
    report_of,
    row,
    subjects,
    use_the_profile_of,
    write_csv,
    write_ndjson,
)
from tests.support.waiting import wait_until

LINES = int(os.environ.get("TICKITI_TEST_LINES", "300"))
"""The figure to publish is 10,000."""


def test_lines_become_tickets_in_file_order(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
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


def test_columns_are_mapped_and_unknown_ones_named_once(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created())
    rows = [("a@b.example", "x", "b", "red"), ("a@b.example", "y", "b", "blue")]
    path = write_csv(tmp_path / "t.csv", rows, ("E-Mail", "subject", "body", "Colour"))
    ran = remote("ticket", "import", path, "--map", "E-Mail=from", "--json")
    assert json.loads(ran.stdout) == {
        "lines": 2, "done": 2, "skipped": 0, "failed": 0, "unknown": 0,
    }  # fmt: skip
    assert ran.stderr == "The column 'Colour' is not a field; ignored.\n"
    unknown = remote("ticket", "import", path, "--map", "E-Mail=sender")
    assert unknown.code == 2
    assert unknown.stderr.startswith("tickiti: --map: there is no field 'sender' (known: ")


def test_bad_line_fails_alone_and_the_report_has_every_line(
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
        "Correct these lines, then run the same command again.",
        "line 2: Queue 'X' not found.",
        "line 3: it is not a JSON object.",
        "line 4: 'from' is missing.",
        "line 5: its body-format 'rtf' is not one of text, md, html, pre.",
        "tickiti: 4 of 5 lines failed; 1 done.",
    ]
    results = report_of(report)
    assert [(result["line"], result["state"]) for result in results] == [
        (1, "done"), (2, "failed"), (3, "failed"), (4, "failed"), (5, "failed"),
    ]  # fmt: skip
    assert (results[0]["id"], results[1]["code"]) == (1, "queue_not_found")


def test_second_run_sends_only_open_lines_with_the_same_keys(
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


def test_on_error_stop_ends_the_job_at_the_first_failure(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(3))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    assert remote("ticket", "import", path, "--on-error", "stop").code == 12
    assert len(foreign.asked) == 2


def test_derived_keys_are_independent_of_file_and_profile(
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
    assert ran.stderr.startswith("line 1: 'Number' is missing, which --key-from needs.\n")


def test_changed_line_under_the_same_key_is_a_conflict(local: Cli, tmp_path: Path) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", [row("Changed once", Ref="only")])
    assert local("ticket", "import", path, "--key-from", "Ref").code == 0
    write_ndjson(tmp_path / "t.ndjson", [row("Changed twice", Ref="only")])
    ran = local("ticket", "import", path, "--key-from", "Ref")
    assert ran.code == 12
    assert ran.stderr.startswith("line 1: This Idempotency-Key was used for a different request")
    assert subjects(local, "Changed") == ["Changed once"]


def test_lines_that_are_added_while_the_file_is_read_are_counted(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = tmp_path / "t.ndjson"
    write_ndjson(path, [row("first")])

    def grow(connection: socket.socket) -> None:
        with path.open("a") as file:
            file.write("".join(f"{json.dumps(row(name))}\n" for name in ("second", "third")))
        connection.sendall(ticket_created(1))

    foreign.answers(grow)
    ran = remote("ticket", "import", str(path))
    assert (ran.code, len(foreign.asked)) == (12, 1)
    assert ran.stderr == (
        "line 2: it was changed while the file was read.\n"
        "line 3: it was changed while the file was read.\n"
        "tickiti: 2 of 3 lines failed; 1 done.\n"
        "Run the same command again to send them; lines that are done are skipped.\n"
    )
    foreign.answers(ticket_created(2), ticket_created(3))
    assert remote("ticket", "import", str(path)).code == 0
    assert len(foreign.asked) == 3


def test_file_replaced_under_an_open_job_is_reported(local: Cli, tmp_path: Path) -> None:
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
        "line 1: it replaces a line that was already sent.\n"
        "tickiti: 1 of 2 lines failed; 1 done.\n"
        "A line that changed after it was sent is not sent again: undo the change, or put new "
        "lines into another file. To send every line of this file again: --again\n"
    )
    assert subjects(local, mark) == [f"{mark} four", f"{mark} one"]
    anew = write_ndjson(tmp_path / "another.ndjson", rows[:1])
    assert local("ticket", "import", anew) == Ran(0, "1\n", "")


def test_report_has_the_last_result_of_each_line_once(
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


def test_result_truncated_by_a_crash_affects_no_other_line(
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
def test_token_without_the_ability_ends_the_job_at_its_first_line(
    remote: Cli, foreign: Foreign, tmp_path: Path, refusal: bytes, code: int
) -> None:
    foreign.answers(ticket_created(1), refusal)
    path = write_ndjson(tmp_path / "t.ndjson", [row(str(n)) for n in range(50)])
    ran = remote("ticket", "import", path, "-q")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (code, "", 2)
    foreign.answers(ticket_created(2))
    assert remote("ticket", "import", path) == Ran(0, "50\n", "")
    assert len(foreign.asked) == 51


def test_dry_run_shows_every_line_and_sends_none(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), {}])
    ran = remote("ticket", "import", path, "--dry-run", "--fields", "line,state,message")
    assert ran == Ran(0, "1\tvalid\t\n2\tfailed\t'from' is missing.\n", "")
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.txt", b"", "unknown format; add --format ndjson or --format csv."),
        ("t.csv", b"from,from\r\n", "Rename one of the columns 'from'."),
        ("t.csv", b'"open', ": line 1: it is not CSV: unexpected end of data."),
        ("t.csv", b"\x89PNG\r\n\x1a\n", "line 1 is not UTF-8 text."),
        ("t.csv", "from,subject,body\n".encode("utf-16-le"), "line 1 is not UTF-8 text."),
        ("t.ndjson", '{"from":1}\n'.encode("utf-16-le"), "line 1 is not UTF-8 text."),
    ],
)
def test_unreadable_file_is_named(
    remote: Cli, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ran = remote("ticket", "import", str(path))
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {path}")
    assert sentence in ran.stderr
    assert remote("ticket", "import", str(tmp_path / "missing.csv")).code == 2


def test_import_of_standard_input_continues_after_a_failure(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ticket_created(1), failure(422, "queue_not_found"), ticket_created(2))
    text = "from,subject,body\na@b.example,x,b\na@b.example,y,b\n"
    command = ("ticket", "import", "-", "--format", "csv")
    assert remote(*command, stdin=text).code == 12
    assert remote(*command, stdin=text) == Ran(0, "2\n", "")
    assert len(foreign.asked) == 3


def test_job_ended_by_a_full_disk_continues_with_the_same_keys(
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
    assert hint == "Run the same command again; lines that are done are skipped."
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


def test_pipes_with_one_name_are_separate_jobs(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
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


def test_second_run_of_a_running_job_is_refused(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    path = write_ndjson(tmp_path / "t.ndjson", [row("x")])
    process = remote.start("ticket", "import", path)
    try:
        wait_until(lambda: foreign.asked)
        ran = remote("ticket", "import", path)
        assert ran == Ran(14, "", "tickiti: Another run of this job is still active.\n")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(3600)
def test_killed_job_over_a_bad_network_makes_each_ticket_once(
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


def test_many_unknown_columns_are_one_line(local: Cli) -> None:
    names = [f"Extra {number}" for number in range(1000)]
    lines = local.folder / "wide.csv"
    lines.write_text(f"from,subject,body,{','.join(names)}\na@b.example,x,y{',1' * 1000}\n")
    ran = local("ticket", "import", str(lines))
    named = "'Extra 0', 'Extra 1', 'Extra 2', 'Extra 3', 'Extra 4' and 995 more"
    assert ran == Ran(0, ran.stdout, f"The columns {named} are not fields; ignored.\n")


def test_different_unknown_fields_in_each_record_cause_few_remarks(local: Cli) -> None:
    lines = local.folder / "odd.ndjson"
    lines.write_text(
        "".join(
            f'{{"from": "a@b.example", "subject": "x", "body": "y", "odd{number}": 1}}\n'
            for number in range(30)
        )
    )
    ran = local("ticket", "import", str(lines))
    assert (ran.code, ran.stderr.splitlines()) == (
        0,
        [f"The column 'odd{number}' is not a field; ignored." for number in range(5)]
        + ["More columns are not fields; ignored."],
    )


def test_error_of_the_command_ends_the_job_instead_of_failing_each_line(
    run: Cli, tmp_path: Path
) -> None:
    path = write_ndjson(tmp_path / "t.ndjson", [row("x"), row("y"), row("z")])
    ran = run("ticket", "import", path, "--base-url", "http://a.example", TICKITI_API_BASE="",
              TICKITI_TOKEN_COMMAND="echo '1|x'")  # fmt: skip
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("tickiti: http://a.example/api/create_ticket is not encrypted")
    assert ran.stderr.count("not encrypted") == 1
