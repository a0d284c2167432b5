"""`email bulk`: a mail for each line, exactly once, and no faster than was asked for."""

import csv
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran, Served, wait_until
from tests.cli.foreign import Foreign, failure, reply, silence
from tests.cli.test_import import report_of, use_the_profile_of, write_csv, write_ndjson
from tests.faults.proxy import Proxy
from tickiti_cli.bulk.pace import Pace

LINES = int(os.environ.get("TICKITI_TEST_LINES", "60"))
BULK = ("email", "bulk")
TEMPLATE = ("--template", "warranty.received")
ACCEPTED = reply({"ok": True, "data": {"email_id": "mail_1", "to_address": "a@b.example"}})
HEADER = ("E-Mail", "name", "order.id")


def test_an_address_and_values_for_the_template_come_from_the_columns(
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


def test_objects_and_the_prefix_of_an_import_are_values_too(
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


def test_a_bad_line_is_its_own_failure(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
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
        "Run the same command again for them: what is done is not sent again.",
        "line 2: It lacks 'name'.",
        "line 3: it has no 'to'.",
        "line 4: its 'to' is a list, not text: [\"a@b.example\"].",
        "line 5: its column a.b: 'a' has a value already, and cannot hold others.",
        "line 6: its column 'a.' is no name of a value.",
        "tickiti: 5 of 6 lines failed.",
    ]
    assert [result["state"] for result in report_of(report)] == ["done", *["failed"] * 5]


def test_another_template_is_another_job(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
    """Its keys are others: the letters that went out before are no reason to send fewer."""
    foreign.answers(ACCEPTED, failure(422, "x"), ACCEPTED)
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": "a@b.example"}, {"to": "b@b.example"}])
    assert remote(*BULK, path, *TEMPLATE).code == 12
    assert remote(*BULK, path, "--template", "warranty.ready") == Ran(0, "2\n", "")
    assert remote(*BULK, path, *TEMPLATE) == Ran(0, "2\n", "")
    assert len(foreign.asked) == 5
    assert len(set(foreign.keys)) == 4


@pytest.mark.parametrize("rate", ["10", "0/s", "-1/s", "ten/s", "10/d", "1e9/s", "inf/s", ""])
def test_a_rate_has_a_unit(remote: Cli, foreign: Foreign, tmp_path: Path, rate: str) -> None:
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": "a@b.example"}])
    assert remote(*BULK, path, *TEMPLATE, f"--rate={rate}") == Ran(
        2, "", f"tickiti: --rate: '{rate}' is no rate such as 10/s, 0.5/s or 90/m.\n"
    )
    assert foreign.asked == []


def test_a_rate_counts_what_is_sent_again(remote: Cli, foreign: Foreign, tmp_path: Path) -> None:
    busy = failure(503, "overloaded")
    foreign.answers(*[busy] * 10, ACCEPTED)
    path = write_ndjson(tmp_path / "c.ndjson", [{"to": f"{n}@b.example"} for n in range(10)])
    began = time.monotonic()
    ran = remote(*BULK, path, *TEMPLATE, "--rate", "10/s", "--jobs", "4", "-q")
    took = time.monotonic() - began
    assert ran == Ran(0, "", "")
    assert len(foreign.asked) == 20
    assert took >= 1.9


def test_a_pace_is_kept_on_average_and_a_stall_makes_no_crowd() -> None:
    def taken(pace: Pace) -> int:
        count = 0
        while pace.pause == 0:
            pace.take()
            count += 1
        return count

    pace = Pace(100)
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
    assert taken(Pace(1)) == 1


def test_no_rate_is_no_wait() -> None:
    pace = Pace(None)
    pace.take()
    assert pace.pause == 0


@pytest.mark.timeout(3600)
def test_killed_again_and_again_through_a_bad_network_each_line_is_one_mail(
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
    [(signal.SIGINT, (130, "Interrupted.")), (signal.SIGTERM, (143, "Ended by SIGTERM."))],
)
def test_a_job_that_is_cut_short_ends_at_once_and_says_how_to_go_on(
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
        f"tickiti: {sentence}\nRun the same command again: what is done is not sent again.\n"
    )
    foreign.answers(ACCEPTED)
    assert remote(*BULK, path, *TEMPLATE) == Ran(0, "9\n", "")
    assert len(foreign.asked) == 10
    assert foreign.keys[1] in foreign.keys[2:]
