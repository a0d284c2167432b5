"""Bundled servers have names: each is found wherever its data is, and none replaces another."""

import json
import os
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.cli import Cli, Ran
from tests.support.waiting import wait_until
from tickiti_cli.contract.files import lockfile

START = ("server", "start", "--port", "0", "--detach")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


@pytest.fixture
def cli(run: Cli) -> Iterator[Cli]:
    yield run
    for path in (run.config / "servers").glob("*.lock"):
        if lockfile.holder(path):
            run("server", "stop", "--name", unquote(path.stem))


def status(cli: Cli, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli("server", "status", *words, "--json").stdout)
    return found


def state_of(cli: Cli, name: str) -> Path:
    return cli.config / "servers" / f"{name}.lock"


def tokens(cli: Cli, *words: str) -> list[tuple[str, str]]:
    rows = json.loads(cli("token", "list", "--json", *words).stdout)
    return [(row["name"], row["status"]) for row in rows]


def files(cli: Cli) -> tuple[str, str]:
    names = ("config.toml", "credentials.toml")
    first, second = ((cli.config / name).read_text() for name in names)
    return first, second


def credentials(cli: Cli) -> dict[str, Any]:
    return tomllib.loads((cli.config / "credentials.toml").read_text())


@pytest.mark.parametrize("name", ["local", "a", "it's mine"])
def test_a_detached_server_in_memory_is_found_and_stopped(cli: Cli, name: str) -> None:
    words = ("--name", name)
    ran = cli(*START, "--memory", *words)
    assert (ran.code, ran.stderr) == (0, "")
    assert cli("server", "url", *words).stdout == ran.stdout
    assert cli("server", "wait-ready", *words) == Ran(0, "", "")
    shown = status(cli, *words)
    assert (shown["state"], shown["base_url"]) == ("running", ran.stdout.strip())
    assert "Listening on" in cli("server", "logs", *words).stdout
    assert cli(*CREATE, "-p", name).stdout == "220009\n"
    assert cli("server", "stop", *words) == Ran(0, "stopped\n", "")
    assert not Path(shown["database"]).parent.exists()
    assert cli("server", "status", *words).code == 13
    assert cli("server", "stop", *words) == Ran(0, "not running\n", "")


def test_unnamed_server_is_called_local(cli: Cli) -> None:
    url = cli(*START, "--memory").stdout
    for words in ((), ("--name", "local"), ("-p", "local")):
        assert cli("server", "url", *words).stdout == url
    assert cli("server", "stop") == Ran(0, "stopped\n", "")


