"""The bundled server is started, found and stopped, and never runs twice."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, is_locked, pid_of
from tests.support.databases import execute
from tests.support.foreign import Answer, Foreign, drip, reply, silence
from tests.support.waiting import wait_until
from tickiti_cli import __version__

START = ("server", "start", "--port", "0", "--detach")
URL = re.compile(r"http://127\.0\.0\.1:[0-9]+\n")


@pytest.fixture
def started(run: Cli, database: Path) -> str:
    """A detached server on that database: its address."""
    ran = run(*START, "--db", str(database))
    assert (ran.code, ran.stderr) == (0, "")
    assert URL.fullmatch(ran.stdout)
    return ran.stdout.strip()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_first_start_leaves_a_profile_that_works(run: Cli, started: str) -> None:
    assert run("profile", "show").stdout == f"local\t{started}\t{run.config}/config.toml\n"
    assert run("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y") == Ran(
        0, "220009\n", ""
    )
    row = json.loads(run("token", "view", "--self", "--json").stdout)
    assert "manage-tokens" in row["abilities"]
    assert {"create-ticket", "tickets:write"} < set(row["abilities"])


def test_status_url_and_wait_ready_find_the_server(run: Cli, started: str, database: Path) -> None:
    place = ("--db", str(database))
    pid = pid_of(database)
    assert run("server", "status", *place) == Ran(
        0, f"running\t{pid}\t{started}\t{database}\t{__version__}\n", ""
    )
    assert json.loads(run("server", "status", *place, "--json").stdout) == {
        "state": "running",
        "pid": pid,
        "base_url": started,
        "database": str(database),
        "version": __version__,
        "test_mode": False,
        "clock": None,
    }
    assert run("server", "url", *place) == Ran(0, f"{started}\n", "")
    assert run("server", "wait-ready", *place) == Ran(0, "", "")
    assert run("server", "wait-ready", "-p", "local") == Ran(0, "", "")
    assert run("server", "wait-ready", "--base-url", started) == Ran(0, "", "")


def test_a_suspended_server_is_not_ready_until_it_goes_on(
    run: Cli, started: str, database: Path
) -> None:
    ready = ("server", "wait-ready", "--db", str(database))
    pid = pid_of(database)
    os.kill(pid, signal.SIGSTOP)
    try:
        ran = run(*ready, "--timeout", "1")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert ran == Ran(13, "", "tickiti: The server was not ready within 1 s.\n")
    assert run(*ready) == Ran(0, "", "")
    assert run(*ready, "--timeout", "0") == Ran(0, "", "")


def test_missing_server_has_its_exit_code(run: Cli, database: Path) -> None:
    place = ("--db", str(database))
    start = f"tickiti server start --db {database}"
    missing = Ran(13, "", f"tickiti: No server is running on {database}.\n{start}\n")
    assert run("server", "status", *place) == missing
    assert run("server", "url", *place) == missing
    assert run("server", "wait-ready", "--timeout", "0.1", *place) == Ran(
        13, "", "tickiti: The server was not ready within 0.1 s.\n"
    )
    assert run("server", "stop", *place) == Ran(0, "not running\n", "")


def test_stop_returns_when_the_database_is_free(run: Cli, started: str, database: Path) -> None:
    assert run("server", "stop", "--db", str(database)) == Ran(0, "stopped\n", "")
    assert not is_locked(database)
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.1", int(started.rpartition(":")[2]))),
    ):
        pass


def test_a_database_is_served_once(run: Cli, started: str, database: Path) -> None:
    ran = run(*START, "--db", str(database))
    assert ran == Ran(
        14,
        "",
        f"tickiti: {database} is in use by process {pid_of(database)}.\n"
        "Stop it with: tickiti server stop\n",
    )
    assert run("server", "url", "--db", str(database)).stdout == f"{started}\n"


def test_foreground_command_becomes_the_server(run: Cli, database: Path) -> None:
    port_file = run.folder / "port"
    process = run.start(
        "server", "start", "--port", "0", "--port-file", "port", "--db", str(database)
    )
    wait_until(port_file.exists, process)
    assert pid_of(database) == process.pid
    url = f"http://127.0.0.1:{port_file.read_text().strip()}"
    assert run("server", "url", "--db", str(database)).stdout == f"{url}\n"
    assert run("ticket", "list") == Ran(0, "", "")
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (0, b"")
    assert f"Listening on {url}" in stderr.decode()
    assert not is_locked(database)


def test_ctrl_c_stops_a_server_in_the_foreground(run: Cli, database: Path) -> None:
    process = run.start(
        "server", "start", "--port", "0", "--port-file", "port", "--db", str(database)
    )
    wait_until((run.folder / "port").exists, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert b"Traceback" not in stderr


def test_terminal_that_closes_lets_a_server_in_the_foreground_finish(
    run: Cli, database: Path
) -> None:
    process = run.start(
        "server", "start", "--port", "0", "--port-file", "port", "--db", str(database)
    )
    wait_until((run.folder / "port").exists, process)
    for _ in range(3):  # the system sends one, the shell another
        process.send_signal(signal.SIGHUP)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 0
    assert stderr.decode().endswith("Stopped\n")
    assert not is_locked(database)


def test_server_files_are_private(run: Cli, started: str, database: Path) -> None:
    del started
    assert run("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    assert mode_of(database.parent) == 0o700
    assert mode_of(run.config) == 0o700
    assert mode_of(run.config / "journal") == 0o700
    folders = (database.parent, run.config, run.config / "journal")
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"tickiti.db", "tickiti.db.lock", "server.log"}
    assert {path.name: oct(mode_of(path)) for path in files} == {
        path.name: oct(0o600) for path in files
    }


def test_a_second_start_keeps_the_token_and_refreshes_the_address(
    run: Cli, started: str, database: Path
) -> None:
    credentials = (run.config / "credentials.toml").read_text()
    run("server", "stop", "--db", str(database))
    again = run(*START, "--db", str(database)).stdout.strip()
    assert again != started
    assert (run.config / "credentials.toml").read_text() == credentials
    assert run("profile", "show").stdout == f"local\t{again}\t{run.config}/config.toml\n"
    assert run("ticket", "list").code == 0


def test_a_lost_token_is_replaced_at_the_next_start(run: Cli, started: str, database: Path) -> None:
    del started
    run("server", "stop", "--db", str(database))
    (run.config / "credentials.toml").unlink()
    assert run(*START, "--db", str(database)).code == 0
    assert run("ticket", "list").code == 0
    assert len(json.loads(run("token", "list", "--json").stdout)) == 2


def test_another_default_profile_stays_the_default(run: Cli, database: Path) -> None:
    run.configure('default_profile = "far"\n[profiles.far]\nbase_url = "https://far.example"\n')
    assert run(*START, "--db", str(database)).code == 0
    assert (
        run("profile", "list", "--fields", "name,is_default").stdout == "far\ttrue\nlocal\tfalse\n"
    )


def test_the_profile_may_have_another_name(run: Cli, database: Path) -> None:
    assert run(*START, "--db", str(database), "-p", "mine").code == 0
    assert run("ticket", "list", "-p", "mine").code == 0
    assert run("ticket", "list").code == 0
    assert run("profile", "list", "--fields", "name").stdout == "mine\n"


def test_demo_adds_two_queues(run: Cli, database: Path) -> None:
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--queue")
    assert run(*START, "--db", str(database), "--demo").code == 0
    assert [run(*create, queue).code for queue in ("Inbox", "Sales", "Support", "Other")] == [
        0, 0, 0, 7
    ]  # fmt: skip


def test_a_server_in_memory_leaves_nothing_behind(run: Cli) -> None:
    process = run.start("server", "start", "--port", "0", "--port-file", "port", "--memory")
    wait_until((run.folder / "port").exists, process)
    opened = Path(f"/proc/{process.pid}/fd")
    targets = {link.readlink() for link in opened.iterdir()}
    (database,) = [path for path in targets if path.name == "tickiti.db"]
    assert database.exists()
    process.terminate()
    process.communicate(timeout=30)
    assert not database.parent.exists()


def test_a_start_in_memory_that_fails_leaves_nothing_behind(run: Cli) -> None:
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    before = set(memory.glob("tickiti-*"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run("server", "start", "--memory", "--port", port).code == 2
    assert set(memory.glob("tickiti-*")) <= before


def test_a_taken_port_is_named_with_a_remedy(run: Cli, database: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = run("server", "start", "--port", port, "--db", str(database))
    assert ran == Ran(
        2,
        "",
        f"tickiti: --port {port}: 127.0.0.1 cannot be opened: Address already in use.\n"
        "Choose another port, or --port 0 for a free one.\n",
    )
    assert not is_locked(database)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "support.example"])
def test_other_machines_are_refused_without_a_proxy(run: Cli, database: Path, host: str) -> None:
    assert run("server", "start", "--host", host, "--port", "0", "--db", str(database)) == Ran(
        2,
        "",
        f"tickiti: --host {host}: other machines would send their tokens unencrypted.\n"
        "Put a TLS proxy in front of the server and give --behind-proxy.\n",
    )
    assert not database.parent.exists()


@pytest.mark.parametrize("verb", ["start", "stop", "status", "url", "wait-ready"])
@pytest.mark.parametrize("url", ["mysql://localhost/tickiti", "postgresql:localhost/tickiti"])
def test_a_url_of_no_postgresql_is_refused_and_not_made_a_file(
    run: Cli, verb: str, url: str
) -> None:
    assert run("server", verb, "--db", url) == Ran(
        2, "", "tickiti: --db: must be a file, or a URL that begins with postgresql://.\n"
    )
    assert list(run.folder.iterdir()) == []


def test_foreign_file_is_left_alone(run: Cli, database: Path) -> None:
    database.parent.mkdir(parents=True)
    database.write_bytes(b"This is a letter, not a database." * 200)
    ran = run(*START, "--db", str(database))
    assert (ran.code, ran.stdout) == (16, "")
    assert str(database) in ran.stderr
    assert "Traceback" not in ran.stderr
    assert database.read_bytes() == b"This is a letter, not a database." * 200
    assert [path.name for path in run.config.iterdir()] == ["servers"]


def test_a_database_of_a_later_version_is_refused(run: Cli, started: str, database: Path) -> None:
    del started
    run("server", "stop", "--db", str(database))
    execute(database, "INSERT INTO schema_migration (number, name) VALUES (9999, 'later.sql')")
    ran = run(*START, "--db", str(database))
    assert (ran.code, ran.stdout) == (16, "")
    assert "Upgrade tickiti, or restore an older backup." in ran.stderr
    assert not is_locked(database)


def test_a_detached_server_that_fails_shows_its_last_words(
    run: Cli, started: str, database: Path
) -> None:
    del started
    run("server", "stop", "--db", str(database))
    ran = run(*START, "--db", str(database), "--port-file", "/nowhere/port")
    assert ran.code != 0
    assert (ran.stdout, "Traceback" in ran.stderr) == ("", False)
    assert not is_locked(database)


def test_start_after_a_crash_works(run: Cli, started: str, database: Path) -> None:
    del started
    os.kill(pid_of(database), signal.SIGKILL)
    wait_until(lambda: not is_locked(database))
    assert run("server", "url", "--db", str(database)).code == 13
    assert run(*START, "--db", str(database)).code == 0


def test_a_start_without_any_stream_works(run: Cli, database: Path) -> None:
    line = 'exec "$@" <&- >&- 2>&-'
    command = run.command([*START, "--db", str(database)])
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *command], env=run.environ({}), check=False, timeout=30
    )
    assert done.returncode == 0
    assert run("ticket", "list").code == 0


@pytest.mark.parametrize(
    "line",
    [
        "tickiti server start --demo --detach",
        "tickiti server start --port 0 --port-file port --memory --detach",
        "tickiti server start --allow-callback 127.0.0.1:8650 --detach",
        "tickiti server start --name ci --memory --port 0 --detach",
        "tickiti server start --name vendor --memory --port 0 --vendor-only --detach",
    ],
)
def test_the_examples_of_start_work_when_pasted(run: Cli, line: str) -> None:
    shown = run("server", "start", "--help").stdout
    assert f"  {line}\n" in shown
    try:
        # The default port may be taken by another run on this machine.
        ran = run(*line.split()[1:], "--port", "0")
        assert (ran.code, ran.stderr) == (0, "")
        assert URL.fullmatch(ran.stdout)
        name = next((("--name", name) for name in ("ci", "vendor") if f"--name {name}" in line), ())
        profile = ("-p", name[1]) if name else ()
        assert run("ticket", "list", *profile).code == 0
        for verb in ("wait-ready", "status", "url"):
            assert run("server", verb, *name).code == 0
        assert run("server", "stop", *name) == Ran(0, "stopped\n", "")
    finally:
        for words in ((), ("--name", "ci"), ("--name", "vendor")):
            run("server", "stop", *words)


@pytest.mark.parametrize(
    "answer", [silence, drip(reply({"ok": True}), pause=0.3)], ids=["silence", "drip"]
)
def test_a_server_that_never_finishes_does_not_prolong_the_wait(
    remote: Cli, foreign: Foreign, answer: Answer
) -> None:
    foreign.answers(answer)
    began = time.monotonic()
    ran = remote("server", "wait-ready", "-p", "far", "--timeout", "1")
    assert time.monotonic() - began < 20
    assert ran == Ran(13, "", "tickiti: The server was not ready within 1 s.\n")


@pytest.mark.parametrize("place", ["missing/port", "."])
def test_an_unwritable_port_file_is_reported_before_the_start(
    run: Cli, database: Path, place: str
) -> None:
    ran = run(*START, "--db", str(database), "--port-file", place)
    assert ran == Ran(
        2,
        "",
        f"tickiti: --port-file {place}: cannot write a file there.\n"
        "Name a file in a directory that exists and that you may write to.\n",
    )
    assert not database.parent.exists()


@pytest.mark.parametrize("place", [("--db", "of.db"), ("--memory",)], ids=["file", "memory"])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_detached_server_that_ends_at_once_says_why(
    run: Cli, place: tuple[str, ...], log_format: str
) -> None:
    # A broken installation of the server alone; the command's own imports are sound.
    broken = run.home / "broken"
    broken.mkdir(parents=True)
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'serve' in sys.orig_argv:\n"
        "    import tickiti_server.http.app as app\n"
        "    app.collect = lambda *_: 1 / 0\n"
    )
    ran = run(*START, *place, "--log-format", log_format, PYTHONPATH=str(broken))
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.removeprefix("tickiti: The server failed to start (exit 1): ") in (
        "ZeroDivisionError: division by zero\n",
        "The server fails: ZeroDivisionError: division by zero\n",
    )


def test_sample_files_change_no_file_and_follow_no_link(run: Cli) -> None:
    (run.folder / "tickets.csv").write_text("mine")
    (run.folder / "password").symlink_to(run.home / "elsewhere")
    ran = run("server", "sample-files", "--json")
    written = json.loads(ran.stdout)["files"]
    assert ran.code == 0
    assert not {"tickets.csv", "password"} & {*written}
    assert (run.folder / "tickets.csv").read_text() == "mine"
    assert not (run.home / "elsewhere").exists()
    assert (run.folder / "discount.secret").stat().st_mode & 0o777 == 0o600
    assert json.loads(run("server", "sample-files", "--json").stdout)["files"] == []


def test_the_help_groups_the_commands(run: Cli) -> None:
    lines = run("server", "--help").stdout.splitlines()
    titles = [line for line in lines if line.isupper()]
    assert titles == ["USAGE", "RUN", "DATA", "TEST MODE", "WATCH", "LEARN MORE", "EXAMPLES"]
    heads = {title: lines[lines.index(title) + 1].split()[0] for title in titles[1:5]}
    assert heads == {"RUN": "start", "DATA": "backup", "TEST MODE": "seed", "WATCH": "open"}
