"""Every wait for a client ends: for its headers, its body, its next request, its reading."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.databases import write_lock
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.waiting import wait_until
from tickiti_server.settings import Settings

CREATE = "/api/create_ticket"
MOST_CONNECTIONS = 20
SHORT = {
    "header_seconds": 0.6,
    "body_seconds": 0.6,
    "idle_seconds": 1,
    "linger_seconds": 0.4,
    "reading_seconds": 0.6,
    "reading_rate": 10**9,
    "most_connections": MOST_CONNECTIONS,
    "waiting_seconds": 0.3,
}
HEALTH = b"GET /_tickiti/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("connections"))
    found.begin(**SHORT)
    yield found
    assert found.end() == 0


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    """One with few places and the deadlines of every server."""
    found = PeculiarPlace(tmp_path_factory.mktemp("patient"))
    found.begin(most_connections=MOST_CONNECTIONS, public_body_seconds=1)
    yield found
    assert found.end() == 0


def connect(place: PeculiarPlace, address: str = "127.0.0.1") -> socket.socket:
    where = ("127.0.0.1", place.port)
    return socket.create_connection(where, timeout=15, source_address=(address, 0))


def until_closed(connection: socket.socket) -> bytes:
    """Everything that still comes, up to the end."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def drip(connection: socket.socket, byte: bytes) -> bytes:
    """Send a byte now and then until the server has had enough; what it said."""
    connection.settimeout(0.1)
    pieces = []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connection.sendall(byte)
            piece = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return b"".join(pieces)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    raise AssertionError(f"still open after 10 s: {pieces}")