def test_server_in_the_foreground_has_a_name(cli: Cli) -> None:
    words = ("--port", "0", "--memory", "--name", "a")
    with subprocess.Popen(
        cli.command(["server", "start", *words]), env=cli.environ({}), cwd=cli.folder,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        wait_until(lambda: cli("server", "url", "--name", "a").code == 0)
        assert status(cli, "--name", "a")["pid"] == process.pid
        assert cli("server", "logs", "--name", "a").code == 13
        assert cli("server", "stop", "--name", "a") == Ran(0, "stopped\n", "")
    assert process.returncode == 0


def test_two_servers_run_with_a_profile_each(cli: Cli) -> None:
    urls = [cli(*START, "--name", name, "--db", f"{name}.db").stdout for name in ("a", "b")]
    assert len(set(urls)) == 2
    for name, subject in (("a", "first"), ("b", "second")):
        create = ("ticket", "create", "--from", "a@b.example", "-s", subject, "-b", "y")
        assert cli(*create, "-p", name).stdout == "220009\n"
        assert cli("ticket", "list", "-p", name, "--fields", "subject").stdout == f"{subject}\n"
        assert tokens(cli, "-p", name) == [(name, "active")]
    assert cli("server", "stop", "--name", "a").stdout == "stopped\n"
    assert cli("server", "url", "--name", "b").stdout == urls[1]
    assert cli("ticket", "list", "-p", "b").code == 0


@pytest.mark.parametrize("second", [("--db", "other.db"), ("--memory",)])
def test_second_server_takes_a_name_of_its_own(cli: Cli, second: tuple[str, ...]) -> None:
    first = cli(*START, "--db", "first.db").stdout
    token = credentials(cli)["local"]["token"]
    ran = cli(*START, *second)
    assert (ran.code, ran.stdout == first) == (0, False)
    assert ran.stderr == (
        "Another server is running as 'local'; this one is 'local-2'.\n"
        "Use it with -p local-2; stop it with: tickiti server stop --name local-2\n"
    )
    assert cli("server", "url").stdout == first
    assert cli("server", "url", "-p", "local-2").stdout == ran.stdout
    assert credentials(cli)["local"]["token"] == token
    assert cli(*CREATE, "-p", "local-2").stdout == "220009\n"
    assert cli("ticket", "list").stdout == ""
    assert cli("server", "stop", "--name", "local-2").code == 0
    assert cli("ticket", "list").code == 0


def test_start_tells_the_name_and_the_profile_of_the_server(cli: Cli) -> None:
    told = [json.loads(cli(*START, "--memory", "--json").stdout) for _ in range(3)]
    names = ["local", "local-2", "local-3"]
    assert [(row["name"], row["profile"]) for row in told] == [(name, name) for name in names]
    assert [status(cli, "--name", row["name"])["pid"] for row in told] == [r["pid"] for r in told]


def test_a_database_keeps_its_number_and_its_token(cli: Cli) -> None:
    for path in ("1.db", "2.db", "3.db"):
        assert cli(*START, "--db", path).code == 0
    known = credentials(cli)
    for name in ("local-2", "local-3"):
        assert cli("server", "stop", "--name", name).code == 0
    told = json.loads(cli(*START, "--db", "3.db", "--json").stdout)
    assert told["name"] == "local-3"
    assert credentials(cli) == known
    assert tokens(cli, "-p", "local-3") == [("local-3", "active")]


def test_second_server_on_the_same_database_is_refused(cli: Cli) -> None:
    assert cli(*START, "--db", "first.db").code == 0
    pid = status(cli)["pid"]
    ran = cli(*START, "--db", "first.db")
    assert (ran.code, ran.stdout) == (14, "")
    assert ran.stderr.startswith(f"tickiti: {cli.folder}/first.db is in use by process {pid}.\n")
    assert not state_of(cli, "local-2").exists()


def test_second_server_is_told_that_it_needs_a_database(cli: Cli) -> None:
    assert cli(*START).code == 0
    ran = cli(*START, "--name", "two")
    stop = "Stop it with: tickiti server stop"
    told = [stop, "A second server needs a database of its own: --db FILE"]
    assert (ran.code, ran.stderr.splitlines()[1:]) == (14, told)
    assert cli(*START, "--name", "two", "--db", "two.db").code == 0


@pytest.mark.parametrize("name", [("--name", "local"), ("-p", "local"), ("-p", "a")])
def test_a_name_that_is_given_and_in_use_is_refused(cli: Cli, name: tuple[str, ...]) -> None:
    assert cli(*START, "--db", "first.db", *name).code == 0
    before, pid = files(cli), status(cli, *name)["pid"]
    ran = cli(*START, "--memory", *name)
    assert (ran.code, ran.stdout, files(cli)) == (14, "", before)
    assert ran.stderr.startswith(
        f"tickiti: A server named '{name[1]}' is running on {cli.folder}/first.db (process {pid})."
        "\nGive this one a name of its own with --name NAME, or stop that one: tickiti server stop"
    )


def test_the_profile_of_another_machine_is_skipped(cli: Cli) -> None:
    cli.configure('[profiles.local-2]\nbase_url = "https://a.example"\n')
    assert cli(*START, "--memory").code == 0
    assert json.loads(cli(*START, "--memory", "--json").stdout)["name"] == "local-3"


def test_alternating_databases_keep_one_token_each(cli: Cli) -> None:
    for number in range(3):
        for database in ("first.db", "second.db"):
            ran = cli(*START, "--db", database)
            was = "" if (number, database) == (0, "first.db") else "second.db first.db"
            assert all(word in was for word in ran.stderr.split("/")[-1].rstrip(".\n").split())
            assert cli("ticket", "list").code == 0
            assert tokens(cli) == [("local", "active")]
            assert cli("server", "stop").stdout == "stopped\n"


@pytest.mark.parametrize(
    ("forget", "left"),
    [
        (("profile", "remove", "local", "--yes"), []),
        (("auth", "logout", "-p", "local", "--yes"), []),
        (("profile", "rename", "local", "shop"), ["shop"]),
    ],
)
def test_tokens_of_all_databases_go_with_their_profile(
    cli: Cli, forget: tuple[str, ...], left: list[str]
) -> None:
    for database in ("first.db", "second.db"):
        cli(*START, "--db", database)
        cli("server", "stop")
    kept = tomllib.loads((cli.config / "credentials.toml").read_text())
    assert sorted(name.partition("\t")[0] for name in kept) == ["local", "local"]
    assert cli(*forget).code == 0
    kept = tomllib.loads((cli.config / "credentials.toml").read_text())
    assert sorted(name.partition("\t")[0] for name in kept) == 2 * left


def test_server_in_memory_leaves_the_token_of_the_database_alone(cli: Cli) -> None:
    assert cli(*START, "--db", "first.db").code == 0
    token = files(cli)[1]
    for words in (("--memory",), ("--db", "first.db")):
        assert cli("server", "stop") == Ran(0, "stopped\n", "")
        assert cli(*START, *words).code == 0
        assert tokens(cli) == [("local", "active")]
    assert files(cli)[1] == token


def test_lost_tokens_leave_one_live_token(cli: Cli) -> None:
    assert cli(*START, "--db", "first.db").code == 0
    key = ("--idempotency-key", "before-the-loss")
    assert cli(*CREATE, *key).stdout == "220009\n"
    assert cli("token", "mint", "--name", "local", "--preset", "filer", "--out", "t").code == 0
    for number in (1, 3):
        cli("server", "stop")
        (cli.config / "credentials.toml").unlink()
        ran = cli(*START, "--db", "first.db")
        told = f"replaces token {number}, which is not stored here and was revoked."
        assert (ran.code, told in ran.stderr) == (0, True)
    assert sorted(tokens(cli)) == [
        ("local", "active"), ("local", "active"), ("local", "revoked"), ("local", "revoked")
    ]  # fmt: skip
    assert cli("ticket", "list", "--token-file", "t").code in (0, 5)
    assert cli(*CREATE, *key).stdout == "220009\n"
    assert len(cli("ticket", "list").stdout.splitlines()) == 1


def test_renamed_profile_keeps_its_token_when_the_server_starts_again(cli: Cli) -> None:
    assert cli(*START, "--db", "first.db").code == 0
    key = ("--idempotency-key", "before-the-new-name")
    assert cli(*CREATE, *key).stdout == "220009\n"
    port = status(cli)["base_url"].rpartition(":")[2]
    assert cli("profile", "rename", "local", "shop").code == 0
    for _ in range(2):
        assert cli("server", "stop") == Ran(0, "stopped\n", "")
        ran = cli("server", "start", "--detach", "--port", port, "--db", "first.db")
        assert (ran.code, ran.stderr) == (0, "")
        for profile in ("shop", "local"):
            assert cli(*CREATE, *key, "-p", profile).stdout == "220009\n"
    assert tokens(cli, "-p", "shop") == [("local", "active")] * 2


def test_profile_of_another_machine_is_not_taken_over(cli: Cli) -> None:
    cli.configure(
        '[profiles.local]\nbase_url = "https://support.example"\n', '[local]\ntoken = "14|x"\n'
    )
    before = files(cli)
    ran = cli(*START, "--memory")
    assert ran == Ran(
        3,
        "",
        "tickiti: Profile 'local' is for https://support.example, which is not a server on this "
        "machine.\nGive this server a name of its own: tickiti server start --name NAME\n",
    )
    assert files(cli) == before
    assert cli(*START, "--memory", "--name", "a").code == 0


def test_server_state_is_read_from_its_lock_not_its_pid(cli: Cli) -> None:
    assert cli(*START, "--memory").code == 0
    pid = status(cli)["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: lockfile.holder(state_of(cli, "local")) is None)
    with subprocess.Popen(["sleep", "60"]) as bystander:
        record = json.loads(state_of(cli, "local").read_text())
        state_of(cli, "local").write_text(json.dumps({**record, "pid": bystander.pid}))
        assert cli("server", "status").code == 13
        assert cli("server", "url").code == 13
        assert cli("server", "stop") == Ran(0, "not running\n", "")
        assert bystander.poll() is None
        bystander.kill()
    assert cli(*START, "--memory").code == 0


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"pid": "x", "colour": 1}', b"\xff"])
def test_malformed_record_blocks_no_start(cli: Cli, text: bytes) -> None:
    state_of(cli, "local").parent.mkdir(parents=True)
    state_of(cli, "local").write_bytes(text)
    assert cli("server", "status").code == 13
    assert cli("server", "stop") == Ran(0, "not running\n", "")
    assert cli(*START, "--memory").code == 0


def test_concurrent_starts_have_a_name_and_a_token_each(cli: Cli) -> None:
    with ThreadPoolExecutor(3) as pool:
        starts = list(pool.map(lambda n: cli(*START, "--db", f"{n}.db", "--json"), range(3)))
    told = [json.loads(ran.stdout) for ran in starts]
    assert sorted(row["name"] for row in told) == ["local", "local-2", "local-3"]
    for row in told:
        assert cli("server", "url", "--name", row["name"]).stdout == f"{row['base_url']}\n"
        assert cli("ticket", "list", "-p", row["name"]).code == 0


def test_concurrent_starts_on_one_database_leave_one_server(cli: Cli) -> None:
    with ThreadPoolExecutor(5) as pool:
        starts = list(pool.map(lambda _: cli(*START, "--db", "one.db"), range(5)))
    assert sorted(ran.code for ran in starts) == [0, 14, 14, 14, 14]
    assert cli("ticket", "list").code == 0


def test_server_of_an_older_version_without_a_name_is_found(cli: Cli) -> None:
    assert cli(*START).code == 0
    database = Path(status(cli)["database"])
    state_of(cli, "local").unlink()
    record = lockfile.path_for(database)
    known = {
        name: value for name, value in json.loads(record.read_text()).items() if name != "name"
    }
    record.write_text(json.dumps(known))
    assert status(cli)["pid"] == known["pid"]
    assert cli("server", "stop") == Ran(0, "stopped\n", "")


def test_stop_with_another_name_stops_no_server(cli: Cli) -> None:
    assert cli(*START, "--name", "a").code == 0
    assert cli("server", "stop") == Ran(0, "not running\n", "")
    assert cli("server", "stop", "--name", "a") == Ran(0, "stopped\n", "")


@pytest.mark.parametrize("verb", ["start", "stop", "status", "url", "logs", "wait-ready"])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "--name: the value is empty."),
        (" ", "--name: the value is empty."),
        ("a\nb", "--name: the value must be one line without control characters."),
        ("-x", "a name has 1 to 60 characters and begins with no dash."),
        ("n" * 61, "a name has 1 to 60 characters and begins with no dash."),
    ],
)
def test_invalid_server_name_is_refused(cli: Cli, verb: str, name: str, sentence: str) -> None:
    ran = cli("server", verb, f"--name={name}")
    assert (ran.code, sentence in ran.stderr) == (2, True)


