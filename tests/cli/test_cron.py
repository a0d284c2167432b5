"""A job without a terminal is silent on success, prints one line on failure, and ends."""

import json
import time

import pytest

from tests.support.cli import Cli, Ran, anonymous
from tests.support.foreign import Foreign, failure, reply, silence
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
KINDS = {
    "a write": CREATE,
    "an answer": ("ticket", "respond", "220009", "--from", "a@b.example", "-b", "y"),
    "a mail": ("email", "send", "--to", "a@b.example", "-s", "x", "-b", "y"),
    "an import": ("ticket", "import", "t.ndjson"),
    "a bulk mail": ("email", "bulk", "t.ndjson", "--template", "warranty.received"),
    "an export": ("ticket", "export", "--out", "out.ndjson"),
    "a deletion": ("template", "delete", "warranty.received", "--yes"),
    "a revocation": ("token", "revoke", "7", "--yes"),
    "a call of any endpoint": ("api", "create_ticket", "-f", "x=y"),
    "a list": ("ticket", "list"),
    "a view": ("ticket", "view", "220009"),
}
SILENT = [*KINDS][:6]
EVERYTHING = reply(
    {
        "ok": True,
        "data": {
            "ticket_number": 1, "ticket_id": 1, "secure_id": "s", "response_id": 1,
            "reopened": False, "email_id": "m", "to_address": "a@b.example", "mailbox": "local",
            "tickets": [], "next_cursor": None,
        },
    }
)  # fmt: skip
"""A success of each of them."""


@pytest.fixture
def job(remote: Cli) -> Cli:
    row = {"from": "a@b.example", "to": "a@b.example", "subject": "x", "body": "y"}
    (remote.folder / "t.ndjson").write_text(json.dumps(row) + "\n")
    return remote


@pytest.mark.parametrize("kind", SILENT)
def test_quiet_says_nothing_on_success(job: Cli, foreign: Foreign, kind: str) -> None:
    foreign.answers(EVERYTHING)
    assert job(*KINDS[kind], "-q") == Ran(0, "", "")
    assert foreign.asked


@pytest.mark.parametrize("kind", KINDS)
def test_quiet_says_one_line_on_failure(job: Cli, foreign: Foreign, kind: str) -> None:
    foreign.answers(failure(403, "missing_ability", "This token lacks an ability."))
    ran = job(*KINDS[kind], "-q")
    assert ran == Ran(
        5,
        "",
        "tickiti: This token lacks an ability. "
        "See what the token may do: tickiti token view --self\n",
    )


def test_one_line_of_a_doubtful_write_names_the_next_step(job: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", "Later."))
    ran = job(*CREATE, "-q", "--retries", "0", "--idempotency-key", "k-1")
    assert (ran.code, ran.stdout) == (10, "")
    assert anonymous(ran.stderr) == (
        "tickiti: Later. The outcome is unknown. Idempotency key: k-1. To finish it exactly once: "
        "tickiti op resume OPERATION\n"
    )


def test_a_job_that_is_ended_says_in_one_line_how_to_finish_it(job: Cli, foreign: Foreign) -> None:
    foreign.answers(silence)
    process = job.start(*CREATE, "-q", "--idempotency-key", "k-1")
    wait_until(lambda: bool(foreign.asked), process)
    process.terminate()
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (143, b"")
    assert anonymous(stderr.decode()) == (
        "tickiti: Terminated. The outcome is unknown. Idempotency key: k-1. To finish it exactly "
        "once: tickiti op resume OPERATION\n"
    )


def test_one_line_names_every_invalid_value(job: Cli, foreign: Foreign) -> None:
    body = {"message": "Two are bad.", "errors": {"subject": ["Too long."], "content": ["Empty."]}}
    foreign.answers(reply(body, status=422))
    ran = job(*CREATE, "-q")
    assert ran == Ran(7, "", "tickiti: Two are bad. --subject: Too long. --body: Empty.\n")


@pytest.mark.parametrize("kind", ["a write", "an import", "a bulk mail", "an export", "a list"])
def test_max_time_ends_every_kind_of_command(job: Cli, foreign: Foreign, kind: str) -> None:
    foreign.answers(silence)
    began = time.monotonic()
    ran = job(*KINDS[kind], "-q", "--max-time", "0.5")
    assert time.monotonic() - began < 10
    assert (ran.code, ran.stdout) == (12 if kind in ("an import", "a bulk mail") else 11, "")
    assert len(ran.stderr.splitlines()) == 1
