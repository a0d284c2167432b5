"""SIGTERM: requests in progress are answered, the WAL is emptied, and the exit code is 0."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import write_lock
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.raw_http import connect, request
from tests.support.waiting import wait_until

HEALTH = b"GET /_tickiti/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGKILL)


def until_closed(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def refuses_connections(place: PeculiarPlace) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", place.port)) != 0


@pytest.mark.sqlite
def test_shutdown_answers_begun_requests_and_empties_the_wal(
    place: PeculiarPlace,
) -> None:
    place.begin()
    assert place.post("/api/create_ticket", ticket("before"), "before")[0] == 200
    raw = request(place, "begun")
    with connect(place) as begun, connect(place) as idle:
        idle.sendall(HEALTH)
        assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")
        begun.sendall(raw[:-1])
        wait_until(lambda: "GET /_tickiti/healthz 200" in place.log)
        place.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses_connections(place))
        assert until_closed(idle) == b""
        assert place.process.poll() is None
        begun.sendall(raw[-1:])
        reply = until_closed(begun)
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in reply
    assert place.process.wait(timeout=10) == 0
    assert Path(f"{place.database}-wal").stat().st_size == 0
    subjects = place.rows("SELECT subject FROM ticket ORDER BY id")
    assert subjects == [("before",), ("begun",)]


def test_shutdown_commits_and_answers_queued_writes(
    place: PeculiarPlace,
) -> None:
    place.begin()
    with write_lock(place.database):
        waiting = [connect(place) for _ in range(20)]
        for n, connection in enumerate(waiting):
            connection.sendall(request(place, f"waits-{n}"))
        with connect(place) as last:
            last.sendall(HEALTH)
            assert last.recv(4096).startswith(b"HTTP/1.1 200 ")
        place.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses_connections(place))
    for connection in waiting:
        assert until_closed(connection).startswith(b"HTTP/1.1 200 ")
        connection.close()
    assert place.process.wait(timeout=10) == 0


def test_shutdown_waits_for_a_slow_client_in_drain_time_only(
    place: PeculiarPlace,
) -> None:
    place.begin(drain_seconds=1)
    with connect(place) as slow:
        slow.sendall(request(place, "slow")[:-1])
        time.sleep(0.2)
        began = time.monotonic()
        assert place.end() == 0
        assert time.monotonic() - began < 20  # the client never finishes


def test_second_signal_ends_at_once_without_losing_writes(place: PeculiarPlace) -> None:
    place.begin()
    assert place.post("/api/create_ticket", ticket("safe"), "safe")[0] == 200
    with connect(place) as slow:
        slow.sendall(request(place, "slow")[:-1])
        place.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses_connections(place))
        assert place.process.poll() is None
        assert place.end(signal.SIGTERM) == 128 + signal.SIGTERM
    place.begin()
    assert [row["subject"] for row in place.every_ticket("number")] == ["safe"]
    assert place.end() == 0