@pytest.mark.parametrize("verb", ["stop", "status", "url", "logs", "wait-ready"])
def test_server_is_selected_by_one_flag_only(cli: Cli, verb: str) -> None:
    ran = cli("server", verb, "--name", "a", "--db", "x.db")
    assert ran == Ran(2, "", "tickiti: --db and --name contradict each other: give one of them.\n")


def test_server_name_leads_to_no_file_outside_the_folder(cli: Cli) -> None:
    assert cli("server", "status", "--name", "../../x").code == 13
    assert cli(*START, "--memory", "--name", "../../x", "--first-token-file", "t",
               "--no-profile").code == 0  # fmt: skip
    assert [path.name for path in (cli.config / "servers").iterdir()] == ["..%2F..%2Fx.lock"]
    assert cli("server", "stop", "--name", "../../x").stdout == "stopped\n"


def test_missing_default_server_comes_with_the_names_of_those_that_run(cli: Cli) -> None:
    for name in ("two", "one"):
        assert cli(*START, "--memory", "--name", name).code == 0
    for verb in ("status", "url"):
        ran = cli("server", verb)
        assert (ran.code, ran.stdout) == (13, "")
        assert " Running under other names: one, two (--name NAME).\n" in ran.stderr


def test_held_file_comes_with_the_command_that_stops_its_server(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    assert cli(*START, "--db", str(file), "--name", "it's mine").code == 0
    ran = cli(*START, "--db", str(file), "--name", "other")
    end = "tickiti server stop --name 'it'\"'\"'s mine'"
    assert (ran.code, ran.stderr.splitlines()[1:]) == (14, [f"Stop it with: {end}"])
