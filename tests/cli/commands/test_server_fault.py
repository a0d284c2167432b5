"""`tickiti server fault`, and the product against it: whatever fails, each ticket exists once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran

CREATE = ("ticket", "create", "--from", "marcus@trailblazers-club.example", "-b", "At mile 14.")
QUICK = ("--retries", "1", "--timeout", "2", "--max-time", "20")
FAULTS = [
    ("--commit-then-drop",), ("--drop-before",), ("--truncate", "10"), ("--bad-json",),
    ("--status", "500"), ("--status", "503"), ("--rate-limit", "1"), ("--slow", "400"),
    ("--delay", "0.2"),
]  # fmt: skip
ENDLESS = [
    (("--commit-then-drop",), 11), (("--drop-before",), 11), (("--truncate", "10"), 11),
    (("--bad-json",), 11), (("--status", "500"), 10), (("--status", "503"), 10),
    (("--rate-limit", "1"), 9), (("--slow", "5"), 11), (("--delay", "60"), 11),
]  # fmt: skip
"""Faults that do not end, and the exit codes of `tickiti help exit-codes`."""

NO_ACTION = (
    "Missing action: add one of --status, --delay, --drop-before, --commit-then-drop, --truncate, "
    "--bad-json, --slow, --rate-limit, --smtp-code, --callback-status."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    cli = Cli(tmp_path_factory.mktemp("faults"))
    words = ("server", "start", "--test", "--port", "0", "--detach", "--db", "t.db")
    assert cli(*words).code == 0
    yield cli
    assert cli("server", "stop", "--db", "t.db").code == 0


@pytest.fixture
def local(server: Cli) -> Iterator[Cli]:
    """The server without faults."""
    assert server("server", "requests", "clear").code == 0
    yield server
    assert server("server", "fault", "clear").code == 0
    for row in json.loads(server("op", "list", "--json").stdout):
        server("op", "forget", row["id"], "--yes")


def subjects(cli: Cli) -> list[str]:
    rows = json.loads(cli("ticket", "list", "--all", "--json").stdout)
    return [row["subject"] for row in rows]


def added(cli: Cli, *words: str) -> None:
    ran = cli("server", "fault", "add", *words)
    assert (ran.code, ran.stderr) == (0, "")


@pytest.mark.parametrize("fault", FAULTS, ids=" ".join)
def test_a_ticket_is_created_once_under_every_fault(local: Cli, fault: tuple[str, ...]) -> None:
    subject = " ".join(fault)
    added(local, *fault, "--times", "2")
    ran = local(*CREATE, "-s", subject, "--json")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout)["ticket_number"]
    assert subjects(local).count(subject) == 1
    (shown,) = json.loads(local("server", "fault", "list", "--json").stdout)
    assert shown["fired"] >= 1
    rows = json.loads(local("server", "requests", "--faulty", "--json").stdout)
    assert {row["fault"] for row in rows} == {fault[0].removeprefix("--")}


@pytest.mark.parametrize(("fault", "code"), ENDLESS, ids=lambda v: " ".join(map(str, [v])))
def test_an_unfinished_ticket_is_resumed_once(
    local: Cli, fault: tuple[str, ...], code: int
) -> None:
    subject = f"endless {' '.join(fault)}"
    added(local, *fault, "--route", "/api/*create*")
    ran = local(*CREATE, "-s", subject, *QUICK)
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    assert local("server", "fault", "clear").code == 0
    pending = json.loads(local("op", "list", "--pending", "--json").stdout)
    if code == 9:  # a 429 says that nothing was applied
        assert subjects(local).count(subject) == 0
        return
    assert len(pending) == 1
    resumed = local("op", "resume", "--all-pending")
    assert resumed.code == 0, resumed.stderr
    assert subjects(local).count(subject) == 1
    assert json.loads(local("op", "list", "--pending", "--json").stdout) == []


def test_an_import_creates_each_ticket_once_under_every_fault(local: Cli) -> None:
    lines = [{"from": "a@b.example", "subject": f"line {n}", "body": "x"} for n in range(12)]
    file = local.folder / "lines.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for seed, fault in enumerate(FAULTS[:7], start=1):
        added(local, *fault, "--probability", "0.3", "--seed", str(seed), "--times", "3")
    ran = local("ticket", "import", str(file), "--jobs", "3")
    assert ran.code == 0, ran.stderr
    found = [subject for subject in subjects(local) if subject.startswith("line ")]
    assert sorted(found) == sorted(line["subject"] for line in lines)
    assert sum(row["fired"] for row in faults(local)) > 3


def faults(cli: Cli) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(cli("server", "fault", "list", "--json").stdout)
    return rows


def test_a_stopped_import_continues_where_it_failed(local: Cli) -> None:
    lines = [{"from": "a@b.example", "subject": f"again {n}", "body": "x"} for n in range(6)]
    file = local.folder / "again.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    added(local, "--commit-then-drop", "--after", "2", "--times", "2")
    ran = local("ticket", "import", str(file), "--retries", "0", "--jobs", "1")
    assert ran.code == 12, ran.stderr
    again = local("ticket", "import", str(file))
    assert again.code == 0, again.stderr
    found = [subject for subject in subjects(local) if subject.startswith("again ")]
    assert sorted(found) == sorted(line["subject"] for line in lines)


def test_faults_are_added_listed_and_cleared(local: Cli) -> None:
    first = local("server", "fault", "add", "--status", "503", "--times", "2", "--json")
    row = json.loads(first.stdout)
    assert (row["action"], row["value"], row["route"], row["times"]) == ("status", 503, "all", 2)
    assert local("server", "fault", "list", "--fields", "value").stdout == "503\n"
    screen = local.on_terminal("server", "fault", "add", "--delay", "0.5").stdout
    assert screen == f"Added fault {row['id'] + 1}: delay 0.5.\n"
    assert [one["id"] for one in faults(local)] == [row["id"], row["id"] + 1]
    assert local("server", "fault", "clear", str(row["id"])) == Ran(0, "1\n", "")
    assert [one["action"] for one in faults(local)] == ["delay"]
    ran = local("server", "fault", "clear", "999")
    assert (ran.code, "There is no fault 999." in ran.stderr) == (6, True)


def test_an_answer_has_the_body_of_a_file(local: Cli) -> None:
    (local.folder / "page.html").write_text("<h1>Bad gateway</h1>")
    added(local, "--status", "502", "--body", "page.html", "--route", "tickiti_api_index")
    ran = local("api", "tickiti_api_index", "--retries", "0")
    assert ran.code == 10


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), NO_ACTION),
        (("--status", "500", "--bad-json"), "A fault has one action, not --status, --bad-json."),
        (("--bad-json", "--body", "x"), "--body belongs to --status CODE."),
        (("--bad-json", "--probability", "nan"),
         "--probability: 'nan' is not a number from 0 to 1."),
        (("--bad-json", "--probability", "20%"),
         "--probability: '20%' is not a number from 0 to 1."),
        (("--bad-json", "--probability", "2"), "--probability: '2' is not a number from 0 to 1."),
        (("--bad-json", "--key", ""), "--key: the value is empty."),
        (("--bad-json", "--route", "ticket.create"),
         "--route: there is no endpoint 'ticket.create'. Did you mean tickets.create?"),
    ],
)  # fmt: skip
def test_an_ambiguous_fault_is_refused(local: Cli, words: tuple[str, ...], problem: str) -> None:
    ran = local("server", "fault", "add", *words)
    assert (ran.code, ran.stderr.splitlines()[0]) == (2, f"tickiti: {problem}")
    assert faults(local) == []


def test_a_fault_of_an_unknown_token_is_refused(local: Cli) -> None:
    """It would never fire."""
    ran = local("server", "fault", "add", "--bad-json", "--token", "9999")
    assert ran == Ran(6, "", "tickiti: --token: There is no token 9999.\nSee: tickiti token list\n")
    assert faults(local) == []
    added(local, "--bad-json", "--token", "1")


def test_a_server_without_test_mode_says_so(run: Cli, database: Path) -> None:
    run("server", "start", "--port", "0", "--detach", "--db", str(database))
    for words in (("fault", "list"), ("fault", "add", "--bad-json"), ("requests", "clear")):
        ran = run("server", *words)
        assert (ran.code, ran.stdout) == (15, "")
        assert "tickiti server start --name test --test" in ran.stderr
