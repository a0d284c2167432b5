"""SIGTERM: what has begun is finished and answered, the log is emptied, the exit code is 0."""

import json
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peculiar import PeculiarPlace
from tests.place import ticket

HEALTH = b"GET /_tickiti/healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGKILL)


def connect(place: PeculiarPlace) -> socket.socket:
    return socket.create_connection(("127.0.0.1", place.port), timeout=20)


def request(place: PeculiarPlace, key: str) -> bytes:
    body = json.dumps(ticket(key)).encode()
    lines = (
        "POST /api/create_ticket HTTP/1.1", "Host: localhost", f"Idempotency-Key: {key}",
        f"Authorization: Bearer {place.token}", "Content-Type: application/json",
        f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body


def until_closed(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def refuses_connections(place: PeculiarPlace) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", place.port)) != 0


def wait_for(is_true: Callable[..., bool], *arguments: object) -> None:
    deadline = time.monotonic() + 15
    while not is_true(*arguments):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_has_begun_is_answered_with_connection_close_and_the_log_is_emptied(
    place: PeculiarPlace,
) -> None:
    place.begin()
    assert place.post("/api/create_ticket", ticket("before"), "before")[0] == 200
    raw = request(place, "begun")
    with connect(place) as begun, connect(place) as idle:
        idle.sendall(HEALTH)
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")
        begun.sendall(raw[:-1])
        wait_for(lambda: "GET /_tickiti/healthz 200" in place.log)
        place.process.send_signal(signal.SIGTERM)
        wait_for(refuses_connections, place)
        assert until_closed(idle) == b""
        assert place.process.poll() is None
        begun.sendall(raw[-1:])
        reply = until_closed(begun)
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in reply
    assert place.process.wait(timeout=10) == 0
    assert Path(f"{place.database}-wal").stat().st_size == 0
    connection = sqlite3.connect(place.database)
    subjects = connection.execute("SELECT subject FROM ticket ORDER BY id").fetchall()
    connection.close()
    assert subjects == [("before",), ("begun",)]


def test_operations_that_wait_for_the_writer_are_committed_and_answered(
    place: PeculiarPlace,
) -> None:
    place.begin()
    lock = sqlite3.connect(place.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    waiting = [connect(place) for _ in range(20)]
    for n, connection in enumerate(waiting):
        connection.sendall(request(place, f"waits-{n}"))
    with connect(place) as last:
        last.sendall(HEALTH)
        assert last.recv(4096).startswith(b"HTTP/1.1 200 ")
    place.process.send_signal(signal.SIGTERM)
    wait_for(refuses_connections, place)
    lock.execute("ROLLBACK")
    lock.close()
    for connection in waiting:
        assert until_closed(connection).startswith(b"HTTP/1.1 200 ")
        connection.close()
    assert place.process.wait(timeout=10) == 0


def test_a_client_that_never_finishes_holds_the_end_up_for_the_drain_time_only(
    place: PeculiarPlace,
) -> None:
    place.begin(drain_seconds=1)
    with connect(place) as slow:
        slow.sendall(request(place, "slow")[:-1])
        time.sleep(0.2)
        began = time.monotonic()
        assert place.end() == 0
        assert time.monotonic() - began < 5


def test_a_second_signal_ends_at_once_and_loses_nothing_acknowledged(place: PeculiarPlace) -> None:
    place.begin()
    assert place.post("/api/create_ticket", ticket("safe"), "safe")[0] == 200
    with connect(place) as slow:
        slow.sendall(request(place, "slow")[:-1])
        place.process.send_signal(signal.SIGTERM)
        wait_for(refuses_connections, place)
        assert place.process.poll() is None
        assert place.end(signal.SIGTERM) == 128 + signal.SIGTERM
    place.begin()
    assert [row["subject"] for row in place.every_ticket("number")] == ["safe"]
    assert place.end() == 0
