"""A request to any server: no write is lost, doubled, or sent to another host."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, Served, anonymous
from tests.support.foreign import (
    Answer,
    Foreign,
    drip,
    failure,
    hang_up,
    raw_reply,
    reply,
    silence,
    ticket_created,
)
from tests.support.waiting import wait_until

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
KEY = ("--idempotency-key", "order-1")
UNKNOWN = (
    "The outcome is unknown. Idempotency key: order-1. To finish it exactly once: "
    "tickiti op resume OPERATION\n"
)
HTML = raw_reply(b"<html>Bad gateway</html>", status=502, media_type="text/html")
HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n" + b'{"ok'
HALF_JSON = raw_reply(b'{"ok": true, "data": {"ticket_nu')


def error_of(ran: Ran) -> dict[str, object]:
    """The one JSON line on stderr; stdout must be empty."""
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    error: dict[str, object] = json.loads(line)["error"]
    return error


@pytest.mark.parametrize(
    "bad_luck",
    [
        pytest.param(hang_up, id="reset"),
        pytest.param(HALF, id="truncated body"),
        pytest.param(HALF_JSON, id="truncated JSON"),
        pytest.param(HTML, id="HTML error page"),
        pytest.param(b"not HTTP at all\r\n\r\n", id="not HTTP"),
        pytest.param(failure(408, "request_timeout"), id="408"),
        pytest.param(failure(425, "too_early"), id="425"),
        pytest.param(failure(429, "rate_limited"), id="429"),
        pytest.param(failure(500, "internal"), id="500"),
        pytest.param(failure(503, "storage_full"), id="503"),
        pytest.param(failure(504, "gateway"), id="504"),
        pytest.param(failure(409, "idempotency_key_in_progress"), id="409 in progress"),
    ],
)
def test_transient_failure_is_retried_with_the_same_key_and_bytes(
    remote: Cli, foreign: Foreign, bad_luck: Answer
) -> None:
    foreign.answers(bad_luck, bad_luck, ticket_created())
    ran = remote(*CREATE)
    assert (ran.code, ran.stdout) == (0, "220009\n")
    first, second, third = foreign.asked
    assert first.headers["idempotency-key"]
    assert first == second == third


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        pytest.param(failure(400, "invalid_json"), 7, id="400"),
        pytest.param(failure(401, "unauthenticated"), 4, id="401"),
        pytest.param(failure(403, "missing_ability"), 5, id="403"),
        pytest.param(failure(404, "ticket_not_found"), 6, id="404"),
        pytest.param(failure(405, "method_not_allowed"), 15, id="405"),
        pytest.param(failure(409, "idempotency_key_conflict"), 8, id="409"),
        pytest.param(failure(413, "payload_too_large"), 7, id="413"),
        pytest.param(failure(415, "unsupported_media_type"), 7, id="415"),
        pytest.param(failure(422, "queue_not_found"), 7, id="422"),
        pytest.param(failure(431, "header_too_large"), 7, id="431"),
        pytest.param(failure(501, "not_implemented"), 15, id="501"),
        pytest.param(reply({"ok": False, "error": "No."}), 7, id="200 that is none"),
        pytest.param(reply({"my_error": "No."}), 7, id="200 with my_error"),
        pytest.param(reply({"amf_error": "No."}), 7, id="200 with amf_error"),
    ],
)
def test_definite_refusal_is_never_retried(
    remote: Cli, foreign: Foreign, refusal: bytes, code: int
) -> None:
    foreign.answers(refusal)
    ran = remote(*CREATE, "--json")
    assert ran.code == code
    error = error_of(ran)
    assert (error["message"], error["outcome"]) == ("No.", "not_applied")
    assert len(foreign.asked) == 1


def test_error_has_the_status_of_the_reply(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(HTML)
    error = error_of(remote(*CREATE, *KEY, "--json", "--retries", "0", "--no-journal"))
    assert error == {
        "code": "internal",
        "status": 502,
        "message": "The server answered 502.",
        "retryable": True,
        "outcome": "unknown",
        "idempotency_key": "order-1",
    }


def test_laravel_validation_error_keeps_its_sentences(remote: Cli, foreign: Foreign) -> None:
    body = {"message": "The given data was invalid.", "errors": {"subject": ["Too long."]}}
    foreign.answers(reply(body, status=422))
    ran = remote(*CREATE)
    assert ran == Ran(7, "", "tickiti: The given data was invalid.\n  --subject: Too long.\n")


def test_error_sentence_is_preferred_to_the_code(remote: Cli, foreign: Foreign) -> None:
    body = {"ok": False, "error": "queue_missing", "message": "Queue 'Sales' not found."}
    foreign.answers(reply(body, status=422))
    assert remote(*CREATE) == Ran(7, "", "tickiti: Queue 'Sales' not found.\n")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(remote: Cli, foreign: Foreign, status: int) -> None:
    target = f"{foreign.base_url}/elsewhere"
    foreign.answers(raw_reply(b"", status=status, location=target))
    ran = remote(*CREATE)
    assert ran.code == 7
    assert ran.stderr == (
        f"tickiti: {foreign.base_url}/api/create_ticket answered with a redirect ({status}).\n"
        "Check the base URL: tickiti profile show\n"
    )
    assert len(foreign.asked) == 1


def test_html_page_instead_of_json_is_an_error(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(raw_reply(b"<html>Welcome</html>", media_type="text/html"))
    ran = remote(*CREATE, *KEY)
    assert ran.code == 7
    assert anonymous(ran.stderr) == (
        f"tickiti: {foreign.base_url}/api/create_ticket answered 200 with something that is not "
        f"JSON.\n{UNKNOWN}Check the base URL: tickiti profile show\n"
    )


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"1", b'"x"', b"{}", b'{"ok": true}', b'{"ok": true, "data": []}']
)
def test_success_with_an_unexpected_shape_is_an_error(
    remote: Cli, foreign: Foreign, body: bytes
) -> None:
    foreign.answers(raw_reply(body))
    ran = remote(*CREATE, *KEY)
    assert (ran.code, ran.stdout) == (7, "")
    assert ran.stderr.startswith(f"tickiti: {foreign.base_url}/api/create_ticket answered 200 ")


def test_dripping_reply_ends_with_its_attempt(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(drip(ticket_created(), pause=0.2))
    began = time.monotonic()
    ran = remote(*CREATE, *KEY, "--timeout", "1", "--retries", "0")
    assert time.monotonic() - began < 20  # the whole reply takes a minute
    assert ran.code == 11
    told = f"tickiti: {foreign.base_url} did not answer within 1 s.\n{UNKNOWN}"
    assert anonymous(ran.stderr) == told


def test_silent_server_ends_the_attempt_with_the_key_in_the_error(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(silence)
    ran = remote(*CREATE, *KEY, "--timeout", "0.5", "--retries", "0", "--json", "--no-journal")
    assert ran.code == 11
    assert error_of(ran) == {
        "code": "timed_out",
        "message": f"{foreign.base_url} did not answer within 0.5 s.",
        "retryable": True,
        "outcome": "unknown",
        "idempotency_key": "order-1",
    }


def test_all_attempts_together_end_within_max_time(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(silence)
    began = time.monotonic()
    ran = remote(*CREATE, "--timeout", "0.4", "--max-time", "2", "--retries", "100")
    assert ran.code == 11
    assert time.monotonic() - began < 20  # all attempts take forty seconds and more
    assert len(foreign.asked) > 1
    assert len(set(foreign.keys)) == 1


def test_retry_after_delays_the_next_attempt(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(429, "rate_limited", retry_after="1"), ticket_created())
    began = time.monotonic()
    assert remote(*CREATE).code == 0
    assert time.monotonic() - began >= 1


def test_retry_after_beyond_max_time_ends_the_command(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(429, "rate_limited", "Too many.", retry_after="3600"))
    began = time.monotonic()
    ran = remote(*CREATE, *KEY)
    assert time.monotonic() - began < 10
    assert (ran.code, ran.stdout) == (9, "")
    assert anonymous(ran.stderr) == (
        "tickiti: Too many.\nNothing was done. Idempotency key: order-1. "
        "To finish it exactly once: tickiti op resume OPERATION\n"
    )


def test_refused_connection_means_not_applied(run: Cli) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        ran = run(
            *CREATE, *KEY, "--base-url", base_url, "--retries", "0", "--json",
            TICKITI_API_TOKEN="1|x",
        )  # fmt: skip
    assert ran.code == 11
    assert error_of(ran)["outcome"] == "not_applied"


def test_outcome_stays_unknown_after_a_later_refusal(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(hang_up, failure(401, "unauthenticated", "Unauthenticated."))
    error = error_of(remote(*CREATE, *KEY, "--json"))
    assert (error["code"], error["outcome"]) == ("unauthenticated", "unknown")


def test_write_without_a_key_is_sent_once(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(HTML)
    fields = ("-f", "from_email=a@b.example", "-f", "content=x")
    ran = remote("api", "/api/tickets/220009/respond", *fields)
    assert ran.code == 10
    assert len(foreign.asked) == 1
    assert foreign.keys == [None]


def test_minting_a_token_is_sent_once(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(HTML)
    ran = remote("token", "mint", "--name", "x", "--preset", "filer")
    assert ran.code == 10
    assert len(foreign.asked) == 1


def test_replay_is_a_success_with_a_remark(local: Cli) -> None:
    first = local(*CREATE, *KEY, "--json")
    again = local(*CREATE, *KEY, "--json")
    assert (first.code, again.code) == (0, 0)
    one, two = json.loads(first.stdout), json.loads(again.stdout)
    assert (one["replayed"], two["replayed"]) == (False, True)
    assert one | {"replayed": True} == two


def test_token_is_not_sent_unencrypted_to_another_host(run: Cli) -> None:
    ran = run(*CREATE, "--base-url", "http://support.sole-trader.example", TICKITI_API_TOKEN="1|x")
    assert ran == Ran(
        2,
        "",
        "tickiti: http://support.sole-trader.example/api/create_ticket is not encrypted: the token "
        "could be read on the way.\n"
        "Use https://, or --allow-http if you are sure.\n",
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1.evil.example", "localhost.evil.example", "user@evil.example", "10.0.0.1"]
)
def test_host_that_resembles_loopback_gets_no_token(run: Cli, host: str) -> None:
    assert run(*CREATE, "--base-url", f"http://{host}", TICKITI_API_TOKEN="1|x").code == 2


def test_netrc_file_adds_no_password(remote: Cli, foreign: Foreign) -> None:
    (remote.home / ".netrc").write_text("machine 127.0.0.1 login marcus password hunter2\n")
    (remote.home / ".netrc").chmod(0o600)
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    assert foreign.asked[0].headers["authorization"] == "Bearer 7|secret-of-far"


def test_proxy_of_the_environment_is_not_used_for_loopback(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    assert (
        remote(*CREATE, HTTP_PROXY="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9").code == 0
    )


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key in the same file."""
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", file],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_text(file.read_text() + key.read_text())
    return file


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[Foreign]:
    with Foreign(certificate) as server:
        server.answers(ticket_created())
        yield server


