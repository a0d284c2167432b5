"""A bad command line, a closed pipe and a bug, as seen from outside."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign
from tickiti_cli import __version__

VERSION = Ran(0, f"tickiti {__version__}\n", "")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("ticket", "--version"), ("ticket", "create", "--version"), ("version",)],
)
def test_the_version_is_shown_by_the_flag_and_by_the_command(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments) == VERSION


def test_the_version_for_a_program_is_an_object(run: Cli) -> None:
    assert run("version", "--json") == Ran(0, f'{{"version": "{__version__}"}}\n', "")


def test_a_wrong_noun_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("tickt", "list") == Ran(
        2,
        "",
        "tickiti: Unknown command 'tickt'. Did you mean 'tickiti ticket'?\nSee: tickiti --help\n",
    )


def test_a_wrong_verb_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("ticket", "creat") == Ran(
        2,
        "",
        "tickiti: Unknown command 'creat'. Did you mean 'tickiti ticket create'?\n"
        "See: tickiti ticket --help\n",
    )


def test_a_wrong_flag_is_answered_with_the_nearest_right_one(run: Cli) -> None:
    assert run("ticket", "list", "--perspectiv", "x") == Ran(
        2,
        "",
        "tickiti: Unknown flag --perspectiv. Did you mean --perspective?\n"
        "See: tickiti ticket list --help\n",
    )


def test_an_argument_too_many_is_named_with_the_usual_cause(run: Cli) -> None:
    assert run("ticket", "list", "carbon", "plate") == Ran(
        2,
        "",
        "tickiti: Unexpected argument: carbon plate. A value with blanks needs quotes.\n"
        "See: tickiti ticket list --help\n",
    )


@pytest.mark.parametrize(
    ("noun", "search"),
    [
        ("ticket list", "To search for the word: --search subject_content=plate"),
        ("staff list", "To search for the word: --search plate"),
        ("queue list", "A value with blanks needs quotes."),
    ],
)
def test_a_word_after_a_list_command_is_answered_with_its_search(
    run: Cli, noun: str, search: str
) -> None:
    ran = run(*noun.split(), "plate")
    assert ran.code == 2
    assert ran.stderr.splitlines()[0] == f"tickiti: Unexpected argument: plate. {search}"


def test_a_missing_flag_is_named(run: Cli) -> None:
    assert run("token", "mint", "--preset", "filer") == Ran(
        2, "", "tickiti: Missing required flag --name NAME.\nSee: tickiti token mint --help\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("ticket", "creat", "--json"),
        ("--json", "ticket", "creat"),
        ("ticket", "--json", "list", "--bogus"),
        ("ticket", "list", "--bogus", "-o", "json"),
        ("ticket", "list", "--bogus", "--output=ndjson"),
        ("token", "mint", "--preset", "filer", "--json"),
    ],
)
def test_a_bad_command_line_is_a_json_error_with_json(run: Cli, arguments: tuple[str, ...]) -> None:
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
def test_help_is_shown_before_and_after_the_command(
    run: Cli, path: tuple[str, ...], same: tuple[str, ...]
) -> None:
    assert run(*path) == run(*same, "--help")


def test_help_for_a_command_that_does_not_exist_names_the_nearest(run: Cli) -> None:
    for path in (("help", "ticket", "creat"), ("ticket", "help", "creat")):
        assert run(*path) == Ran(
            2,
            "",
            "tickiti: Unknown command 'creat'. Did you mean 'tickiti ticket create'?\n"
            "See: tickiti ticket --help\n",
        )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ticket", "list", "--limit", "x"), "--limit: 'x' is not a whole number of 1 or more."),
        (("server", "start", "--port", "99999"), "'99999' is not a whole number from 0 to 65535."),
        (
            ("ticket", "list", "--timeout", "soon"),
            "--timeout: 'soon' is not a time in seconds, such as 30, 90s or 2m.",
        ),
        (("ticket", "list", "--watch", "nan"), "--watch: 'nan' is not a time in seconds, such"),
        (("ticket", "list", "--retries", "9" * 5000), "9' is not a whole number."),
        (
            ("ticket", "list", "--timeout", "x" * 5000),
            "x' is not a time in seconds, such as 30, 90s or 2m.",
        ),
        (("ticket", "list", "--status", "x" * 5000), "x' is not one of open, on-hold, closed."),
        (("ticket", "list", "--color", "x" * 5000), "x' is not one of auto, always, never."),
        (
            ("queue", "delete", "a", "--move-to", "b", "--max-time", "1e999"),
            "is not a time in seconds, such",
        ),
    ],
)
def test_a_bad_number_is_reported_in_a_sentence(
    run: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.stdout) == (2, "")
    assert sentence in ran.stderr


@pytest.mark.parametrize("arguments", [("ticket",), ("server",)])
def test_missing_command_shows_the_help_and_exits_2(run: Cli, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    asked = run(*arguments, "--help")
    assert ran == Ran(2, "", asked.stdout)
    assert asked.code == 0
    assert f"USAGE\n  {' '.join(['tickiti', *arguments])} COMMAND [FLAGS]\n" in asked.stdout


def test_a_closed_pipe_is_not_an_error(local: Cli) -> None:
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
def test_closed_streams_cause_no_crash(local: Cli, closed: str) -> None:
    line = f'exec "$@" {closed}'
    process = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *local.command([*CREATE, "--json"])],
        capture_output=True,
        env=local.environ({}),
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout == b"" if ">&-" in closed.replace("2>", "") else process.stdout


def test_unwritable_output_error_says_that_the_write_was_done(local: Cli) -> None:
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
        "tickiti: Cannot write the output: No space left on device.\n"
        "The operation was applied. Idempotency key: full-disk.\n"
    )


@pytest.mark.parametrize("command", [("ticket", "--help"), ("op",), ("man",), ("man", "op")])
def test_help_without_docstrings_lacks_sentences_alone(run: Cli, command: tuple[str, ...]) -> None:
    """As under PYTHONOPTIMIZE=2 or python -OO, which images of containers set."""
    whole, bare = run(*command), run(*command, PYTHONOPTIMIZE="2")
    assert (bare.code, "a bug" in bare.stderr) == (whole.code, False)
    assert ("USAGE" in bare.stdout) == ("USAGE" in whole.stdout)


INTERRUPTED = """
import os, signal, sys
class Finder:
    names = {names}
    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            self.names.remove(name)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""
