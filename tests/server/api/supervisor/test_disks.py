"""The free space of disks is known, or known to be unknown, within a bounded time."""

from threading import Event, Lock
from time import monotonic

from tickiti_server.api.supervisor.disks import Disks


def test_dead_mount_is_unknown_while_other_disks_answer() -> None:
    released = Event()

    def ask(path: str) -> int:
        if path == "/dead":
            released.wait(30)
        return 7

    began = monotonic()
    found = Disks(ask).free_bytes(["/dead", "/"], seconds=0.2)
    assert (found, monotonic() - began < 10) == ({"/dead": None, "/": 7}, True)
    released.set()


def test_dead_mount_is_asked_once_until_it_answers() -> None:
    released, lock, asked = Event(), Lock(), []

    def ask(path: str) -> int:
        with lock:
            asked.append(path)
        released.wait(30)
        return 7

    disks = Disks(ask)
    assert [disks.free_bytes(["/dead"], seconds=0.05) for _ in range(3)] == [{"/dead": None}] * 3
    assert asked == ["/dead"]
    released.set()
    assert disks.free_bytes(["/dead"], seconds=30) == {"/dead": 7}


def test_disk_of_a_missing_folder_is_unknown_with_the_reason() -> None:
    answer = Disks().free_bytes(["/no/such/folder"])["/no/such/folder"]
    assert isinstance(answer, FileNotFoundError)
