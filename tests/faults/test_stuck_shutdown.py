"""SIGTERM ends a server with stuck work in its drain time, and no acknowledged write is lost."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import mail, ticket
from tests.support.raw_http import connect, request
from tests.support.stage import answer
from tickiti_cli.contract.files import lockfile

DRAIN_SECONDS = 2
SLACK = 2
"""What a server may take beyond its drain time, and what a busy machine may add."""

BUSY_SECONDS = 3


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGKILL)


def prepared(place: PeculiarPlace, stuck: str) -> None:
    """A server with one ticket, started again so that something is stuck in it."""
    place.begin()
    assert place.post("/api/create_ticket", ticket("safe"), "safe")[0] == 200
    place.end(signal.SIGKILL)
    place.begin(stuck, drain_seconds=DRAIN_SECONDS)


def ends_in_time(place: PeculiarPlace) -> None:
    began = time.monotonic()
    assert place.end() == 0
    assert time.monotonic() - began < DRAIN_SECONDS + SLACK + BUSY_SECONDS
    assert place.rows("PRAGMA integrity_check") == [("ok",)]
    subjects = place.rows("SELECT subject FROM ticket")
    assert subjects.count(("safe",)) == 1
    place.begin()
    assert "safe" in [row["subject"] for row in place.every_ticket("number")]
    assert place.end() == 0


def a_read(place: PeculiarPlace) -> bytes:
    body = b'{"ticket_number": 220009}'
    lines = (
        "POST /api/v1/tickets/show HTTP/1.1", "Host: x", f"Authorization: Bearer {place.token}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body


@pytest.mark.parametrize("hangs_up", [False, True])
def test_shutdown_with_stuck_reads_is_in_time(place: PeculiarPlace, hangs_up: bool) -> None:
    prepared(place, "reads")
    with ExitStack() as clients:
        for _ in range(12):
            client = clients.enter_context(connect(place))
            client.sendall(a_read(place))
            if hangs_up:
                client.close()
        time.sleep(0.3)
        ends_in_time(place)
    assert "Traceback" not in place.log


def test_shutdown_with_a_stuck_write_is_in_time(place: PeculiarPlace) -> None:
    prepared(place, "writes")
    with connect(place) as client, connect(place) as another:
        client.sendall(request(place, "stuck"))
        time.sleep(0.3)
        another.sendall(request(place, "behind"))
        ends_in_time(place)
        for connection in (client, another):
            # Nobody knows yet whether it happened; its key does.
            assert b'"code":"storage_unavailable"' in connection.recv(65536)
    assert "The time to stop is over" in place.log
    assert "Traceback" not in place.log


def test_shutdown_during_a_delivery_to_a_silent_server_is_in_time(place: PeculiarPlace) -> None:
    prepared(place, "")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = {"name": "m", "address": "a@b.example", "smtp_enable": True}
        where = {
            "smtp_host": "127.0.0.1",
            "smtp_port": silent.getsockname()[1],
            "smtp_encryption": "none",
        }
        place.post("/api/v1/mail/mailboxes/create", {**box, **where})
        assert place.post("/api/send_email", {**mail("m"), "mailbox": "m"}, "m")[0] == 200
        silent.settimeout(20)
        accepted, _ = silent.accept()
        with accepted:
            ends_in_time(place)


def test_shutdown_with_stalled_clients_is_in_time(place: PeculiarPlace) -> None:
    prepared(place, "")
    long = {"subject": "long", "content": "x" * 3_000_000}
    body = {**ticket("long"), "data": long}
    number = answer(place, "/api/create_ticket", body, "long")["data"]["ticket_number"]
    with connect(place) as reader, connect(place) as sender:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(a_read(place).replace(b"220009", str(number).encode()))
        sender.sendall(request(place, "slow")[:-1])
        assert reader.recv(1) == b"H"
        ends_in_time(place)
    assert "Traceback" not in place.log
    assert re.search(r"POST /api/v1/tickets/show 200 ", place.log)


def test_lock_after_a_stuck_shutdown_is_free(place: PeculiarPlace) -> None:
    prepared(place, "reads")
    with connect(place) as client:
        client.sendall(a_read(place))
        time.sleep(0.3)
        assert place.end() == 0
    assert lockfile.holder(lockfile.path_for(place.database)) is None
