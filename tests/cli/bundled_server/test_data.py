"""Backup of a running server, check, and restore with a question and a copy of the old database."""

import http.client
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, is_locked, pid_of
from tests.support.databases import execute, execute_script, rows
from tests.support.place import ticket
from tests.support.waiting import wait_until
from tickiti_server.store.upgrades import known_migrations

CREATE = ("ticket", "create", "--from", "a@b.example", "-b", "y", "-s")
KEPT = re.compile(r"(.*)/tickiti\.db\.before-restore-[0-9]{8}T[0-9]{6}Z")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the ticket 220009, as a server left it."""
    cli = Cli(tmp_path_factory.mktemp("first"))
    path = cli.home / "tickiti.db"
    assert start(cli, path).code == 0
    assert cli(*CREATE, "first").stdout == "220009\n"
    stop(cli, path)
    return path


@pytest.fixture
def database(run: Cli, first: Path) -> Iterator[Path]:
    """A copy of that; whatever serves it is stopped."""
    path = run.home / "db" / "tickiti.db"
    path.parent.mkdir(mode=0o700, parents=True)
    shutil.copy(first, path)
    yield path
    if is_locked(path):
        stop(run, path)


def start(run: Cli, database: Path) -> Ran:
    return run("server", "start", "--port", "0", "--detach", "--db", str(database))


def stop(run: Cli, database: Path) -> None:
    assert run("server", "stop", "--db", str(database)).code == 0


def back_up(run: Cli, database: Path, name: str = "backup.db") -> Path:
    target = run.folder / name
    ran = run("server", "backup", name, "--db", str(database))
    assert ran == Ran(0, f"{target}\n", "")
    return target


def restore(run: Cli, database: Path, *words: str) -> Ran:
    return run("server", "restore", *words, "--db", str(database))


def subjects(path: Path) -> list[str]:
    return [row[0] for row in rows(path, "SELECT subject FROM ticket ORDER BY number")]


def change(path: Path, sql: str) -> None:
    execute_script(path, sql)


class Client:
    """Files tickets over one connection, without a process for each."""

    def __init__(self, run: Cli, database: Path) -> None:
        status = run("server", "status", "--db", str(database), "--json").stdout
        host = json.loads(status)["base_url"].removeprefix("http://")
        self._connection = http.client.HTTPConnection(host, timeout=30)
        self.close = self._connection.close
        self._token = (run.config / "credentials.toml").read_text().split('"')[1]

    def create(self, subject: str) -> None:
        key = {"Idempotency-Key": subject, "Content-Type": "application/json"}
        headers = {"Authorization": f"Bearer {self._token}"} | key
        body = json.dumps(ticket(subject))
        self._connection.request("POST", "/api/create_ticket", body, headers)
        reply = self._connection.getresponse()
        assert (reply.status, bool(reply.read())) == (200, True)


def kill_in_the_middle(database: Path) -> None:
    """As a crash leaves it: a commit that only the log holds."""
    program = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA wal_autocheckpoint = 0');"
        "c.execute('PRAGMA user_version = %d' % c.execute('PRAGMA user_version').fetchone());"
        "c.execute(\"UPDATE ticket SET subject = 'in the log'\"); os._exit(0)"
    )
    run_python(program, str(database))
    assert database.with_name("tickiti.db-wal").stat().st_size > 0


def run_python(program: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, timeout=30)


def test_backup_of_a_running_server_is_complete_and_private(run: Cli, database: Path) -> None:
    start(run, database)
    assert run(*CREATE, "second").code == 0
    backup = back_up(run, database)
    assert subjects(backup) == ["first", "second"]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(path.name for path in run.folder.iterdir()) == ["backup.db"]
    assert json.loads(run("server", "check", "backup.db", "--json").stdout) == {
        "path": str(backup),
        "bytes": backup.stat().st_size,
        "schema": known_migrations("sqlite")[-1].number,
        "tickets": 2,
        "responses": 2,
        "keys": 2,
        "tokens": 2,
    }
    assert run(*CREATE, "third").stdout == "220011\n"


def test_a_backup_reports_path_bytes_and_tickets(run: Cli, database: Path) -> None:
    where = ("--db", str(database))
    ran = run("server", "backup", "b.db", "--json", *where)
    size = (run.folder / "b.db").stat().st_size
    assert json.loads(ran.stdout) == {
        "path": str(run.folder / "b.db"),
        "bytes": size,
        "tickets": 1,
    }
    ran = run.on_terminal("server", "backup", "c.db", *where)
    said = f"Wrote {run.folder / 'c.db'} (tickets: 1, bytes: {size}).\n"
    assert (ran.code, ran.stdout) == (0, said)


def test_backup_under_load_holds_all_writes_acknowledged_before(run: Cli, database: Path) -> None:
    start(run, database)
    acknowledged: list[str] = []
    is_over = threading.Event()

    def file_tickets() -> None:
        with closing(Client(run, database)) as client:
            while not is_over.is_set():
                client.create(subject := str(len(acknowledged)))
                acknowledged.append(subject)

    client = threading.Thread(target=file_tickets)
    client.start()
    try:
        for n in range(2):
            before = ["first", *acknowledged]
            held = subjects(back_up(run, database, f"{n}.db"))
            assert held[: len(before)] == before
            assert run("server", "check", f"{n}.db").code == 0
    finally:
        is_over.set()
        client.join()
    assert len(acknowledged) > 20


def test_backup_holds_the_writes_that_a_crash_left_in_the_wal(run: Cli, database: Path) -> None:
    kill_in_the_middle(database)
    log = database.with_name("tickiti.db-wal")
    size = log.stat().st_size
    assert subjects(back_up(run, database)) == ["in the log"]
    assert log.stat().st_size == size


def test_backup_replaces_no_existing_file(run: Cli, database: Path) -> None:
    (run.folder / "mine.txt").write_text("mine")
    taken = run("server", "backup", "mine.txt", "--db", str(database))
    assert taken == Ran(
        2, "", f"tickiti: {run.folder}/mine.txt: It exists already; choose another name.\n"
    )
    assert (run.folder / "mine.txt").read_text() == "mine"
    nowhere = run("server", "backup", "no/where.db", "--db", str(database))
    assert nowhere == Ran(2, "", f"tickiti: {run.folder}/no/where.db: No such file or directory.\n")
    missing = run("server", "backup", "b.db", "--db", "none.db")
    assert missing == Ran(2, "", f"tickiti: {run.folder}/none.db: No such file or directory.\n")
    assert run("server", "backup", "-", "--db", str(database)) == Ran(
        2, "", "tickiti: FILE: a backup cannot be written to standard output.\n"
    )
    assert [path.name for path in run.folder.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed")
@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_backup_on_a_full_disk_is_reported_and_leaves_nothing(
    run: Cli, database: Path, verb: str
) -> None:
    backup, target = back_up(run, database), run.home / "db" / "copy.db"
    words = [verb, str(target), "--db", str(database)]
    if verb == "restore":
        words = [verb, str(backup), "--db", str(target), "--yes"]
    done = subprocess.run(
        ["prlimit", "--fsize=40960", *run.command(["server", *words])],
        env=run.environ({}), cwd=run.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(f"tickiti: {target}: .*(disk I/O error|File too large)\\.\n", done.stderr)
    assert [path for path in database.parent.iterdir() if "copy" in path.name] in (
        [],
        [target.with_name("copy.db.lock")],
    )


def test_an_interrupted_backup_leaves_nothing(run: Cli, database: Path) -> None:
    execute(database, "CREATE TABLE more (text)")
    execute(
        database,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
        " INSERT INTO more SELECT randomblob(4000) FROM n",
    )
    process = run.start("server", "backup", "b.db", "--db", str(database))
    wait_until(lambda: any(path.stat().st_size for path in run.folder.iterdir()), process)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert [*run.folder.iterdir()] == []


def test_a_damaged_database_is_not_backed_up(run: Cli, database: Path) -> None:
    damage(database)
    ran = run("server", "backup", "b.db", "--db", str(database))
    assert (ran.code, ran.stdout) == (16, "")
    assert ran.stderr.startswith(f"tickiti: The database {database} cannot be used: ")
    assert [*run.folder.iterdir()] == []


def damage(path: Path) -> None:
    """Overwrite the pages behind the first two, which hold the header and the schema."""
    raw = bytearray(path.read_bytes())
    for start_of_page in range(8192, len(raw), 4096):
        raw[start_of_page : start_of_page + 64] = b"\xa5" * 64
    path.write_bytes(raw)


def test_restore_keeps_the_replaced_database(run: Cli, database: Path) -> None:
    backup = back_up(run, database)
    start(run, database)
    assert run(*CREATE, "second").code == 0
    stop(run, database)
    ran = restore(run, database, "backup.db", "--yes", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    report = json.loads(ran.stdout)
    kept = Path(report.pop("kept"))
    assert report == {"path": str(database), "bytes": backup.stat().st_size, "tickets": 1}
    assert KEPT.fullmatch(str(kept))
    assert (subjects(database), subjects(kept)) == (["first"], ["first", "second"])
    assert [oct(stat.S_IMODE(path.stat().st_mode)) for path in (database, kept)] == ["0o600"] * 2
    assert start(run, database).code == 0
    assert run(*CREATE, "again").stdout == "220010\n"
    assert run("server", "check", str(kept)).code == 0


def test_restore_works_without_an_existing_database(run: Cli, database: Path) -> None:
    back_up(run, database)
    other = run.home / "other" / "new.db"
    ran = run("server", "restore", "backup.db", "--db", str(other), "--yes")
    assert ran == Ran(0, f"{other}\n", "")
    assert subjects(other) == ["first"]
    assert sorted(path.name for path in other.parent.iterdir()) == ["new.db", "new.db.lock"]


def test_restore_asks_for_confirmation(run: Cli, database: Path) -> None:
    back_up(run, database)
    question = f"Replace {database} with backup.db?"
    assert restore(run, database, "backup.db") == Ran(
        2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n"
    )
    words = ("server", "restore", "backup.db", "--db", str(database))
    no = run.on_terminal(*words, asked="to confirm:", typed="no\n")
    assert (no.code, no.stdout) == (
        2,
        f'{question} Type "yes" to confirm:\nno\ntickiti: Nothing was done.\n',
    )
    yes = run.on_terminal(*words, asked="to confirm:", typed="yes\n")
    assert yes.code == 0
    assert f"Restored {database} (tickets: 1, bytes: " in yes.stdout


def test_restore_under_a_running_server_is_refused_with_its_pid(run: Cli, database: Path) -> None:
    back_up(run, database)
    start(run, database)
    assert restore(run, database, "backup.db", "--yes") == Ran(
        14,
        "",
        f"tickiti: {database} is in use by process {pid_of(database)}.\n"
        "Stop it with: tickiti server stop\n",
    )
    assert run(*CREATE, "still").code == 0


def test_restore_of_a_file_other_than_a_backup_changes_nothing(run: Cli, database: Path) -> None:
    damaged, newer, foreign, text, empty = (
        run.folder / f"{name}.db" for name in ("damaged", "newer", "foreign", "text", "empty")
    )
    for copy in (damaged, newer):
        shutil.copy(back_up(run, database, f"{copy.stem}.good"), copy)
    damage(damaged)
    change(newer, "INSERT INTO schema_migration (number, name) VALUES (999, 'future')")
    change(foreign, "CREATE TABLE theirs (id)")
    text.write_text("not a database, but long enough to be read as one\n" * 100)
    empty.touch()
    os.mkfifo(run.folder / "pipe.db")
    before = database.read_bytes(), [*names_beside(database), "tickiti.db.lock"]
    told = {
        name.stem: (ran.code, ran.stdout, ran.stderr.partition(": ")[2].partition(name.name)[2])
        for name in (
            damaged,
            newer,
            foreign,
            text,
            empty,
            *(run.folder / n for n in ("none.db", "pipe.db")),
        )
        if (ran := restore(run, database, name.name, "--yes"))
    }
    assert told["damaged"][:2] == (16, "")
    assert told["newer"][:2] == (16, "")
    assert told["newer"][2].startswith(" has schema 999 and this version knows ")
    assert told["foreign"] == (16, "", " is a SQLite database of another program.\n")
    assert told["text"][2].startswith(" cannot be used: file is not a database.")
    assert told["empty"] == (16, "", " is empty.\n")
    assert told["none"] == (2, "", ": No such file or directory.\n")
    assert told["pipe"] == (2, "", ": It is not a regular file.\n")
    assert before == (database.read_bytes(), names_beside(database))


def names_beside(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir())


def test_restore_from_a_database_in_use_is_refused(run: Cli, database: Path) -> None:
    other = run.folder / "tickiti.db"
    shutil.copy(database, other)
    kill_in_the_middle(other)
    ran = restore(run, database, "tickiti.db", "--yes")
    assert ran == Ran(
        16,
        "",
        f"tickiti: {other} is a database in use, not a backup: {other}-wal holds a part of it. "
        f"Make a backup of it: tickiti server backup FILE --db {other}\n",
    )


def test_former_wal_never_enters_the_restored_database(run: Cli, database: Path) -> None:
    back_up(run, database)
    kill_in_the_middle(database)
    ran = restore(run, database, "backup.db", "--yes", "--json")
    assert subjects(database) == ["first"]
    assert subjects(Path(json.loads(ran.stdout)["kept"])) == ["in the log"]
    assert not database.with_name("tickiti.db-wal").exists()


def test_damaged_database_is_replaced_and_kept_with_its_wal(run: Cli, database: Path) -> None:
    back_up(run, database)
    kill_in_the_middle(database)
    database.write_bytes(b"not a database\n" * 1000)
    kept = Path(json.loads(restore(run, database, "backup.db", "--yes", "--json").stdout)["kept"])
    assert kept.read_bytes() == b"not a database\n" * 1000
    assert kept.with_name(f"{kept.name}-wal").stat().st_size > 0
    assert subjects(database) == ["first"]
    assert start(run, database).code == 0


def test_backup_copied_over_a_database_does_not_take_its_wal(run: Cli, database: Path) -> None:
    """What people do by hand, and what a restore leaves that is killed before its last step."""
    backup = back_up(run, database)
    kill_in_the_middle(database)
    shutil.copy(backup, database)
    refusal = (
        f"tickiti: {database}-wal belongs to another database than {database}: one of the two was "
        "copied here. Restore a backup: tickiti server restore FILE\n"
    )
    assert start(run, database) == Ran(16, "", refusal)
    assert run("server", "check", str(database)) == Ran(16, "", refusal)
    assert run("server", "backup", "new.db", "--db", str(database)) == Ran(16, "", refusal)
    assert restore(run, database, "backup.db", "--yes").code == 0
    assert start(run, database).code == 0
    assert run("ticket", "list", "--fields", "subject").stdout == "first\n"


def test_check_of_an_unusable_database_is_exit_16(run: Cli, database: Path) -> None:
    path = run.folder / "t.db"
    shutil.copy(database, path)
    change(path, "PRAGMA foreign_keys = OFF; DELETE FROM queue")
    sentence = f"tickiti: The database {path} cannot be used: %s.%s\n"
    way_on = " Restore a backup: tickiti server restore FILE"
    assert run("server", "check", "t.db") == Ran(
        16, "", sentence % ("a row of ticket refers to a row of queue that is missing", way_on)
    )
    shutil.copy(database, path)
    change(path, "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'ticket'")
    ran = run("server", "check", "t.db")
    assert (ran.code, ran.stdout) == (16, "")
    assert ran.stderr.startswith(sentence.partition("%s")[0] % ())
    assert run("server", "check", "none.db") == Ran(
        2, "", f"tickiti: {run.folder}/none.db: No such file or directory.\n"
    )


def test_check_examines_the_database_that_is_served(run: Cli, database: Path) -> None:
    start(run, database)
    assert run(*CREATE, "second").code == 0
    ran = run("server", "check", str(database), "--fields", "tickets,keys")
    assert ran == Ran(0, "2\t2\n", "")


def test_check_changes_nothing(run: Cli, database: Path) -> None:
    kill_in_the_middle(database)
    log = database.with_name("tickiti.db-wal")
    before = database.read_bytes(), log.read_bytes()
    assert run("server", "check", str(database), "--fields", "tickets") == Ran(0, "1\n", "")
    assert (database.read_bytes(), log.read_bytes()) == before
