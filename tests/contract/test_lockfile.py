"""One server a database: the lock is the kernel's, the text in the file only says who holds it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tickiti_cli.contract.lockfile import LockHeld, Running, acquire, holder, path_for, write

HOLD = """
import pathlib, sys, time
from tickiti_cli.contract.lockfile import Running, acquire, write
descriptor = acquire(pathlib.Path(sys.argv[1]))
write(descriptor, Running(pid=4242, host="127.0.0.1", port=8642, version="0.1.0"))
print("held", flush=True)
sys.stdin.read()
"""

INHERIT = """
import os, pathlib, sys
from tickiti_cli.contract.lockfile import acquire
acquire(pathlib.Path(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-c", "print('held', flush=True); input()"])
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return path_for(tmp_path / "tickiti.db")


def start(program: str, lock: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_the_lock_lies_beside_the_database(tmp_path: Path) -> None:
    assert path_for(tmp_path / "tickiti.db") == tmp_path / "tickiti.db.lock"


def test_a_second_server_is_told_who_holds_the_database(lock: Path) -> None:
    process = start(HOLD, lock)
    try:
        with pytest.raises(LockHeld, match="held by process 4242") as caught:
            acquire(lock)
        assert caught.value.holder == Running(4242, "127.0.0.1", 8642, "0.1.0")
        assert holder(lock) == Running(4242, "127.0.0.1", 8642, "0.1.0")
    finally:
        end(process)


def test_a_killed_holder_leaves_the_lock_free(lock: Path) -> None:
    end(start(HOLD, lock))
    assert lock.exists()
    assert holder(lock) is None
    os.close(acquire(lock))


def test_the_lock_survives_exec(lock: Path) -> None:
    process = start(INHERIT, lock)
    try:
        running = holder(lock)
        assert running is not None
        assert (running.pid, running.port) == (process.pid, 0)
    finally:
        end(process)


def test_no_file_means_nobody(lock: Path) -> None:
    assert holder(lock) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"pid": 1, "colour": "red"}', b"\xff\xfe"])
def test_a_holder_whose_record_cannot_be_read_still_holds(lock: Path, text: bytes) -> None:
    descriptor = acquire(lock)
    lock.write_bytes(text)
    with pytest.raises(LockHeld, match="held by another process"):
        acquire(lock)
    assert holder(lock) == Running(pid=0)
    os.close(descriptor)


def test_a_shorter_record_leaves_nothing_of_a_longer_one(lock: Path) -> None:
    descriptor = acquire(lock)
    write(descriptor, Running(pid=123456789, host="127.0.0.1", port=8642, version="0.1.0"))
    write(descriptor, Running(pid=1))
    assert holder(lock) == Running(pid=1)
    os.close(descriptor)


def test_the_file_is_for_its_owner_alone(lock: Path) -> None:
    os.close(acquire(lock))
    assert lock.stat().st_mode & 0o777 == 0o600


def test_an_ipv6_host_stands_in_brackets_in_the_base_url() -> None:
    assert Running(1, "127.0.0.1", 8642).base_url == "http://127.0.0.1:8642"
    assert Running(1, "::1", 8642).base_url == "http://[::1]:8642"
