"""A process reaches every exit code of the table."""

import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Answer, Foreign, failure, hang_up, raw_reply, silence
from tests.support.waiting import wait_until
from tickiti_cli.errors import ExitCode

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--retries", "0")
Case = Callable[[Cli, Foreign], tuple[int, str]]
"""The code and the standard error of a process."""


def says(*words: str, **environ: str) -> Case:
    def case(cli: Cli, foreign: Foreign) -> tuple[int, str]:
        ran = cli(*words, **environ)
        return ran.code, ran.stderr

    return case


def answered(answer: Answer) -> Case:
    def case(cli: Cli, foreign: Foreign) -> tuple[int, str]:
        foreign.answers(answer)
        return says(*CREATE)(cli, foreign)

    return case


def broken(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    """A module of ours that fails in a way nobody foresaw."""
    folder = cli.home / "broken"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import tickiti_cli.config.flags as g\n"
        "def of(given): raise KeyError('x')\ng.GlobalFlags.of = of\n"
    )
    return says("config", "list", PYTHONPATH=str(folder))(cli, foreign)


def unconfigured(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    (cli.config / "config.toml").unlink()
    return says(*CREATE)(cli, foreign)


def partly_done(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    (cli.folder / "t.ndjson").write_text(json.dumps({"subject": "no sender"}) + "\n")
    return says("ticket", "import", "t.ndjson", "-q")(cli, foreign)


def locked(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    lock = cli.config / "locks" / "nightly.lock"
    lock.parent.mkdir()
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return says("version", "--lock", "nightly")(cli, foreign)


def damaged(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    (cli.folder / "t.db").write_bytes(b"no database" * 1000)
    return says("server", "check", "t.db")(cli, foreign)


def signalled(number: int) -> Case:
    def case(cli: Cli, foreign: Foreign) -> tuple[int, str]:
        foreign.answers(silence)
        process = cli.start(*CREATE)
        wait_until(lambda: bool(foreign.asked), process)
        process.send_signal(number)
        stderr = process.communicate(timeout=30)[1]
        return process.returncode, stderr.decode()

    return case


def unread(cli: Cli, foreign: Foreign) -> tuple[int, str]:
    """As behind `| head`."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        cli.command(["api", "--list"]),
        stdout=writer, stderr=subprocess.PIPE, env=cli.environ({}), timeout=30, check=False,
    )  # fmt: skip
    os.close(writer)
    return done.returncode, done.stderr.decode()


CASES: dict[ExitCode, Case] = {
    ExitCode.SUCCESS: says("version"),
    ExitCode.BUG: broken,
    ExitCode.USAGE: says("ticket", "create", "--bogus"),
    ExitCode.CONFIG: unconfigured,
    ExitCode.AUTHENTICATION: answered(failure(401, "unauthenticated")),
    ExitCode.FORBIDDEN: answered(failure(403, "missing_ability")),
    ExitCode.NOT_FOUND: answered(failure(404, "ticket_not_found")),
    ExitCode.REJECTED: answered(failure(422, "queue_not_found")),
    ExitCode.CONFLICT: answered(failure(409, "idempotency_key_conflict")),
    ExitCode.RATE_LIMITED: answered(failure(429, "rate_limited")),
    ExitCode.SERVER: answered(failure(503, "overloaded")),
    ExitCode.NETWORK: answered(hang_up),
    ExitCode.PARTIAL: partly_done,
    ExitCode.CONDITION: says("server", "wait-ready", "--timeout", "0"),
    ExitCode.LOCKED: locked,
    ExitCode.NOT_OFFERED: answered(failure(501, "not_implemented")),
    ExitCode.DATABASE: damaged,
    ExitCode.INTERRUPTED: signalled(signal.SIGINT),
    ExitCode.PIPE_CLOSED: unread,
    ExitCode.TERMINATED: signalled(signal.SIGTERM),
}


def test_exit_codes_all_have_a_case() -> None:
    assert [*CASES] == [*ExitCode]


@pytest.mark.parametrize("code", CASES, ids=lambda code: f"{int(code)}")
def test_an_exit_code_is_reached_by_a_process(
    remote: Cli, foreign: Foreign, code: ExitCode
) -> None:
    ended, stderr = CASES[code](remote, foreign)
    assert ended == code
    is_told = code not in (ExitCode.SUCCESS, ExitCode.PIPE_CLOSED)
    assert stderr.startswith("tickiti: ") if is_told else stderr == ""


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_page_of_a_web_server_leads_to_the_base_url(
    remote: Cli, foreign: Foreign, status: int
) -> None:
    """As python -m http.server answers a POST, and nginx a base URL that ends in /api."""
    foreign.answers(raw_reply(b"<html>Unsupported method</html>", status=status))
    codes = {403: 5, 404: 6, 405: 7, 501: 7}
    for command in (("ticket", "list"), ("ticket", "view", "220009")):
        ran = remote(*command, "--retries", "0")
        assert (ran.code, ran.stdout) == (codes[status], "")
        assert f"{foreign.base_url}/api" in ran.stderr
        assert "Check the base URL, which does not end in /api" in ran.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("outbox", "view", "x"), ("outbox", "release", "x"), ("callback", "view", "x"),
        ("callback", "resend", "x"), ("token", "retire", "999999", "--yes"),
        ("token", "revoke", "999999", "--yes"), ("token", "view", "999999"),
        ("token", "revoke", "nobody", "--yes"), ("ticket", "view", "999999"),
        ("mailbox", "delete", "x", "--yes"), ("queue", "delete", "x", "--yes"),
        ("attachment", "get", "999999", "1", "--out", "-"), ("template", "view", "x"),
        ("intervention", "view", "x"), ("perspective", "delete", "x", "--yes"),
    ],
)  # fmt: skip
def test_unknown_objects_exit_6_in_every_command(local: Cli, command: tuple[str, ...]) -> None:
    ran = local(*command)
    assert (ran.code, ran.stdout) == (6, ""), ran.stderr
