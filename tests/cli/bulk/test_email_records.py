"""`email bulk` sends one mail for each line, exactly once, at most at the requested rate."""

import csv
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, Served
from tests.support.faults.proxy import Proxy
from tests.support.foreign import Foreign, failure, reply, silence
from tests.support.jobs import report_of, use_the_profile_of, write_csv, write_ndjson
from tests.support.waiting import wait_until
from tickiti_cli.bulk.rate import RateLimiter

LINES = int(os.environ.get("TICKITI_TEST_LINES", "60"))
BULK = ("email", "bulk")
TEMPLATE = ("--template", "warranty.received")
ACCEPTED = reply({"ok": True, "data": {"email_id": "mail_1", "to_address": "a@b.example"}})
HEADER = ("E-Mail", "name", "order.id")


def test_columns_fill_the_address_and_the_template(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ACCEPTED)
    path = write_csv(tmp_path / "c.csv", [("m@b.example", "Marcus", "4711")], HEADER)
    ran = remote(*BULK, path, *TEMPLATE, "--to-field", "E-Mail", "--mailbox", "Sales")
    assert ran == Ran(0, "1\n", "")
    (asked,) = foreign.asked
    assert asked.line == "POST /api/send_email HTTP/1.1"
    assert json.loads(asked.body) == {
        "to_address": "m@b.example",
        "template_identifier": "warranty.received",
        "mailbox": "Sales",
        "data": {"name": "Marcus", "order": {"id": "4711"}},
    }


def test_objects_and_prefixed_columns_are_template_values(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ACCEPTED)
    rows = [{"to": "m@b.example", "data.name": "Marcus", "lines": [{"sku": "VP-3"}]}]
    path = write_ndjson(tmp_path / "c.ndjson", rows)
    assert remote(*BULK, path, *TEMPLATE, "--validate-address").code == 0
    assert json.loads(foreign.asked[0].body) == {
        "to_address": "m@b.example",
        "template_identifier": "warranty.received",
        "validate_address": True,
        "data": {"name": "Marcus", "lines": [{"sku": "VP-3"}]},
    }


