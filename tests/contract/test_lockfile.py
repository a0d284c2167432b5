"""The lock file admits one server per database: the kernel holds the lock, the text names the
holder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tickiti_cli.contract.files.lockfile import LockHeld, Running, acquire, holder, path_for, write

HOLD = """
import pathlib, sys, time
from tickiti_cli.contract.files.lockfile import Running, acquire, write
descriptor = acquire(pathlib.Path(sys.argv[1]))
write(descriptor, Running(pid=4242, host="127.0.0.1", port=8642, version="0.1.0"))
print("held", flush=True)
sys.stdin.read()
"""

INHERIT = """
import os, pathlib, sys
from tickiti_cli.contract.files.lockfile import acquire
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


def test_lock_file_is_in_the_folder_of_the_database(tmp_path: Path) -> None:
    assert path_for(tmp_path / "tickiti.db") == tmp_path / "tickiti.db.lock"


def test_lock_held_by_a_server_names_the_server(lock: Path) -> None:
    process = start(HOLD, lock)
    try:
        with pytest.raises(LockHeld, match="held by process 4242") as caught:
            acquire(lock)
        assert caught.value.holder == Running(4242, "127.0.0.1", 8642, "0.1.0")
        assert holder(lock) == Running(4242, "127.0.0.1", 8642, "0.1.0")
    finally:
        end(process)


def test_lock_of_a_killed_holder_is_free(lock: Path) -> None:
    end(start(HOLD, lock))
    assert lock.exists()
    assert holder(lock) is None
    os.close(acquire(lock))


def test_lock_survives_exec(lock: Path) -> None:
    process = start(INHERIT, lock)
    try:
        running = holder(lock)
        assert running is not None
        assert (running.pid, running.port) == (process.pid, 0)
    finally:
        end(process)


def test_lock_without_a_file_has_no_holder(lock: Path) -> None:
    assert holder(lock) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"pid": 1, "colour": "red"}', b"\xff\xfe"])
def test_lock_with_an_unreadable_record_is_still_held(lock: Path, text: bytes) -> None:
    descriptor = acquire(lock)
    lock.write_bytes(text)
    with pytest.raises(LockHeld, match="held by another process"):
        acquire(lock)
    assert holder(lock) == Running(pid=0)
    os.close(descriptor)


def test_lock_record_is_truncated_before_it_is_written(lock: Path) -> None:
    descriptor = acquire(lock)
    write(descriptor, Running(pid=123456789, host="127.0.0.1", port=8642, version="0.1.0"))
    write(descriptor, Running(pid=1))
    assert holder(lock) == Running(pid=1)
    os.close(descriptor)


def test_lock_file_is_private_to_its_owner(lock: Path) -> None:
    os.close(acquire(lock))
    assert lock.stat().st_mode & 0o777 == 0o600


def test_base_url_of_an_ipv6_host_has_brackets() -> None:
    assert Running(1, "127.0.0.1", 8642).base_url == "http://127.0.0.1:8642"
    assert Running(1, "::1", 8642).base_url == "http://[::1]:8642"
