"""Before a migration rewrites a table, one whole copy of the database is kept beside it."""

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.files.backup import back_up, restore
from tickiti_server.store.sqlite.files.integrity import APPLICATION_ID
from tickiti_server.store.upgrades import REWRITES, known_migrations

pytestmark = pytest.mark.sqlite  # copies of a file

CHANGES_WHAT_IS_THERE = re.compile(
    r"\b(DROP (COLUMN|TABLE)|RENAME|UPDATE (OR \w+ )?\w+ SET|DELETE FROM)\b"
)


def old_database(path: Path, *, rows: int = 3) -> None:
    """Of the first version, which knew staff in another column."""
    initial, *_ = known_migrations("sqlite")
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL;"
            "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT,"
            " applied_at TEXT DEFAULT CURRENT_TIMESTAMP);"
            f"INSERT INTO schema_migration VALUES (1, '0001_initial.sql', '');{initial.sql}"
        )
        old.executemany(
            "INSERT INTO person (email, email_key, is_staff, created_at) VALUES (?1, ?1, 1, 1)",
            ((f"{n}{'x' * 500}@b",) for n in range(rows)),
        )
        old.commit()


def beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir() if other != path)


def people(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM person WHERE is_staff").fetchone()[0])


def test_upgrade_copy_is_kept_and_private(tmp_path: Path) -> None:
    path, told = tmp_path / "t.db", list[Path]()
    old_database(path)
    prepare_database(path, on_copy=told.append)
    copy = tmp_path / "t.db.before-0002"
    assert told == [copy]
    assert beside(path) == [copy.name]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert people(copy) == 4


def test_upgrade_copy_includes_the_wal(tmp_path: Path) -> None:
    """A server that was killed leaves it there."""
    path = tmp_path / "t.db"
    old_database(path)
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('INSERT INTO person (email, email_key, is_staff, created_at)"
        " VALUES (1, 1, 1, 1)'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    prepare_database(path)
    assert people(tmp_path / "t.db.before-0002") == 5


def test_latest_upgrade_copy_alone_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    old_database(path)
    for name in (
        "t.db.before-0001",
        "t.db.before-restore-1",
        "t.db.before-0001x",
        "t.db2.before-0001",
    ):
        (tmp_path / name).touch()
    prepare_database(path)
    assert beside(path) == [
        "t.db.before-0001x", "t.db.before-0002", "t.db.before-restore-1", "t.db2.before-0001"
    ]  # fmt: skip


def test_migration_without_rewrites_makes_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    for _ in range(2):
        prepare_database(path)
        assert beside(path) == []


def test_declined_upgrade_copy_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    old_database(path)
    assert len(prepare_database(path, backup=False)) > 1
    assert beside(path) == []


@pytest.mark.parametrize("migration", known_migrations("sqlite"), ids=lambda found: found.name)
def test_migration_that_rewrites_says_so_in_its_first_line(migration) -> None:  # type: ignore[no-untyped-def]
    assert migration.rewrites == bool(CHANGES_WHAT_IS_THERE.search(migration.sql))
    assert migration.sql.count(REWRITES.strip()) == migration.rewrites


def test_upgrade_without_disk_space_exits_16_with_a_hint(tmp_path: Path) -> None:
    """The space of the disk is the test's word: to fill a real one would fill everybody's."""
    place = Place(tmp_path)
    old_database(place.database)
    was = place.database.read_bytes()
    (tmp_path / "sitecustomize.py").write_text(
        "import shutil\n"
        "shutil.disk_usage = lambda path: shutil._ntuple_diskusage(10**6, 10**6 - 5, 5)\n"
    )
    place.environment["PYTHONPATH"] = str(tmp_path)
    words = ("server", "start", "--detach", "--port", "0", "--db", str(place.database))
    done = place.tickiti(*words, check=False)
    assert (done.returncode, done.stdout) == (16, "")
    assert "There is no room for a copy of " in done.stderr
    assert "start it without a copy: tickiti server start --no-backup" in done.stderr
    assert place.database.read_bytes() == was
    place.tickiti(*words, "--no-backup")
    place.stop()


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed")
def test_failed_upgrade_copy_changes_nothing(tmp_path: Path) -> None:
    """There was room when it was asked, and then there is not: a quota, or another program."""
    path = tmp_path / "t.db"
    old_database(path, rows=500)
    was = path.read_bytes()
    program = [sys.executable, "-m", "tickiti_server", "prepare", "--db", str(path)]
    done = subprocess.run(
        ["prlimit", "--fsize=200000", *program],
        cwd=Path(__file__).parents[3], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 16, done.stderr
    assert "cannot be made before the database is upgraded: " in done.stderr
    assert done.stderr.endswith("tickiti server start --no-backup\n")
    assert path.read_bytes() == was
    assert [name for name in beside(path) if "before" in name] == []


def test_upgrade_names_the_path_of_the_copy(tmp_path: Path) -> None:
    place = Place(tmp_path)
    old_database(place.database)
    done = place.tickiti("server", "start", "--detach", "--port", "0", "--db", str(place.database))
    place.stop()
    assert f"The old one is kept as {place.database}.before-0002." in done.stderr


PREPARE = (
    "import sys; from pathlib import Path; from tickiti_server.store.open import"
    " prepare_database as prepare; prepare(Path(sys.argv[1]))"
)


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("nth", [1, 2, 20, 60])
def test_next_start_removes_a_killed_copy(tmp_path: Path, nth: int) -> None:
    path = tmp_path / "t.db"
    old_database(path, rows=500)
    options = ["-e", "trace=pwrite64", "-e", f"inject=pwrite64:signal=KILL:when={nth}"]
    subprocess.run(
        ["strace", "-f", "-o", "/dev/null", *options, sys.executable, "-c", PREPARE, str(path)],
        check=False, capture_output=True,
    )  # fmt: skip
    prepare_database(path)
    assert beside(path) == ["t.db.before-0002"]
    assert people(tmp_path / "t.db.before-0002") == 501


def leave_a_part(target: Path, pid: int) -> None:
    """What earlier versions left, with what SQLite puts beside it."""
    part = target.with_name(f".{target.name}.{pid}.part")
    part.write_bytes(b"SQLite format 3\0" + b"secret" * 100)
    part.with_name(f"{part.name}-journal").touch()


def a_dead_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize("command", ["start", "backup", "restore"])
def test_next_command_removes_killed_copies(tmp_path: Path, command: str) -> None:
    path, backup = tmp_path / "t.db", tmp_path / "one.db"
    prepare_database(path)
    back_up(path, backup)
    names = [path] if command in ("start", "restore") else [tmp_path / "two.db", tmp_path / "x.db"]
    for name in names:
        leave_a_part(name, a_dead_process())
    leave_a_part(tmp_path / "running.db", os.getppid())
    (tmp_path / f".film.{a_dead_process()}.part").write_bytes(b"of a browser")
    {
        "start": lambda: prepare_database(path),
        "backup": lambda: back_up(path, tmp_path / "two.db"),
        "restore": lambda: restore(path, backup),
    }[command]()
    left = [name for name in beside(path) if name.startswith(".")]
    assert len(left) == 3
    assert all(name.startswith((".film.", ".running.db.")) for name in left)


def test_copy_in_progress_is_left_alone(tmp_path: Path) -> None:
    """Whatever its number says: another container counts its processes from 1 as well."""
    path = tmp_path / "t.db"
    prepare_database(path)
    script = (
        "import os, signal, sys, pathlib\n"
        "from tickiti_server.store.sqlite.files.partial_files import partial_file\n"
        "with partial_file(pathlib.Path(sys.argv[1])) as part:\n"
        f"    dead = part.with_name('.t.db.{a_dead_process()}.part'); part.rename(dead)\n"
        "    print(dead, flush=True); signal.pause()"
    )
    writing = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writing.stdout is not None
    part = Path(writing.stdout.readline().strip())
    prepare_database(path)
    assert part.exists()
    writing.send_signal(signal.SIGKILL)
    writing.communicate()
    wait_until(lambda: prepare_database(path) is not None and not part.exists())


@pytest.mark.parametrize("version", [(3, 34, 1), (3, 7, 0)])
def test_outdated_sqlite_is_refused_and_named(
    tmp_path: Path, version: tuple[int, int, int]
) -> None:
    place = Place(tmp_path)
    text = ".".join(str(part) for part in version)
    (tmp_path / "sitecustomize.py").write_text(
        f"import sqlite3\nsqlite3.sqlite_version_info = {version}\n"
        f"sqlite3.sqlite_version = '{text}'\n"
    )
    place.environment["PYTHONPATH"] = str(tmp_path)
    done = place.tickiti(
        "server", "start", "--detach", "--port", "0", "--db", str(place.database), check=False
    )
    assert (done.returncode, done.stdout) == (16, "")
    assert f"has SQLite {text}; the server needs 3.35.0 or later." in done.stderr
    assert not place.database.exists()
    doctor = place.tickiti("doctor", "--json", check=False).stdout
    assert f"SQLite {text} is too old for the bundled server, which needs 3.35.0." in doctor


def test_disk_space_is_checked_before_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db"
    old_database(path)
    usage = shutil.disk_usage(tmp_path)._replace(free=path.stat().st_size - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DatabaseUnusable, match=r"it takes 1 MiB, and 1 MiB are free"):
        prepare_database(path)
    assert [name for name in beside(path) if "before" in name] == []
