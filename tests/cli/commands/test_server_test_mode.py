"""`tickiti server reset` and `server snapshot`: a server in test mode goes to any of its states."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.timed import NOT_IN_TEST_MODE

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14.")
START = ("server", "start", "--port", "0", "--detach")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    found = Cli(tmp_path_factory.mktemp("test-mode"))
    assert found(*START, "--test", "--memory").code == 0
    yield found
    found("server", "stop")


def test_a_reset_empties_the_server_and_keeps_the_token(cli: Cli) -> None:
    ran = cli("server", "reset", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    first = json.loads(ran.stdout)["epoch"]
    assert cli(*CREATE).stdout == "220009\n"
    assert cli("server", "reset").stdout not in ("", f"{first}\n")
    assert cli("ticket", "list") == Ran(0, "", "")
    assert cli(*CREATE).stdout == "220009\n"


def test_a_snapshot_is_saved_listed_loaded_and_deleted(cli: Cli) -> None:
    cli("server", "reset")
    cli(*CREATE)
    assert cli("server", "snapshot", "save", "one") == Ran(0, "one\n", "")
    assert cli("server", "snapshot", "list", "--fields", "name").stdout == "one\n"
    cli(*CREATE)
    assert cli("server", "snapshot", "load", "one") == Ran(0, "one\n", "")
    assert cli("ticket", "list", "--fields", "number").stdout == "220009\n"
    assert cli("server", "snapshot", "delete", "one") == Ran(0, "one\n", "")
    assert cli("server", "snapshot", "list") == Ran(0, "", "")


def test_an_unknown_snapshot_is_named(cli: Cli) -> None:
    for verb in ("load", "delete"):
        ran = cli("server", "snapshot", verb, "none")
        assert (ran.code, ran.stdout) == (6, "")
        assert ran.stderr.startswith("tickiti: Snapshot 'none' not found.\n")
    for name in ("../x", ".hidden", "ümlaut", "x" * 61):
        ran = cli("server", "snapshot", "save", name)
        assert ran.code == 7
        assert "must begin with a letter or digit of ASCII and have at most 60" in ran.stderr


def test_a_clock_that_is_advanced_too_far_names_the_argument(cli: Cli) -> None:
    ran = cli("server", "clock", "advance", "9999999d")
    assert ran.code == 7
    assert ran.stderr.startswith("tickiti: DURATION '")
    assert ran.stderr.endswith("must stay within the years 1970 to 8999.\n")


def test_a_server_without_test_mode_says_how_to_start_one(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    assert cli(*START, "--memory").code == 0
    for words in (
        ("reset",),
        ("snapshot", "save", "x"),
        ("snapshot", "list"),
        ("fault", "list"),
        ("fault", "clear"),
        ("requests", "clear"),
    ):
        assert cli("server", *words) == Ran(15, "", NOT_IN_TEST_MODE), words
    cli("server", "stop")
