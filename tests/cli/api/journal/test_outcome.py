"""The outcome of a write is `not_applied` only by Tickiti's own reply, otherwise `unknown`."""

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import (
    Answer,
    Foreign,
    failure,
    hang_up,
    raw_reply,
    reply,
    silence,
    ticket_created,
)
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
SHORT = ("--retries", "1", "--json")

STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 421, 422, 431, 451)


def page(status: int) -> bytes:
    return raw_reply(b"<html><h1>Not here</h1></html>", status=status, media_type="text/html")


def states(run: Cli) -> list[str]:
    return [row["state"] for row in json.loads(run("op", "list", "--all", "--json").stdout)]


def outcome_of(stderr: str) -> tuple[str, bool]:
    """What the error says became of it, and whether it names an open operation."""
    error = json.loads(stderr)["error"]
    return error["outcome"], "operation" in error


STRANGERS = [
    *(pytest.param(page(status), id=f"page {status}") for status in STATUSES),
    *(pytest.param(raw_reply(b"", status=status), id=f"empty {status}") for status in (400, 404)),
    pytest.param(reply({"message": "no Route matched"}, status=404), id="bare message 404"),
    pytest.param(reply({"message": "Bad", "errors": ["x"]}, status=422), id="list of errors"),
    pytest.param(reply({"error": "Not found", "status": 404}, status=404), id="bare error 404"),
    pytest.param(reply({"code": "validation_failed"}, status=422), id="code alone"),
    pytest.param(reply(["x"], status=400), id="list 400"),
    pytest.param(raw_reply(b"null", status=404), id="null 404"),
    pytest.param(raw_reply(b'{"ok": fal', status=422), id="truncated 422"),
    pytest.param(reply({"ok": "no", "error": "x"}, status=400), id="ok is no boolean"),
    pytest.param(reply({"ok": True}, status=404), id="ok under 404"),
    pytest.param(reply({"ok": True, "error": "x", "data": {}}), id="ok and an error"),
    pytest.param(raw_reply(b"", status=302, location="/login"), id="redirect"),
    pytest.param(raw_reply(b"<html>Log in</html>", media_type="text/html"), id="captive portal"),
    pytest.param(reply({}), id="empty object 200"),
    pytest.param(reply({"error": "upstream timed out"}), id="bare error 200"),
]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_foreign_answer_after_a_doubtful_attempt_settles_nothing(
    remote: Cli, foreign: Foreign, stranger: bytes
) -> None:
    foreign.answers(hang_up, stranger)
    ran = remote(*CREATE, *SHORT)
    assert (ran.code, ran.stdout) == (11, "")
    assert outcome_of(ran.stderr) == ("unknown", True)
    assert states(remote) == ["pending"]
    assert len(set(foreign.keys)) == 1


def test_success_that_names_an_error_leaves_the_outcome_unknown(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(reply({"ok": True, "error": "The mail server is slow.", "data": {"id": 1}}))
    ran = remote(*CREATE, "--json")
    assert (ran.code, outcome_of(ran.stderr)) == (7, ("unknown", True))
    assert states(remote) == ["pending"]


@pytest.mark.parametrize("stranger", [page(404), page(413), reply({"message": "x"}, status=400)])
def test_doubtful_write_is_retried_until_tickiti_answers(
    remote: Cli, foreign: Foreign, stranger: bytes
) -> None:
    foreign.answers(hang_up, stranger, stranger, ticket_created())
    ran = remote(*CREATE)
    assert (ran.code, ran.stdout) == (0, "220009\n")
    assert (len(foreign.keys), len(set(foreign.keys))) == (4, 1)
    assert states(remote) == ["applied"]


@pytest.mark.parametrize(
    "doubtful",
    [
        pytest.param(page(502), id="page 502"),
        pytest.param(raw_reply(b'{"ok": tr'), id="truncated 200"),
        pytest.param(page(408), id="408"),
        pytest.param(page(425), id="425"),
        pytest.param(failure(409, "idempotency_key_in_progress"), id="409 in progress"),
        pytest.param(reply({"code": "overloaded"}, status=503), id="overloaded, said by nobody"),
    ],
)
def test_unknown_outcome_is_not_settled_by_a_foreign_answer(
    remote: Cli, foreign: Foreign, doubtful: Answer
) -> None:
    foreign.answers(doubtful, page(404))
    ran = remote(*CREATE, *SHORT)
    assert len(foreign.asked) == 2
    assert outcome_of(ran.stderr) == ("unknown", True)
    foreign.answers(failure(422, "queue_not_found"))
    assert remote("op", "resume", "--all-pending").code == 12
    assert states(remote) == ["not_applied"]


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        (failure(422, "queue_not_found"), "not_applied"),
        (failure(404, "ticket_not_found"), "not_applied"),
        (failure(400, "invalid_json"), "not_applied"),
        (failure(413, "payload_too_large"), "not_applied"),
        (failure(409, "idempotency_key_conflict"), "not_applied"),
        (reply({"message": "Bad.", "errors": {"s": ["x"]}}, status=422), "not_applied"),
        (failure(401, "unauthenticated"), "unknown"),
        (failure(403, "missing_ability"), "unknown"),
        (failure(404, "not_found"), "unknown"),
    ],
)
def test_unknown_outcome_is_settled_only_by_a_tickiti_reply(
    remote: Cli, foreign: Foreign, own: bytes, outcome: str
) -> None:
    foreign.answers(hang_up, own)
    ran = remote(*CREATE, *SHORT)
    assert len(foreign.asked) == 2
    assert outcome_of(ran.stderr) == (outcome, outcome == "unknown")
    assert states(remote) == ["pending" if outcome == "unknown" else "not_applied"]