AGAIN = """
from tickiti_cli import exits
def interrupted(*told, tell=exits.interrupted):
    os.kill(os.getpid(), signal.SIGINT)
    return tell(*told)
exits.interrupted = interrupted
"""
"""Ctrl-C is typed when one of these modules is imported."""


@pytest.mark.parametrize(
    ("module", "again", "code"),
    [
        ("tickiti_cli.exits", "", -signal.SIGINT),
        ("traceback", "", -signal.SIGINT),
        ("tickiti_cli.runtime", "", -signal.SIGINT),
        ("typer", "", 130),
        ("typer", AGAIN, 130),
    ],
)
def test_an_interruption_shows_no_traceback_however_early_or_often(
    run: Cli, module: str, again: str, code: int
) -> None:
    broken = run.home / "broken"
    broken.mkdir(parents=True)
    text = INTERRUPTED.replace("{names}", repr([module])) + again
    (broken / "sitecustomize.py").write_text(text)
    ran = run("config", "list", PYTHONPATH=str(broken))
    assert (ran.code, ran.stdout) == (code, "")
    assert "Traceback" not in ran.stderr


def test_a_bug_is_one_line_unless_the_traceback_is_asked_for(run: Cli, foreign: Foreign) -> None:
    run.configure("")
    broken = run.home / "broken"
    broken.mkdir()
    # A module of ours that fails in a way nobody expected.
    (broken / "sitecustomize.py").write_text(
        "import tickiti_cli.config.flags as g\n"
        "def of(given): raise KeyError('surprise')\n"
        "g.GlobalFlags.of = of\n"
    )
    ran = run("config", "list", PYTHONPATH=str(broken))
    assert ran == Ran(
        1,
        "",
        "tickiti: a bug: KeyError: 'surprise'\n"
        "Please report it, with the traceback that --debug shows.\n",
    )
    for flags, environ in ((("--debug",), {}), ((), {"TICKITI_DEBUG": "1"})):
        ran = run("config", "list", *flags, PYTHONPATH=str(broken), **environ)
        assert ran.code == 1
        assert "Traceback (most recent call last):" in ran.stderr
