"""The deadlines of many attempts, which one thread keeps."""

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tickiti_cli.api.deadline import Deadline, Wire

LONG = 60.0
SHORT = 0.1
PATIENCE_SECONDS = 10


@pytest.fixture
def wire() -> Iterator[Wire]:
    here, there = socket.socketpair()
    here.settimeout(PATIENCE_SECONDS)
    wire = Wire()
    wire.take(here)
    with here, there:
        yield wire
    wire.close()


def is_cut(wire: Wire) -> bool:
    """Wait for the end of the socket, which the deadline shuts down."""
    assert wire.connection is not None
    wire.connection.settimeout(PATIENCE_SECONDS)
    try:
        return wire.connection.recv(1) == b""
    except TimeoutError:
        return False


def test_short_deadline_is_kept_while_long_ones_are_open(wire: Wire) -> None:
    with Deadline(LONG, Wire()) as long, Deadline(SHORT, wire) as short:
        assert is_cut(wire)
        assert (long.is_over, short.is_over) == (False, True)


def test_deadline_that_follows_a_passed_one_is_kept_too(wire: Wire) -> None:
    with Deadline(0.001, Wire()):
        time.sleep(SHORT)
    with Deadline(SHORT, wire):
        assert is_cut(wire)


def test_attempt_that_ended_in_time_is_not_cut(wire: Wire) -> None:
    with Deadline(SHORT, wire) as ended:
        pass
    time.sleep(2 * SHORT)
    assert not ended.is_over


def test_thousands_of_attempts_need_one_thread() -> None:
    before = threading.active_count()
    for _ in range(1000):
        with Deadline(LONG, Wire()), Deadline(LONG, Wire()):
            pass
    assert threading.active_count() <= before + 1


def test_deadline_is_kept_in_the_child_of_a_fork(wire: Wire) -> None:
    with Deadline(LONG, Wire()):  # the thread is there
        child = os.fork()
        if child == 0:
            with Deadline(SHORT, wire):
                os._exit(0 if is_cut(wire) else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
