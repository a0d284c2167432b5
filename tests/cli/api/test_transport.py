"""The HTTP connection of the CLI, against servers that send arbitrary bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.support.foreign import Foreign
from tickiti_cli.api.connection.answer import (
    Answer,
    AnswerTimeout,
    BadAddress,
    Broken,
    ConnectFailed,
    Unreadable,
    WireError,
)
from tickiti_cli.api.deadline import Deadline, Wire
from tickiti_cli.api.transport import Direct, place_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TRAILED = b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX-Trailer: y\r\n\r\n"
PATIENCE_SECONDS = 10


@dataclass
class Said:
    """A server that answers the requests of each connection with these, and then hangs up."""

    connections: list[list[bytes]]
    asked: list[bytes] = field(default_factory=list)
    address: str = ""

    def serve(self, listener: socket.socket) -> None:
        for answers in self.connections:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    self.asked.append(_request(connection))
                    with suppress(OSError):  # the client has read enough
                        connection.sendall(answer)


def _request(connection: socket.socket) -> bytes:
    """One request whose body is `{}`."""
    connection.settimeout(PATIENCE_SECONDS)
    read = b""
    while not read.endswith(b"\r\n\r\n{}") and (piece := connection.recv(65536)):
        read += piece
    return read


@contextmanager
def saying(*connections: list[bytes]) -> Iterator[Said]:
    said = Said([*connections])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        said.address = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        thread = threading.Thread(target=said.serve, args=(listener,), daemon=True)
        thread.start()
        yield said
        thread.join(PATIENCE_SECONDS)


@pytest.fixture
def client() -> Iterator[Direct]:
    client = Direct(None)
    yield client
    client.close()


def post(client: Direct, address: str, seconds: float = PATIENCE_SECONDS) -> bytes:
    return exchange(client, address, {"X-Name": "M\u00fcller"}, seconds).content


def exchange(
    client: Direct, address: str, headers: dict[str, str], seconds: float = PATIENCE_SECONDS
) -> Answer:
    wire = Wire()
    try:
        with Deadline(seconds, wire) as deadline:
            return client.exchange(
                "POST", address, headers=headers, content=b"{}", deadline=deadline
            )
    finally:
        wire.close()


def test_request_arrives_complete_with_each_header_once(client: Direct) -> None:
    with saying([OK]) as server:
        assert post(client, f"{server.address}?a=b%20c") == b"{}"
    (asked,) = server.asked
    first, *headers = asked.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert first == b"POST /api?a=b%20c HTTP/1.1"
    names = [header.partition(b":")[0].lower() for header in headers]
    assert len(names) == len(set(names)), "a header was sent twice"
    assert {b"host", b"content-length"} <= {*names}
    assert b"transfer-encoding" not in names
    assert "X-Name: Müller".encode() in headers


def test_connection_is_reused_for_the_next_request(client: Direct) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with saying([OK, chunked, OK]) as server:
        assert [post(client, server.address) for _ in range(3)] == [b"{}"] * 3


def test_closed_connection_is_not_reused(client: Direct) -> None:
    with saying([OK], [OK]) as server:
        assert post(client, server.address) == b"{}"
        while len(server.asked) < 1 or not _has_ended(client):
            pass
        assert post(client, server.address) == b"{}"


def _has_ended(client: Direct) -> bool:
    """Whether the end of the connection has arrived here."""
    kept = client._connection
    assert kept is not None
    kept.settimeout(PATIENCE_SECONDS)
    return kept.recv(1, socket.MSG_PEEK) == b""


def test_reply_with_connection_close_ends_the_connection(client: Direct) -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with saying([closing], [OK]) as server:
        assert [post(client, server.address) for _ in range(2)] == [b"{}"] * 2


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 two hundred\r\n\r\n{}",
        b"<html>not even HTTP</html>",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000 + b"\r\n{}",
        b"",
    ],
)
def test_truncated_and_malformed_replies_are_errors(client: Direct, reply: bytes) -> None:
    with saying([reply]) as server, pytest.raises(WireError):
        post(client, server.address)


@pytest.mark.parametrize(
    "before",
    [
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 40,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
        b"HTTP/1.1 199 Anything\r\nX: y\r\n\r\n",
    ],
)
def test_interim_answers_are_skipped(client: Direct, before: bytes) -> None:
    with saying([before + OK, before + OK]) as server:
        assert [post(client, server.address) for _ in range(2)] == [b"{}"] * 2
        assert len(server.asked) == 2


def test_endless_interim_answers_are_an_error(client: Direct) -> None:
    endless = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5000
    with saying([endless]) as server, pytest.raises(Unreadable):
        post(client, server.address)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked  \r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\tChunked\t\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked \r\nContent-Length: 99\r\n\r\n" + TRAILED,
        b"HTTP/1.1 200 OK\r\nContent-Length:   2  \r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_valid_http_replies_are_read(client: Direct, reply: bytes) -> None:
    with saying([reply]) as server:
        assert post(client, server.address) == b"{}"


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 70_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n{}",
    ],
)
def test_non_http_reply_is_not_called_truncated(client: Direct, reply: bytes) -> None:
    with saying([reply]) as server, pytest.raises(Unreadable):
        post(client, server.address)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_reply_of_contradictory_length_is_unreadable(client: Direct, reply: bytes) -> None:
    with saying([reply]) as server, pytest.raises(Unreadable):
        post(client, server.address)


def test_reply_larger_than_the_limit_is_refused_by_its_length(client: Direct) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}"
    with saying([reply]) as server, pytest.raises(Broken, match="larger than"):
        post(client, server.address)


def test_bytes_behind_a_reply_end_the_connection(client: Direct) -> None:
    forged = OK.replace(b"{}", b"[]")
    with saying([OK + forged, forged], [OK]) as server:
        assert post(client, server.address) == b"{}"
        assert client._connection is None
        assert post(client, server.address) == b"{}"


def test_headers_are_found_in_any_case_and_joined(client: Direct) -> None:
    reply = (
        b"HTTP/1.1 200 OK\r\nLink: <a>\r\nLINK:<b>\r\nX-Long: a\r\n b\r\nX-Name: M\xc3\xbcller\r\n"
        b"X-Old: M\xfcller\r\nno header\r\nContent-Length: 2\r\n\r\n{}"
    )
    with saying([reply]) as server:
        answer = exchange(client, server.address, {})
    assert answer.headers == {
        "link": "<a>, <b>",
        "x-long": "a b",
        "x-name": "Müller",
        "x-old": "Müller",
        "content-length": "2",
    }


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://desk.example", "/", "desk.example"),
        ("https://desk.example:443/a/b", "/a/b", "desk.example"),
        ("http://DESK.example:8080/%20?q=a%26b", "/%20?q=a%26b", "desk.example:8080"),
        ("http://[::1]:80/straße ü", "/stra%C3%9Fe%20%C3%BC", "[::1]"),
        ("https://bücher.example/", "/", "xn--bcher-kva.example"),
    ],
)
def test_address_is_sent_as_ascii(url: str, target: str, host: str) -> None:
    place = place_of(url)
    assert (place.target, place.host_header) == (target, host)


@pytest.mark.parametrize("url", ["http://a.example:x/", "http://[::1/", "http://a\u2024b.example/"])
def test_address_that_can_be_no_servers_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        place_of(url)


def test_line_break_in_a_header_is_never_sent(client: Direct) -> None:
    with saying([OK]) as server:
        with pytest.raises(ValueError, match="line break"):
            exchange(client, server.address, {"X": "a\r\nY: b"})
        post(client, server.address)
    assert b"Y: b" not in server.asked[0]


def test_refused_port_raises_a_connection_error(client: Direct) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}", f"http://{'a' * 70}.invalid"):
        with pytest.raises(ConnectFailed):
            post(client, address)


def test_silence_is_a_read_timeout(client: Direct) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises((AnswerTimeout, Broken)):  # by the socket, or by the deadline
            post(client, address, seconds=0.2)


def test_a_refused_connection_leaves_no_socket_of_an_earlier_request() -> None:
    """The sender asks the wire whether anything can have left this machine."""
    wire = Wire()
    client = Direct(None)

    def send() -> None:
        with Deadline(PATIENCE_SECONDS, wire) as deadline:
            client.exchange("POST", server.base_url, headers={}, content=b"{}", deadline=deadline)

    with Foreign() as server:
        send()
        assert wire.connection is not None
        server.close()
        with pytest.raises(ConnectFailed):
            send()
    assert wire.connection is None