@pytest.mark.parametrize("answer", [page(404), page(400), page(413), page(403), page(422)])
def test_refusal_of_the_first_attempt_is_final(
    remote: Cli, foreign: Foreign, answer: bytes
) -> None:
    foreign.answers(answer)
    ran = remote(*CREATE, "--json")
    assert len(foreign.asked) == 1
    assert outcome_of(ran.stderr) == ("not_applied", False)
    assert states(remote) == ["not_applied"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (failure(409, "idempotency_key_in_progress"), 8),
        (failure(408, "request_timeout"), 10),
        (page(408), 10),
        (page(425), 10),
        (raw_reply(b"", status=303, location="/tickets/220009"), 7),
    ],
)
def test_reply_about_a_running_request_leaves_the_outcome_unknown(
    remote: Cli, foreign: Foreign, answer: bytes, code: int
) -> None:
    foreign.answers(answer)
    ran = remote(*CREATE, "--retries", "0", "--json")
    assert ran.code == code
    assert outcome_of(ran.stderr) == ("unknown", True)
    told = remote(*CREATE, "-s", "Another", "--retries", "0")
    assert "The outcome is unknown. Idempotency key: " in told.stderr
    assert "Nothing was done" not in told.stderr
    assert states(remote) == ["pending"] * 2


@pytest.mark.parametrize("stranger", [page(404), reply({"message": "x"}, status=422)])
def test_resumed_operation_is_not_closed_by_a_foreign_answer(
    remote: Cli, foreign: Foreign, stranger: bytes
) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    foreign.answers(stranger)
    ran = remote("op", "resume", "--all-pending", "--retries", "0")
    assert (ran.code, states(remote)) == (12, ["pending"])
    foreign.answers(ticket_created())
    assert remote("op", "resume", "--all-pending", "--fields", "state").stdout == "applied\n"
    assert len(set(foreign.keys)) == 1


def test_repeated_command_with_an_open_key_finishes_the_operation(
    remote: Cli, foreign: Foreign
) -> None:
    key = ("--idempotency-key", "order-1")
    foreign.answers(hang_up)
    assert remote(*CREATE, *key, "--retries", "0").code == 11
    foreign.answers(page(404))
    ran = remote(*CREATE, *key, "--retries", "0", "--json")
    assert outcome_of(ran.stderr) == ("unknown", True)
    foreign.answers(ticket_created())
    ran = remote(*CREATE, *key)
    assert (ran.code, ran.stdout, ran.stderr) == (0, "220009\n", "")
    assert states(remote) == ["applied"]


def test_reminder_of_an_open_operation_is_for_its_own_profile(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    with (remote.config / "config.toml").open("a") as config:
        config.write(f'[profiles.other]\nbase_url = "{foreign.base_url}"\n')
    with (remote.config / "credentials.toml").open("a") as credentials:
        credentials.write('[other]\ntoken = "8|secret-of-other"\n')
    with Foreign() as another:
        another.answers(ticket_created())
        direct = ("--base-url", another.base_url)
        assert remote(*CREATE, *direct, TICKITI_API_TOKEN="1|x").stderr == ""
    foreign.answers(ticket_created())
    assert remote(*CREATE, "-p", "other").stderr == ""
    assert remote(*CREATE).stderr.startswith("An identical request from ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_write_refused_at_every_connection_was_not_sent(
    run: Cli, number: int, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        environ = {"TICKITI_API_BASE": base_url, "TICKITI_API_TOKEN": "1|x"}
        told = tmp_path / "told"
        with told.open("wb") as output:
            process = run.start(
                *CREATE, "--retries", "50", "--max-time", "60", output=output, **environ
            )
            wait_until(lambda: b"Trying again" in told.read_bytes(), process)
            os.kill(process.pid, number)
            process.wait(20)
    last = told.read_text().splitlines()[-1]
    assert last.startswith("Nothing was done. Idempotency key: ")
    assert "unknown" not in told.read_text()


def test_interrupted_resume_names_the_command_that_continues(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    foreign.asked.clear()
    foreign.answers(silence)
    process = remote.start("op", "resume", "--all-pending")
    wait_until(lambda: any("POST" in asked.line for asked in foreign.asked), process)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert "The outcome is unknown. Idempotency key: " in stderr.decode()


def test_wait_continues_after_a_proxy_error_page(remote: Cli, foreign: Foreign) -> None:
    def ticket(status: str) -> bytes:
        found: dict[str, Any] = {"ticket": {"number": 5, "status": status}, "responses": []}
        return reply({"ok": True, "data": found})

    wait = ("ticket", "wait", "5", "--until", "status=closed", "--timeout", "30")
    portal = raw_reply(b"<html>Log in</html>", media_type="text/html")
    foreign.answers(ticket("open"), page(404), portal, page(403), ticket("closed"))
    assert remote(*wait).code == 0
    foreign.asked.clear()
    foreign.answers(page(404), ticket("closed"))
    assert (remote(*wait).code, len(foreign.asked)) == (6, 1)
    foreign.asked.clear()
    gone = failure(404, "ticket_not_found", "Ticket 5 not found.")
    foreign.answers(ticket("open"), gone, ticket("closed"))
    assert (remote(*wait).code, len(foreign.asked)) == (6, 2)
