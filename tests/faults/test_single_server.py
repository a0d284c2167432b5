"""One database has one server, under every name of the database."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.place import Place, ticket
from tests.support.waiting import wait_until

CREATE = "/api/create_ticket"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "data").mkdir()
    place = Place(tmp_path)
    place.database = tmp_path / "data" / "t.db"
    place.start()
    pid = pid_of(place)
    yield place
    place.tickiti("server", "stop", "--db", str(place.database), check=False)
    with suppress(
        ProcessLookupError, FileNotFoundError
    ):  # where its lock file is not back yet, it was not found
        if str(place.folder) in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)


def pid_of(place: Place) -> int:
    shown = place.tickiti("server", "status", "--db", str(place.database), "--json").stdout
    return int(json.loads(shown)["pid"])


def start_by(place: Place, name: Path) -> subprocess.CompletedProcess[str]:
    return place.tickiti(
        "server", "start", "--detach", "--port", "0", "--name", "second", "--db", str(name),
        check=False,
    )  # fmt: skip


def by_symbolic_link(database: Path) -> Path:
    name = database.parent.parent / "link.db"
    name.symlink_to(database)
    return name


def by_link_to_a_link(database: Path) -> Path:
    name = database.with_name("second.db")
    name.symlink_to(by_symbolic_link(database))
    return name


def by_hard_link(database: Path) -> Path:
    name = database.with_name("hard.db")
    name.hardlink_to(database)
    return name


def by_linked_folder(database: Path) -> Path:
    folder = database.parent.parent / "elsewhere"
    folder.symlink_to(database.parent)
    return folder / database.name


def without_lock_file(database: Path) -> Path:
    database.with_name(f"{database.name}.lock").unlink()
    return database


def with_another_lock_file(database: Path) -> Path:
    lock = database.with_name(f"{database.name}.lock")
    lock.rename(database.with_name("moved.lock"))
    lock.touch()
    return database


NAMES = [
    by_symbolic_link, by_link_to_a_link, by_hard_link, by_linked_folder, without_lock_file,
    with_another_lock_file,
]  # fmt: skip


@pytest.mark.parametrize("named", NAMES)
def test_second_server_is_refused_and_names_the_first(
    place: Place, named: Callable[[Path], Path]
) -> None:
    pid = pid_of(place)
    name = named(place.database)
    done = start_by(place, name)
    assert (done.returncode, done.stdout) == (14, ""), done.stderr
    assert f"is in use by process {pid}." in done.stderr
    assert place.post(CREATE, ticket("one"), "one")[0] == 200
    await_status(place, pid)


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="mounting a file needs root"
)
def test_second_server_on_a_bind_mount_is_refused(place: Place) -> None:
    """What a container does that is given the file as a volume."""
    name = place.folder / "mounted.db"
    name.touch()
    words = ["server", "start", "--port", "0", "--name", "second", "--db", str(name)]
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(place.database), str(name),
         sys.executable, "-m", "tickiti_cli", *words],
        env=place.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 14, done.stderr
    assert f"is in use by process {pid_of(place)}." in done.stderr


@pytest.mark.parametrize("named", [without_lock_file, with_another_lock_file])
def test_removed_lock_file_is_written_again(place: Place, named: Callable[[Path], Path]) -> None:
    pid = pid_of(place)
    named(place.database)
    await_status(place, pid)
    url = place.tickiti("server", "url", "--db", str(place.database)).stdout.strip()
    assert url == f"http://127.0.0.1:{place.port}"
    place.stop()
    await_status(place, None)


def await_status(place: Place, pid: int | None) -> None:
    """Until `server status` names this process, or none."""

    def is_so() -> bool:
        done = place.tickiti("server", "status", "--db", str(place.database), "--json", check=False)
        return (json.loads(done.stdout)["pid"] if done.returncode == 0 else None) == pid

    wait_until(is_so)


def test_symlink_leads_to_the_server_of_its_target(place: Place) -> None:
    link = by_symbolic_link(place.database)
    shown = json.loads(place.tickiti("server", "status", "--db", str(link), "--json").stdout)
    assert shown["pid"] == pid_of(place)
    place.tickiti("server", "stop", "--db", str(link))
    await_status(place, None)


@pytest.mark.parametrize("named", NAMES)
def test_restore_of_a_running_servers_database_is_refused(
    place: Place, named: Callable[[Path], Path]
) -> None:
    backup = place.folder / "backup.db"
    place.tickiti("server", "backup", str(backup), "--db", str(place.database))
    place.post(CREATE, ticket("one"), "one")
    name = named(place.database)
    done = place.tickiti(
        "server", "restore", str(backup), "--yes", "--db", str(name), check=False
    )  # fmt: skip
    assert done.returncode == 14, done.stderr
    assert [row["subject"] for row in place.every_ticket("number")] == ["one"]


def test_restore_through_a_symlink_replaces_its_target(place: Place) -> None:
    backup = place.folder / "backup.db"
    place.post(CREATE, ticket("before"), "before")
    place.tickiti("server", "backup", str(backup), "--db", str(place.database))
    place.post(CREATE, ticket("after"), "after")
    place.stop()
    link = by_symbolic_link(place.database)
    place.tickiti("server", "restore", str(backup), "--yes", "--db", str(link))
    assert link.is_symlink()
    assert not place.database.is_symlink()
    place.start()
    assert [row["subject"] for row in place.every_ticket("number")] == ["before"]


def test_restore_of_a_hard_linked_database_is_refused(place: Place) -> None:
    backup = place.folder / "backup.db"
    place.tickiti("server", "backup", str(backup), "--db", str(place.database))
    place.post(CREATE, ticket("after"), "after")
    place.stop()
    name = by_hard_link(place.database)
    was = place.database.read_bytes()
    done = place.tickiti("server", "restore", str(backup), "--yes", "--db", str(name), check=False)
    assert done.returncode == 16
    assert "has other names (hard links)" in done.stderr
    assert place.database.read_bytes() == was
    assert name.samefile(place.database)
    name.unlink()
    for _ in range(2):  # what the first one keeps is no name that the second one minds
        place.tickiti("server", "restore", str(backup), "--yes", "--db", str(place.database))


def test_two_servers_started_at_once_leave_one_running(tmp_path: Path) -> None:
    """On a database that is not there yet: by its name, and by a link that leads nowhere."""
    place = Place(tmp_path)
    link = tmp_path / "link.db"
    link.symlink_to(place.database)
    words = ["server", "start", "--detach", "--port", "0", "--db"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tickiti_cli", "-p", str(number), *words, str(name)],
            env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number, name in enumerate((place.database, link, place.database, link))
    ]  # fmt: skip
    for process in started:
        process.communicate(timeout=60)
    codes = sorted(process.returncode for process in started)
    place.stop()
    assert codes == [0, 14, 14, 14]


def test_sqlite_locks_last_through_start_and_requests(place: Place) -> None:
    """They are gone as soon as the process closes any other descriptor of the file."""
    for number in range(3):
        place.post(CREATE, ticket(str(number)), str(number))
        place.every_ticket("number")
    inode = place.database.stat().st_ino
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    found = {(line[1], line[3]) for line in locks if line[5].endswith(f":{inode}")}
    assert ("FLOCK", "WRITE") in found
    assert ("POSIX", "READ") in found


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("error", ["ENOLCK", "EBADF", "EOPNOTSUPP"])
def test_file_system_without_locks_is_named(tmp_path: Path, error: str, nth: int) -> None:
    """The lock of the server's name, that of the lock file, that of the database itself."""
    place = Place(tmp_path)
    place.start()
    place.stop()
    options = ["-f", "-o", "/dev/null", "-e", f"inject=flock:error={error}:when={nth}"]
    words = ["server", "start", "--port", "0", "--db", str(place.database)]
    done = subprocess.run(
        ["strace", *options, sys.executable, "-m", "tickiti_cli", *words],
        env=place.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    name_lock = place.folder / "config" / "servers" / "local.lock"
    named = f"{name_lock} cannot be written:" if nth == 1 else f"--db {place.database}:"
    assert done.returncode == (3 if nth == 1 else 2)
    assert f"{named} It cannot be locked (" in done.stderr
    assert "Traceback" not in done.stderr


def crashed(place: Place) -> None:
    """With a ticket that is in the log alone."""
    assert place.post(CREATE, ticket("one"), "one")[0] == 200
    place.kill()
    assert place.database.with_name("t.db-wal").stat().st_size > 0


@pytest.mark.parametrize("command", ["start", "check", "backup"])
@pytest.mark.parametrize("is_moved", [True, False])
def test_database_name_without_its_wal_is_refused(
    place: Place, command: str, is_moved: bool
) -> None:
    """A hard link, or a database that was moved without its log: a part of it would be missing."""
    crashed(place)
    name = by_hard_link(place.database)
    if is_moved:
        place.database.unlink()
    words = {
        "start": ("start", "--detach", "--port", "0", "--db", str(name)),
        "check": ("check", str(name)),
        "backup": ("backup", str(place.folder / "b.db"), "--db", str(name)),
    }[command]
    done = place.tickiti("server", *words, check=False)
    assert (done.returncode, done.stdout) == (16, "")
    assert f"was last served as {place.database}, and {place.database}-wal holds a part" in (
        done.stderr
    )
    if is_moved:
        name.rename(place.database)
    place.start()
    assert [row["subject"] for row in place.every_ticket("number")] == ["one"]


def test_backup_by_a_second_name_is_refused(place: Place) -> None:
    name = by_hard_link(place.database)
    writes = 0
    while place.database.with_name("t.db-wal").stat().st_size == 0 or not writes:
        assert place.post(CREATE, ticket(str(writes)), str(writes))[0] == 200
        writes += 1
    backup = place.folder / "b.db"
    done = place.tickiti("server", "backup", str(backup), "--db", str(name), check=False)
    if done.returncode == 0:  # the log was emptied meanwhile
        shown = json.loads(place.tickiti("server", "check", str(backup), "--json").stdout)
        assert shown["tickets"] == writes
    else:
        assert (done.returncode, backup.exists()) == (16, False)


@pytest.mark.parametrize("is_clean", [True, False])
def test_database_moved_with_its_wal_or_copied_is_served(place: Place, is_clean: bool) -> None:
    crashed(place)
    if is_clean:
        place.start()
        place.stop()
    folder = place.database.parent.rename(place.folder / "moved")
    place.database = folder / "t.db"
    place.start()
    assert [row["subject"] for row in place.every_ticket("number")] == ["one"]
    place.stop()
    copy = folder / "copy.db"
    shutil.copy(place.database, copy)
    place.start()
    other = Place(place.folder / "other")
    other.folder.mkdir()
    other.database = copy
    assert place.post(CREATE, ticket("two"), "two")[0] == 200
    other.start()
    assert [row["subject"] for row in other.every_ticket("number")] == ["one"]
    other.stop()
