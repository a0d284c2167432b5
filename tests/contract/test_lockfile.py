"""A lock file may be removed by its holder, and never has two holders."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tickiti_cli.bundled_server.named_servers import SelectedServer
from tickiti_cli.contract.files import lockfile


def test_a_lock_file_that_was_removed_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db.lock"
    locked = lockfile._locked
    removed: list[Path] = []

    def removed_first(descriptor: int, at: Path) -> bool:
        if not removed:
            at.unlink()  # the last holder, between our look and our lock
            removed.append(at)
        return locked(descriptor, at)

    monkeypatch.setattr(lockfile, "_locked", removed_first)
    descriptor = lockfile.acquire(path)
    assert lockfile.is_still(descriptor, path)
    with pytest.raises(lockfile.LockHeld):
        lockfile.acquire(path)
    os.close(descriptor)


@pytest.mark.parametrize(
    ("host", "base_url", "listens_on"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80", "http://0.0.0.0:80"),
        ("::", "http://[::1]:80", "http://[::]:80"),
        ("192.0.2.1", "http://192.0.2.1:80", "http://192.0.2.1:80"),
    ],
)
def test_a_server_on_all_addresses_is_reached_by_loopback(
    host: str, base_url: str, listens_on: str
) -> None:
    """A token goes unencrypted to loopback only, not to `http://0.0.0.0`."""
    running = lockfile.Running(pid=1, host=host, port=80)
    assert (running.base_url, running.listens_on) == (base_url, listens_on)


@pytest.mark.parametrize("sizes", [(900, 3), (3, 900)], ids=["shorter", "longer"])
def test_a_lock_file_can_be_read_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, int]
) -> None:
    """`server stop` takes a server for ended whose lock names another process."""
    path = tmp_path / "t.db.lock"
    old, new = (lockfile.Running(pid=7, log="x" * size) for size in sizes)
    descriptor = lockfile.acquire(path)
    lockfile.write(descriptor, old)
    seen: list[lockfile.Running | None] = []

    def watched(call: Callable[..., int]) -> Callable[..., int]:
        def made(*given: Any) -> int:
            found = call(*given)
            seen.append(lockfile.holder(path))
            return found

        return made

    monkeypatch.setattr(os, "pwrite", watched(os.pwrite))
    monkeypatch.setattr(os, "ftruncate", watched(os.ftruncate))
    lockfile.write(descriptor, new)
    os.close(descriptor)
    assert len(seen) == 3
    assert set(seen) <= {old, new}
    assert seen[-1] == new


def test_a_lock_whose_text_names_nobody_is_held(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    descriptor = lockfile.acquire(lockfile.path_for(database))
    server = SelectedServer(database, None, "")
    assert (server.is_held_by(os.getpid()), server.is_held_by(1)) == (True, False)
    os.ftruncate(descriptor, 5)
    assert server.is_held_by(1)
    os.close(descriptor)
    assert not server.is_held_by(1)


def test_only_the_lock_file_of_a_missing_database_is_removed(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    lock = lockfile.path_for(database)
    os.close(lockfile.acquire(lock))
    database.touch()
    lockfile.forget_unused(database)
    assert lock.exists()
    database.unlink()
    lockfile.forget_unused(database)
    assert not lock.exists()
