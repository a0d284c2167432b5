"""An attempt without a reply, and an answer of another server, name their cause and the cure."""

import signal
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.api.test_sender import certificate  # noqa: F401 - a fixture
from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, raw_reply, reply

LIST = ("ticket", "list")
TOKEN = {"TICKITI_API_TOKEN": "1|x"}
AT_ONCE = struct.pack("ii", 1, 0)
"""The linger of a connection whose end is a reset."""

PAGE = b"<html><title>404 Not Found</title></html>"


@pytest.fixture(params=[True, False], ids=["alert", "reset"])
def alerting(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers what is not its TLS with an alert. `reset`: plain HTTP is reset, as
    happens to an alert that is sent while a part of the request is unread."""
    alerts_http = request.param
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    if connection.recv(65536)[:1] == b"\x16" or alerts_http:
                        connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")
                    else:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_server_with_tls_is_named_with_its_address(run: Cli, alerting: str) -> None:
    assert run(*LIST, "--base-url", f"http://{alerting}", **TOKEN) == Ran(
        11,
        "",
        f"tickiti: http://{alerting} speaks TLS.\nUse its address with https: https://{alerting}\n",
    )


def test_a_self_signed_certificate_error_names_ca_bundle(run: Cli, certificate: Path) -> None:  # noqa: F811
    with Foreign(certificate) as encrypted:
        ran = run(*LIST, "--base-url", encrypted.base_url, **TOKEN)
        assert ran == Ran(
            11,
            "",
            f"tickiti: The certificate of {encrypted.base_url} is not trusted: self-signed "
            "certificate.\n"
            "Trust its authority with --ca-bundle FILE, or check the address.\n",
        )


def test_a_mistyped_host_is_not_tried_again(run: Cli) -> None:
    ran = run(*LIST, "--base-url", "https://no-such-host.invalid", **TOKEN)
    message, hint = ran.stderr.splitlines()
    assert ran.code == 11
    assert message.startswith(
        "tickiti: The host name of https://no-such-host.invalid cannot be resolved: "
    )
    assert hint == "Check the base URL: tickiti profile show"


@pytest.mark.parametrize("ending", ["/api", "/api/v1", "/api/"])
@pytest.mark.parametrize(
    "answer", [raw_reply(PAGE, status=404, media_type="text/html"), failure(404, "not_found")]
)
def test_a_base_url_that_ends_in_api_is_offered_without_it(
    run: Cli, foreign: Foreign, ending: str, answer: bytes
) -> None:
    foreign.answers(answer)
    ran = run(*LIST, "--base-url", foreign.base_url + ending, **TOKEN)
    hint = f"Use {foreign.base_url} as the base URL, without {ending.rstrip('/')}."
    assert (ran.code, ran.stderr.splitlines()[-1]) == (6, hint)


def test_a_missing_ticket_says_nothing_about_the_base_url(run: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(404, "ticket_not_found", "Ticket 5 not found."))
    ran = run("ticket", "view", "5", "--base-url", foreign.base_url, **TOKEN)
    assert ran == Ran(6, "", "tickiti: Ticket 5 not found.\nSee: tickiti ticket list\n")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_a_page_of_another_server_leads_to_the_base_url(
    run: Cli, foreign: Foreign, status: int
) -> None:
    foreign.answers(raw_reply(PAGE, status=status, media_type="text/html"))
    ran = run(*LIST, "--base-url", foreign.base_url, **TOKEN)
    assert ran.stderr.splitlines()[-1].startswith("Check the base URL")


def test_a_rejected_token_that_has_expired_is_reported_with_its_expiry(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(reply({"message": "Unauthenticated."}, status=401))
    unknown = (
        f"tickiti: {foreign.base_url} rejects the token, which is mistyped, expired or revoked."
    )
    assert remote(*LIST).stderr.splitlines()[0] == unknown
    with (remote.config / "credentials.toml").open("a") as file:
        file.write('expires_at = "2020-01-01T00:00:00+00:00"\n')
    ran = remote(*LIST)
    expired = "it expired (2020-01-01T00:00:00+00:00)."
    assert ran == Ran(
        4,
        "",
        f"tickiti: {foreign.base_url} rejects the token: {expired}\n"
        "Log in again: tickiti auth login -p far\n",
    )
    foreign.answers(reply({"message": "This token was revoked."}, status=401))
    assert remote(*LIST).stderr.startswith("tickiti: This token was revoked.\n")


def test_ctrl_c_during_refused_connections_says_that_nothing_was_done(
    remote: Cli, foreign: Foreign
) -> None:
    """Also after a request that was answered: its connection is not that of the write."""

    def leave(connection: socket.socket) -> None:
        foreign.close()
        connection.sendall(reply({"ok": True, "data": {"owner": {"email": "a@b.example"}}}))

    foreign.answers(leave)
    process = remote.start("ticket", "note", "5", "-b", "x", "--max-time", "60")
    assert process.stderr is not None
    assert b"Trying again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Interrupted.\nNothing was done." in told
    assert b"unknown" not in told


@pytest.fixture
def resetting(certificate: Path) -> Iterator[str]:  # noqa: F811
    """A server with TLS that resets a connection which begins with anything else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if connection.recv(1, socket.MSG_PEEK) == b"\x16":
                    with suppress(OSError):
                        context.wrap_socket(connection, server_side=True).close()
                else:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "words", [LIST, ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")]
)
def test_a_server_with_tls_that_resets_plain_http_is_named(
    run: Cli, resetting: str, words: tuple[str, ...]
) -> None:
    ran = run(*words, "--base-url", f"http://{resetting}", **TOKEN)
    assert ran.code == 11
    assert ran.stderr.splitlines()[:2] == [
        f"tickiti: http://{resetting} speaks TLS.",
        f"Use its address with https: https://{resetting}",
    ]
    assert "may have been" not in ran.stderr


def test_a_server_that_breaks_connections_is_asked_for_tls_once(run: Cli) -> None:
    """Not before each retry: a server that says nothing to a handshake would delay each."""
    began: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                began.append(connection.recv(1))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ran = run(*LIST, "--base-url", address, "--retries", "2", **TOKEN)
        listener.shutdown(socket.SHUT_RDWR)
    assert (ran.code, began) == (11, [b"P", b"\x16", b"P", b"P"])
