"""The webhook listener with callers that no server of ours resembles."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.listening import Heard
from tickiti_cli.bundled_server import webhook_listener
from tickiti_cli.bundled_server.webhook_listener import Listener, ResponsePolicy
from tickiti_cli.output.streams import Streams

LENGTH = b"Content-Length: "


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(0, ResponsePolicy(secret=None, status=204)) as found:
        yield found


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def called(port: int, head: bytes, body: bytes = b"") -> bytes:
    """The first line of the answer to a call."""
    with connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n" + body)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize(
    "head", [b"POST / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\n" + LENGTH + b"1000\r\n\r\n"]
)
def test_caller_that_sends_a_byte_now_and_then_holds_up_no_other(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(webhook_listener, "CALL_SECONDS", 0.5)
    port, is_over = listener.server_address[1], threading.Event()

    def drip() -> None:
        with suppress(OSError), connected(port) as slow:
            slow.sendall(head)
            has_begun.set()
            while not is_over.wait(0.05):
                slow.sendall(b"x")

    has_begun = threading.Event()
    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    assert has_begun.wait(20)
    heard: list[dict[str, Any]] = []
    listening = threading.Thread(
        target=lambda: heard.extend(listener.listen(1, Streams(None, None, None))), daemon=True
    )
    listening.start()
    began = time.monotonic()
    try:
        assert called(port, LENGTH + b"2", b"{}") == b"HTTP/1.0 204 No Content\r\n"
    finally:
        is_over.set()
    listening.join(20)
    assert time.monotonic() - began < 15
    assert [one["body"] for one in heard] == [{}]


def test_body_without_a_length_is_not_taken_for_an_empty_one(run: Cli) -> None:
    heard = Heard(run, "--count", "1", "--json")
    port = int(heard.url.rstrip("/").rpartition(":")[2])
    chunked = b"Transfer-Encoding: chunked"
    assert called(port, chunked, b"2\r\n{}\r\n0\r\n\r\n") == b"HTTP/1.0 411 Length Required\r\n"
    assert called(port, LENGTH + b"0") == b"HTTP/1.0 200 OK\r\n"
    (call,) = json.loads(heard.end().stdout)
    assert call["body"] == ""


@pytest.mark.parametrize("depth", [99, 101, 900, 100_000])
def test_body_of_any_depth_is_shown(run: Cli, depth: int) -> None:
    heard = Heard(run, "--count", "2", "--json")
    port = int(heard.url.rstrip("/").rpartition(":")[2])
    body = "[" * depth + "]" * depth
    # No JSON number: where there is one, every value of the output is looked at.
    for raw in (body.encode(), b"[NaN, 1e999]"):
        assert called(port, LENGTH + str(len(raw)).encode(), raw) == b"HTTP/1.0 200 OK\r\n"
    deep, _ = json.loads(heard.end().stdout)
    assert deep["body"] == (json.loads(body) if depth < 100 else body)