def head(place: PeculiarPlace, length: int, *, token: str | None = None) -> bytes:
    lines = (
        f"POST {CREATE} HTTP/1.1", "Host: localhost", "Idempotency-Key: k",
        f"Authorization: Bearer {place.token if token is None else token}",
        "Content-Type: application/json", f"Content-Length: {length}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def test_deadlines_are_those_of_the_specification() -> None:
    settings = Settings(database=Path("t.db"))
    assert (settings.header_seconds, settings.body_seconds, settings.idle_seconds) == (10, 30, 15)
    assert (settings.most_connections, settings.most_headers) == (1000, 64 * 1024)
    assert (settings.most_body, settings.drain_seconds) == (25 * 1024 * 1024, 30)


def test_silent_connection_is_closed(place: PeculiarPlace) -> None:
    with connect(place) as connection:
        assert until_closed(connection) == b""


def test_idle_connection_is_closed(place: PeculiarPlace) -> None:
    with connect(place) as connection:
        connection.sendall(HEALTH)
        began = time.monotonic()
        reply = until_closed(connection)
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - began > 0.5


def test_blank_lines_do_not_keep_an_idle_connection(place: PeculiarPlace) -> None:
    with connect(place) as connection:
        connection.sendall(HEALTH)
        assert drip(connection, b"\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("before", [b"", HEALTH])
def test_dripping_headers_get_408(place: PeculiarPlace, before: bytes) -> None:
    with connect(place) as connection:
        connection.sendall(before + b"GET /_tickiti/healthz HTTP/1.1\r\nX-Slow: ")
        replies = drip(connection, b"x")
    assert replies.count(b"HTTP/1.1 ") == (2 if before else 1)
    assert b"HTTP/1.1 408 " in replies
    assert b'"code":"request_timeout"' in replies


def test_dripping_body_gets_408(place: PeculiarPlace) -> None:
    with connect(place) as connection:
        connection.sendall(head(place, 1000) + b"{")
        reply = drip(connection, b" ")
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nconnection: close\r\n" in reply


def test_rest_of_a_refused_body_is_read_for_a_moment_only(place: PeculiarPlace) -> None:
    for raw in (head(place, 1000, token="1|wrong") + b"{", head(place, 10**12)):
        with connect(place) as connection:
            connection.sendall(raw)
            reply = drip(connection, b" ")
        assert reply[:13] in (b"HTTP/1.1 401 ", b"HTTP/1.1 413 ")
        assert b"\r\nconnection: close\r\n" in reply


def test_refusal_reaches_a_client_that_sends_its_whole_body(
    place: PeculiarPlace,
) -> None:
    large = json.dumps(ticket("x" * 4_000_000))
    for _ in range(5):
        assert place.post(CREATE, large, "k", token="1|wrong")[0] == 401


def test_unread_reply_holds_a_connection_for_bounded_time(
    place: PeculiarPlace,
) -> None:
    body = ticket("long")
    body["data"]["content"] = "x" * 9_000_000
    number = json.loads(place.post(CREATE, body, "long")[2])["data"]["ticket_number"]
    show = json.dumps({"ticket_number": number}).encode()
    request = head(place, len(show)).replace(CREATE.encode(), b"/api/v1/tickets/show") + show
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", place.port))
        connection.sendall(request + request)
        ours = f":{connection.getsockname()[1]:04X}"
        wait_until(lambda: not is_open(place, ours))
        read = until_closed(connection)
    assert len(read) < 18_000_000


def is_open(place: PeculiarPlace, peer: str) -> bool:
    """Whether the server's end of this connection is established, by the kernel's own table."""
    ours = f":{place.port:04X}"
    lines = Path(f"/proc/{place.process.pid}/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return any(f[1].endswith(ours) and f[2].endswith(peer) and f[3] == "01" for f in fields)


def test_reply_read_slowly_arrives_whole(place: PeculiarPlace) -> None:
    body = ticket("slow")
    body["data"]["content"] = "x" * 2_000_000
    number = json.loads(place.post(CREATE, body, "slow")[2])["data"]["ticket_number"]
    show = json.dumps({"ticket_number": number}).encode()
    request = head(place, len(show)).replace(CREATE.encode(), b"/api/v1/tickets/show") + show
    with connect(place) as connection:
        connection.sendall(request)
        time.sleep(0.3)
        reply = until_closed(connection)
    heading, _, content = reply.partition(b"\r\n\r\n")
    assert heading.startswith(b"HTTP/1.1 200 ")
    assert json.loads(content)["data"]["responses"][0]["html"] == "x" * 2_000_000


def test_longest_idle_connection_is_evicted_for_a_new_connection(patient: PeculiarPlace) -> None:
    idle = [connect(patient) for _ in range(MOST_CONNECTIONS)]
    try:
        for n in range(5):
            assert patient.post(CREATE, ticket("healthy"), f"healthy-{n}")[0] == 200
        assert until_closed(idle[0]) == b""
        idle[-1].sendall(HEALTH)
        assert idle[-1].recv(4096).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in idle:
            connection.close()


@contextmanager
def busy(place: PeculiarPlace, count: int) -> Iterator[list[socket.socket]]:
    """Connections in which a request waits for the writer, which another program holds up."""
    with write_lock(place.database):
        connections = [connect(place) for _ in range(count)]
        try:
            for connection in connections:
                body = json.dumps(ticket("busy")).encode()
                connection.sendall(
                    head(place, len(body)).replace(b": k\r", b": %d\r" % time.time_ns()) + body
                )
            time.sleep(0.3)
            yield connections
        finally:
            for connection in connections:
                connection.close()


def slow(place: PeculiarPlace, count: int, address: str = "127.0.0.1") -> list[socket.socket]:
    """Connections in which a body has begun and does not come to its end."""
    connections = [connect(place, address) for _ in range(count)]
    for connection in connections:
        connection.sendall(head(place, 1000) + b"{")
    return connections


def test_new_connection_among_busy_connections_gets_503(
    place: PeculiarPlace,
) -> None:
    with busy(place, MOST_CONNECTIONS):
        with connect(place) as connection:
            reply = until_closed(connection)
        assert reply.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 1\r\n" in reply
        assert b'"code":"overloaded"' in reply
    assert place.post(CREATE, ticket("after"), "after")[0] == 200


def test_slowest_connection_is_evicted_when_all_wait_for_clients(
    patient: PeculiarPlace,
) -> None:
    slowest, *others = slow(patient, MOST_CONNECTIONS)
    try:
        time.sleep(0.5)
        for connection in others:
            connection.sendall(b" " * 500)
        assert patient.post(CREATE, ticket("healthy"), "makes room")[0] == 200
        assert until_closed(slowest).startswith(b"HTTP/1.1 408 ")
        for connection in others:
            connection.sendall(b" " * 498 + b"}")
            assert connection.recv(65536).startswith(b"HTTP/1.1 4")
    finally:
        for connection in (slowest, *others):
            connection.close()


def test_slow_connections_of_many_addresses_are_evicted(patient: PeculiarPlace) -> None:
    """Ten times as many as there are places, from forty addresses."""
    crowd: list[socket.socket] = []
    try:
        for n in range(2, 42):
            crowd += slow(patient, MOST_CONNECTIONS // 4, f"127.0.0.{n}")
        for n in range(10):
            began = time.monotonic()
            assert patient.post(CREATE, ticket("healthy"), f"many-{n}")[0] == 200
            assert patient.get("/_tickiti/healthz")[0] == 200
            assert time.monotonic() - began < 15
    finally:
        for connection in crowd:
            connection.close()


def test_connection_that_reads_nothing_is_evicted(patient: PeculiarPlace) -> None:
    long = {**ticket("long"), "data": {"subject": "long", "content": "x" * 3_000_000}}
    number = json.loads(patient.post(CREATE, long, "long")[2])["data"]["ticket_number"]
    readers = [connect(patient) for _ in range(MOST_CONNECTIONS)]
    try:
        body = b'{"ticket_number": %d}' % number
        path = b"/api/v1/tickets/show"
        for reader in readers:
            reader.sendall(head(patient, len(body)).replace(CREATE.encode(), path) + body)
            reader.recv(1)
        for n in range(3):
            assert patient.post(CREATE, ticket("healthy"), f"reads nothing {n}")[0] == 200
    finally:
        for reader in readers:
            reader.close()


def test_body_without_a_token_has_a_shorter_deadline(patient: PeculiarPlace) -> None:
    lines = head(patient, 60).replace(b"Authorization:", b"X-None:")
    with connect(patient) as connection:
        connection.sendall(lines.replace(CREATE.encode(), b"/api/idempotency_key") + b"{")
        began = time.monotonic()
        assert until_closed(connection).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < Settings(database=Path()).body_seconds / 2


def test_waiting_connections_are_admitted_in_order(
    place: PeculiarPlace,
) -> None:
    with busy(place, MOST_CONNECTIONS) as others, connect(place) as first, connect(place) as second:
        for connection in (first, second):
            connection.sendall(HEALTH)
        readable, _, _ = select.select([first, second], [], [], 0.1)
        assert readable == []
        others[0].close()
        reply = first.recv(4096)
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in reply
        assert until_closed(first) == b""
        assert second.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_connections_beyond_the_waiting_limit_are_rejected(place: PeculiarPlace) -> None:
    crowd = [connect(place) for _ in range(8 * MOST_CONNECTIONS)]
    try:
        for connection in crowd:
            with suppress(OSError):
                connection.sendall(head(place, 1000) + b"{")
        ends = [until_closed(connection)[:13] for connection in crowd]
    finally:
        for connection in crowd:
            connection.close()
    assert set(ends) == {b"HTTP/1.1 408 ", b"HTTP/1.1 503 ", b""}
    assert ends.count(b"HTTP/1.1 408 ") >= MOST_CONNECTIONS
    assert place.post(CREATE, ticket("after a crowd"), "after a crowd")[0] == 200


def test_pipelined_requests_beyond_the_limit_are_not_begun(place: PeculiarPlace) -> None:
    with connect(place) as connection:
        connection.sendall(HEALTH * 40)
        replies = until_closed(connection)
    assert replies.count(b"HTTP/1.1 200 ") == 17
    assert replies.count(b"connection: close") == 1
    assert replies.endswith(b'{"ok":true}')


def test_headers_in_pieces_are_counted_once(place: PeculiarPlace) -> None:
    lines = b"X-Many: 0123456789\r\n" * 2000
    with connect(place) as connection:
        connection.sendall(HEALTH[:-2] + lines[:30_000])
        time.sleep(0.1)
        connection.sendall(lines[30_000:] + b"Connection: close\r\n\r\n")
        assert until_closed(connection).startswith(b"HTTP/1.1 200 ")