def test_untrusted_certificate_is_not_retried(run: Cli, encrypted: Foreign) -> None:
    ran = run(*CREATE, "--base-url", encrypted.base_url, "--json", TICKITI_API_TOKEN="1|x")
    assert ran.code == 11
    error = error_of(ran)
    assert "is not trusted: self-signed certificate" in str(error["message"])
    assert (error["outcome"], error["retryable"]) == ("not_applied", False)
    assert (encrypted.connections, encrypted.asked) == (1, [])


def test_certificate_is_accepted_by_ca_bundle_or_insecure(
    run: Cli, encrypted: Foreign, certificate: Path
) -> None:
    create = (*CREATE, "--base-url", encrypted.base_url)
    trusted = Ran(0, "220009\n", "")
    assert run(*create, "--ca-bundle", str(certificate), TICKITI_API_TOKEN="1|x") == trusted
    assert run(*create, TICKITI_API_TOKEN="1|x", SSL_CERT_FILE=str(certificate)) == trusted
    assert run(*create, "--insecure", TICKITI_API_TOKEN="1|x") == Ran(
        0, "220009\n", "Warning: --insecure: the server's certificate is not checked.\n"
    )


def test_server_text_cannot_control_the_terminal(remote: Cli, foreign: Foreign) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2JNo \x9b31mqueue\u202e."
    foreign.answers(failure(422, "queue_not_found", hostile))
    assert remote(*CREATE) == Ran(7, "", "tickiti: No queue.\nSee: tickiti queue list\n")