def test_bad_line_fails_alone(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
    foreign.answers(ACCEPTED, failure(422, "template_data_missing", "It lacks 'name'."))
    rows = [
        {"to": "a@b.example"}, {"to": "b@b.example"}, {"name": "x"}, {"to": ["a@b.example"]},
        {"to": "c@b.example", "a": 1, "a.b": 2}, {"to": "c@b.example", "a.": 1},
    ]  # fmt: skip
    path = write_ndjson(tmp_path / "c.ndjson", rows)
    report = tmp_path / "report.ndjson"
    ran = remote(*BULK, path, *TEMPLATE, "--report", str(report))
    assert (ran.code, ran.stdout) == (12, "")
    assert sorted(ran.stderr.splitlines()) == [
        "Correct these lines, then run the same command again.",
        "line 2: It lacks 'name'.",
        "line 3: 'to' is missing.",
        "line 4: 'to' is a list, not text: [\"a@b.example\"].",
        "line 5: column a.b: 'a' has a value already, and cannot hold others.",
        "line 6: column 'a.' is not a valid placeholder name.",
        "tickiti: 5 of 6 lines failed; 1 done.",
    ]
    assert [result["state"] for result in report_of(report)] == ["done", *["failed"] * 5]


def test_same_lines_with_another_template_are_another_job(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    """Its keys are others: the letters that went out before are no reason to send fewer."""
    foreign.answers(ACCEPTED, failure(422, "x"), ACCEPTED)
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": "a@b.example"}, {"to": "b@b.example"}])
    assert remote(*BULK, path, *TEMPLATE).code == 12
    assert remote(*BULK, path, "--template", "warranty.ready") == Ran(0, "2\n", "")
    assert remote(*BULK, path, *TEMPLATE) == Ran(0, "2\n", "")
    assert len(foreign.asked) == 5
    assert len(set(foreign.keys)) == 4


@pytest.mark.parametrize("rate", ["10", "0/s", "-1/s", "ten/s", "10/d", "1e9/s", "inf/s", ""])
def test_invalid_rate_is_refused(remote: Cli, foreign: Foreign, tmp_path: Path, rate: str) -> None:
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": "a@b.example"}])
    assert remote(*BULK, path, *TEMPLATE, f"--rate={rate}") == Ran(
        2, "", f"tickiti: --rate: '{rate}' is not a rate such as 10/s, 0.5/s or 90/m.\n"
    )
    assert foreign.asked == []


def test_rate_counts_retries(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
    busy = failure(503, "overloaded")
    foreign.answers(*[busy] * 10, ACCEPTED)
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": f"{n}@b.example"} for n in range(10)])
    began = time.monotonic()
    ran = remote(*BULK, path, *TEMPLATE, "--rate", "10/s", "--jobs", "4", "-q")
    took = time.monotonic() - began
    assert ran == Ran(0, "", "")
    assert len(foreign.asked) == 20
    assert took >= 1.9


def test_rate_is_kept_on_average_without_bursts() -> None:
    def taken(pace: RateLimiter) -> int:
        count = 0
        while pace.pause == 0:
            pace.count_attempt()
            count += 1
        return count

    pace = RateLimiter(100)
    began = time.monotonic()
    count = taken(pace)
    while time.monotonic() - began < 0.3:
        time.sleep(pace.pause)
        count += taken(pace)
    passed = time.monotonic() - began
    # Whatever the sleeps overshoot is made up for.
    assert 100 * 0.3 <= count <= 100 * passed + 1
    time.sleep(1.5)
    assert taken(pace) <= 102
    assert taken(RateLimiter(1)) == 1


def test_job_without_a_rate_never_waits() -> None:
    pace = RateLimiter(None)
    pace.count_attempt()
    assert pace.pause == 0


@pytest.mark.timeout(3600)
def test_killed_job_over_a_bad_network_sends_each_mail_once(
    run: Cli, served: Served, tmp_path: Path
) -> None:
    use_the_profile_of(run, served)
    content = ("--type", "email", "-s", "Hello {{name}}", "--content-file", "-")
    assert run("template", "create", "bulk.letter", *content, stdin="Dear {{name}}").code == 0
    name = f"storm-{os.getpid()}"
    rows = [(f"{name}-{n:06d}@b.example", str(n)) for n in range(LINES)]
    path = write_csv(tmp_path / "c.csv", rows, ("to", "name"))
    token = (served.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    chance = random.Random(5)
    kills = 0
    with Proxy(served.base_url, one_in=6, seed=5) as proxy:
        direct = {"TICKITI_API_BASE": proxy.base_url, "TICKITI_API_TOKEN": token}
        is_done = False
        while not is_done:
            process = run.start(
                *BULK, path, "--template", "bulk.letter", "--jobs", "4", "--rate", "100/s", **direct
            )
            enough = proxy.done.total() + chance.randrange(10, 50)
            while process.poll() is None and proxy.done.total() < enough:
                time.sleep(0.005)
            kills += process.poll() is None
            process.kill()
            # Once it has said that all is done, the same command would begin anew.
            is_done = bool(process.communicate()[0]) or process.returncode == 0
    print(f"{LINES} lines, {kills} kills, {sum(proxy.done.values())} requests: {proxy.done}")
    ran = run("outbox", "list", "--all", "--fields", "to,subject", "-o", "csv")
    found = sorted(csv.reader(ran.stdout.splitlines()[1:]))
    sent = [(to, subject) for to, subject in found if to.startswith(name)]
    assert sent == [(to, f"Hello {number}") for to, number in rows]
    assert kills >= 1


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (signal.SIGINT, (130, "Interrupted.")),
        (signal.SIGTERM, (143, "Terminated.")),
        (signal.SIGHUP, (143, "Terminated.")),
    ],
)
def test_interrupted_job_ends_at_once_and_names_how_to_continue(
    remote: Cli, foreign: Foreign, tmp_path: Path, number: int, told: tuple[int, str]
) -> None:
    code, sentence = told
    foreign.answers(ACCEPTED, silence)
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": f"{n}@b.example"} for n in range(9)])
    process = remote.start(*BULK, path, *TEMPLATE)
    wait_until(lambda: len(foreign.asked) == 2, process)
    began = time.monotonic()
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert (process.returncode, stdout) == (code, b"")
    assert stderr.decode() == (
        f"tickiti: {sentence}\nRun the same command again; lines that are done are skipped.\n"
    )
    foreign.answers(ACCEPTED)
    assert remote(*BULK, path, *TEMPLATE) == Ran(0, "9\n", "")
    assert len(foreign.asked) == 10
    assert foreign.keys[1] in foreign.keys[2:]
