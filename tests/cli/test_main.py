"""The program's edge: what a bad command line, a closed pipe or a bug look like from outside."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran
from tests.cli.foreign import Foreign
from tickiti_cli import __version__

VERSION = Ran(0, f"tickiti {__version__}\n", "")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("ticket", "--version"), ("ticket", "create", "--version"), ("version",)],
)
def test_the_version_is_shown_wherever_it_is_asked_for(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments) == VERSION


def test_the_version_for_a_program_is_an_object(run: Cli) -> None:
    assert run("version", "--json") == Ran(0, f'{{"version": "{__version__}"}}\n', "")


def test_a_wrong_noun_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("tickt", "list") == Ran(
        2, "", "tickiti: No such command 'tickt'. Did you mean 'ticket'?\nSee: tickiti --help\n"
    )


def test_a_wrong_verb_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("ticket", "creat") == Ran(
        2,
        "",
        "tickiti: No such command 'creat'. Did you mean 'create'?\nSee: tickiti ticket --help\n",
    )


def test_a_wrong_flag_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("ticket", "list", "--perspectiv", "x") == Ran(
        2,
        "",
        "tickiti: No such option: --perspectiv (Possible options: --perspective)\n"
        "See: tickiti ticket list --help\n",
    )


def test_a_missing_flag_is_named(run: Cli) -> None:
    assert run("ticket", "create", "-s", "x") == Ran(
        2, "", "tickiti: Missing option '--from'.\nSee: tickiti ticket create --help\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("ticket", "creat", "--json"),
        ("--json", "ticket", "creat"),
        ("ticket", "--json", "list", "--bogus"),
        ("ticket", "list", "--bogus", "-o", "json"),
        ("ticket", "list", "--bogus", "--output=ndjson"),
        ("ticket", "create", "-s", "x", "--json"),
    ],
)
def test_a_bad_command_line_is_json_too_for_those_who_asked_for_it(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.stdout) == (2, "")
    error = json.loads(ran.stderr)["error"]
    assert (error["code"], error["outcome"], error["retryable"]) == ("usage", "not_applied", False)


def test_the_name_alone_shows_the_help(run: Cli) -> None:
    assert run() == run("--help")
    assert run().code == 0


@pytest.mark.parametrize(
    ("path", "same"),
    [
        (("help", "ticket"), ("ticket",)),
        (("ticket", "help"), ("ticket",)),
        (("help", "ticket", "create"), ("ticket", "create")),
        (("token", "help", "rotate"), ("token", "rotate")),
        (("help", "version"), ("version",)),
    ],
)
def test_help_is_found_where_people_type_it(
    run: Cli, path: tuple[str, ...], same: tuple[str, ...]
) -> None:
    assert run(*path) == run(*same, "--help")


def test_help_for_a_command_that_does_not_exist_names_the_nearest(run: Cli) -> None:
    for path in (("help", "ticket", "creat"), ("ticket", "help", "creat")):
        assert run(*path) == Ran(
            2,
            "",
            "tickiti: 'tickiti ticket' has no command 'creat'. Did you mean create?\n"
            "See: tickiti ticket --help\n",
        )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ticket", "list", "--limit", "x"), "'--limit': 'x' is not a whole number of 1 or more."),
        (("server", "start", "--port", "99999"), "'99999' is not a whole number from 0 to 65535."),
        (("ticket", "list", "--timeout", "soon"), "'--timeout': 'soon' is not a number."),
        (("ticket", "list", "--watch", "nan"), "'--watch': 'nan' is not a number."),
        (("ticket", "list", "--retries", "9" * 5000), "9' is not a whole number."),
        (("ticket", "list", "--timeout", "x" * 5000), "x' is not a number."),
        (("ticket", "list", "--status", "x" * 5000), "x' is not one of open, on-hold, closed."),
        (("ticket", "list", "--color", "x" * 5000), "x' is not one of auto, always, never."),
        (("queue", "delete", "a", "--move-to", "b", "--max-time", "1e999"), "is not a number."),
    ],
)
def test_a_bad_number_is_told_in_words(run: Cli, arguments: tuple[str, ...], sentence: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.stdout) == (2, "")
    assert sentence in ran.stderr


@pytest.mark.parametrize("arguments", [("ticket",), ("server",)])
def test_without_a_command_the_help_is_shown_and_the_code_says_that_nothing_was_done(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    ran = run(*arguments)
    asked = run(*arguments, "--help")
    assert ran == Ran(2, "", asked.stdout)
    assert asked.code == 0
    assert asked.stdout.startswith(f"Usage: {' '.join(['tickiti', *arguments])} ")


def test_a_reader_that_goes_away_is_no_error(local: Cli) -> None:
    """As in `tickiti api --list | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        local.command(["api", "--list"]),
        stdout=writer,
        stderr=subprocess.PIPE,
        env=local.environ({}),
        check=False,
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (141, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(local: Cli, closed: str) -> None:
    line = f'exec "$@" {closed}'
    process = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *local.command([*CREATE, "--json"])],
        capture_output=True,
        env=local.environ({}),
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout == b"" if ">&-" in closed.replace("2>", "") else process.stdout


def test_output_that_cannot_be_written_is_said_and_that_the_write_was_done(local: Cli) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            local.command([*CREATE, "--idempotency-key", "full-disk"]),
            stdout=full,
            stderr=subprocess.PIPE,
            env=local.environ({}),
            check=False,
        )
    assert process.returncode == 2
    assert process.stderr.decode() == (
        "tickiti: The result could not be written: No space left on device.\n"
        "What was asked for is done all the same. Its key is full-disk.\n"
    )


def test_a_bug_is_one_line_unless_the_traceback_is_asked_for(run: Cli, foreign: Foreign) -> None:
    run.configure("")
    broken = run.home / "broken"
    broken.mkdir()
    # A module of ours that fails in a way nobody expected.
    (broken / "sitecustomize.py").write_text(
        "import tickiti_cli.globals as g\n"
        "def of(given): raise KeyError('surprise')\n"
        "g.Globals.of = of\n"
    )
    ran = run("config", "list", PYTHONPATH=str(broken))
    assert ran == Ran(
        1,
        "",
        "tickiti: a bug: KeyError: 'surprise'\n"
        "Run it again with --debug for the traceback, and please report it.\n",
    )
    for flags, environ in ((("--debug",), {}), ((), {"TICKITI_DEBUG": "1"})):
        ran = run("config", "list", *flags, PYTHONPATH=str(broken), **environ)
        assert ran.code == 1
        assert "Traceback (most recent call last):" in ran.stderr