def test_token_that_fits_no_header_is_refused_before_sending(run: Cli, foreign: Foreign) -> None:
    ran = run(*CREATE, "--base-url", foreign.base_url, TICKITI_API_TOKEN="1|a\nEvil: yes")
    assert ran.code == 3
    assert foreign.asked == []
    assert "Evil" not in ran.stderr


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 143, "Terminated."),
        (signal.SIGHUP, 143, "Terminated."),
    ],
)
def test_interrupted_write_names_the_command_that_finishes_it(
    remote: Cli, foreign: Foreign, number: int, code: int, sentence: str
) -> None:
    foreign.answers(silence)
    process = remote.start(*CREATE, *KEY)
    wait_until(lambda: bool(foreign.asked), process)
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (code, b"")
    assert anonymous(stderr.decode()) == f"tickiti: {sentence}\n{UNKNOWN}"


def full_pipe() -> tuple[int, int]:
    """A pipe that takes no more."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 512)
    os.set_blocking(writer, True)
    return reader, writer


def test_terminated_write_ends_although_nobody_reads_its_errors(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(silence)
    reader, writer = full_pipe()
    process = subprocess.Popen(
        remote.command((*CREATE, *KEY)), stdout=writer, stderr=writer, env=remote.environ({})
    )
    wait_until(lambda: foreign.asked, process)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(10) == 143
    os.close(reader)
    os.close(writer)


def test_slow_reader_gets_the_end_of_an_interrupted_output(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    reader, writer = full_pipe()
    process = subprocess.Popen(
        remote.command((*CREATE, *KEY)), stdout=writer, stderr=subprocess.PIPE,
        env=remote.environ({"PYTHONUNBUFFERED": ""}),
    )  # fmt: skip
    wait_until(lambda: remote("op", "list", "--fields", "state").stdout == "applied\n", process)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        left = file.read()
    _, stderr = process.communicate(timeout=10)
    assert (process.returncode, stderr.splitlines()[:1]) == (130, [b"tickiti: Interrupted."])
    assert left.rpartition(b"x")[2].strip().isdigit()


def test_interrupted_output_of_a_write_names_its_key(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    reader, writer = full_pipe()
    command = remote.command((*CREATE, *KEY))
    process = subprocess.Popen(
        command, stdout=writer, stderr=subprocess.PIPE, env=remote.environ({}), cwd=remote.folder
    )
    wait_until(lambda: remote("op", "list", "--fields", "state").stdout == "applied\n", process)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    os.close(reader)
    os.close(writer)
    said = f"The last write, create_ticket, was applied. Idempotency key: {KEY[1]}."
    assert (process.returncode, stderr.decode()) == (130, f"tickiti: Interrupted.\n{said}\n")


def test_crash_leaves_no_core_dump_with_the_token(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(silence)
    process = remote.start(*CREATE, *KEY)
    wait_until(lambda: bool(foreign.asked), process)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    process.kill()
    process.communicate(timeout=10)
    (core,) = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4] == "0"


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 143, "Terminated."),
        (signal.SIGHUP, 143, "Terminated."),
    ],
)
def test_interrupted_read_names_no_further_command(
    remote: Cli, foreign: Foreign, number: int, code: int, sentence: str
) -> None:
    foreign.answers(silence)
    process = remote.start("ticket", "list")
    wait_until(lambda: bool(foreign.asked), process)
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (code, b"")
    assert stderr.decode() == f"tickiti: {sentence}\n"


def test_interrupted_retry_pause_names_the_key(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    process = remote.start(*CREATE, *KEY)
    wait_until(lambda: bool(foreign.asked), process)
    assert process.stderr is not None
    process.stderr.readline()  # the remark that it tries again: now it sleeps
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert anonymous(stderr.decode()) == f"tickiti: Interrupted.\n{UNKNOWN}"


def test_bundled_server_is_reached_as_localhost(run: Cli, served: Served) -> None:
    base_url = served.base_url.replace("127.0.0.1", "localhost")
    ran = run("idempotency", "mint", "--base-url", base_url, "--json")
    assert ran.code == 0
    assert json.loads(ran.stdout)["idempotency_key"]


@pytest.mark.parametrize(
    ("flags", "retries"), [((), "some"), (("--retries", "2"), "2"), (("--max-time", "1"), "some")]
)
def test_local_server_that_is_down_is_named_with_a_hint(
    run: Cli, flags: tuple[str, ...], retries: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    began = time.monotonic()
    ran = run("ticket", "list", "--base-url", address, *flags, TICKITI_API_TOKEN="1|" + "a" * 40)
    assert (ran.code, ran.stdout) == (11, "")
    assert time.monotonic() - began < 20  # it was 12 s alone, and 63 s for a write
    assert ran.stderr.count("Trying again") == 1
    assert "tickiti server start" in ran.stderr
    assert f"Tried {int(retries) + 1} times" in ran.stderr if retries != "some" else True


def test_command_retries_until_a_starting_server_answers(run: Cli) -> None:
    with Foreign() as server:
        address = server.base_url
    port = int(address.rpartition(":")[2])
    there = ("ticket", "list", "--base-url", address)
    process = run.start(*there, TICKITI_API_TOKEN="1|" + "a" * 40)
    time.sleep(0.2)
    with socket.create_server(("127.0.0.1", port)) as late:
        late.settimeout(10)
        connection, _ = late.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
