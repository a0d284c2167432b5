"""The first token of a server comes from a file; a server runs for a user without a home."""

import json
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.contract.token_format import SECRET_PREFIX, checksum

START = ("server", "start", "--port", "0", "--detach")
RANDOM = "Az09" * 10
GIVEN = f"1|{SECRET_PREFIX}{RANDOM}{checksum(RANDOM)}"
OTHER = GIVEN.replace("Az09" * 10, "Bz09" * 10).replace(checksum(RANDOM), checksum("Bz09" * 10))


@pytest.fixture
def cli(run: Cli) -> Iterator[Cli]:
    yield run
    for path in run.folder.glob("*.db"):
        run("server", "stop", "--db", str(path))
    run("server", "stop")


def put(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def start(cli: Cli, *flags: str, **environ: str) -> Ran:
    return cli(*START, "--db", "t.db", "--first-token-file", "token", *flags, **environ)


def stored(cli: Cli, profile: str = "local") -> str:
    found: str = tomllib.loads((cli.config / "credentials.toml").read_text())[profile]["token"]
    return found


def live(cli: Cli, *words: str) -> list[int]:
    rows = json.loads(cli("token", "list", "--json", *words).stdout)
    return [row["id"] for row in rows if row["status"] == "active"]


@pytest.mark.parametrize("text", [GIVEN, f"{GIVEN}\n", f"  {GIVEN}\r\n"])
def test_token_of_the_file_becomes_the_first_of_the_database(cli: Cli, text: str) -> None:
    file = put(cli.folder / "token", text)
    assert start(cli).code == 0
    assert stored(cli) == GIVEN
    assert live(cli) == [1]
    assert cli("token", "view", "--self", "--token-file", "token", "--fields", "id").code == 0
    for _ in range(2):
        cli("server", "stop")
        assert start(cli) == Ran(0, cli("server", "url").stdout, "")
        assert live(cli) == [1]
    assert file.read_bytes().decode() == text


def test_first_token_with_a_high_id_leaves_lower_ids_free(cli: Cli) -> None:
    put(cli.folder / "token", GIVEN.replace("1|", "14|"))
    assert start(cli).code == 0
    ran = cli("token", "mint", "--name", "x", "--preset", "filer", "--out", "t", "--json")
    assert json.loads(ran.stdout)["id"] == 15


def test_missing_token_file_is_created_private(cli: Cli) -> None:
    assert start(cli).code == 0
    file = cli.folder / "token"
    assert file.read_text() == f"{stored(cli)}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    cli("server", "stop")
    assert start(cli).code == 0
    assert live(cli) == [1]


def test_known_token_is_written_to_the_token_file(cli: Cli) -> None:
    assert cli(*START, "--db", "t.db").code == 0
    cli("server", "stop")
    assert start(cli).code == 0
    assert (cli.folder / "token").read_text() == f"{stored(cli)}\n"
    assert live(cli) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "secret", "1|secret", GIVEN[:-1], f"{GIVEN}0", f"{GIVEN} {GIVEN}", GIVEN[2:],
        f"{GIVEN}\n{OTHER}\n", GIVEN.replace("A", "B"), GIVEN.upper(), f"0{GIVEN}", f"-{GIVEN}",
        GIVEN.replace("1|", "999999999999999999|"), "1|" + "x" * 5000,
    ],
)  # fmt: skip
def test_malformed_first_token_is_refused(cli: Cli, text: str) -> None:
    put(cli.folder / "token", text)
    ran = start(cli)
    assert (ran.code, ran.stdout) == (3, "")
    assert "token" in ran.stderr.splitlines()[0]
    assert text[2:] == "" or text[2:] not in ran.stderr
    assert not (cli.folder / "t.db").exists()
    assert not (cli.config / "config.toml").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777])
def test_token_file_readable_by_others_is_refused(cli: Cli, mode: int) -> None:
    put(cli.folder / "token", GIVEN, mode)
    ran = start(cli)
    assert ran.code == 3
    assert f"token is readable by others (mode {mode:04o})." in ran.stderr
    assert not (cli.folder / "t.db").exists()


@pytest.mark.parametrize("kind", ["dangling", "folder", "no folder", "loop"])
def test_first_token_is_not_written_to_a_special_file(cli: Cli, kind: str) -> None:
    file, elsewhere = cli.folder / "token", cli.home / "elsewhere"
    if kind == "dangling":
        file.symlink_to(elsewhere)
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "folder":
        file.mkdir()
    name = "missing/token" if kind == "no folder" else "token"
    ran = cli(*START, "--db", "t.db", "--first-token-file", name)
    assert (ran.code, ran.stdout) == (3, "")
    assert name in ran.stderr
    assert not elsewhere.exists()
    assert not (cli.folder / "t.db").exists()


def test_token_file_mounted_as_a_link_is_read(cli: Cli) -> None:
    put(cli.folder / "data", GIVEN)
    (cli.folder / "token").symlink_to("data")
    assert start(cli).code == 0
    assert stored(cli) == GIVEN


@pytest.mark.parametrize("text", [OTHER, OTHER.replace("1|", "7|")])
def test_token_of_another_database_is_refused_without_a_change(cli: Cli, text: str) -> None:
    assert cli(*START, "--db", "t.db").code == 0
    cli("server", "stop")
    before = (cli.config / "credentials.toml").read_text()
    put(cli.folder / "token", text)
    ran = start(cli)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("tickiti: --first-token-file token: The database has ")
    assert (cli.config / "credentials.toml").read_text() == before
    assert cli(*START, "--db", "t.db").code == 0
    assert live(cli) == [1]


def test_rotated_and_revoked_first_token_stays_revoked(cli: Cli) -> None:
    put(cli.folder / "token", GIVEN)
    assert start(cli).code == 0
    assert cli("token", "rotate", "--self", "--install", "profile:local").code == 0
    assert cli("token", "revoke", "1", "--yes").code == 0
    cli("server", "stop")
    ran = start(cli)
    assert ran.code == 0
    assert live(cli) == [2]
    assert cli("ticket", "list").code == 0
    assert cli("ticket", "list", "--token-file", "token").code == 4


def test_dead_first_token_is_not_replaced_by_another(cli: Cli) -> None:
    put(cli.folder / "token", GIVEN)
    assert start(cli).code == 0
    mint = ("token", "mint", "--name", "x", "--ability", "manage-tokens", "--out", "t")
    assert cli(*mint).code == 0
    assert cli("token", "revoke", "1", "--yes", "--token-file", "t").code == 0
    cli("server", "stop")
    ran = start(cli)
    assert ran.code == 0
    assert "The token of token was revoked or has expired." in ran.stderr
    assert live(cli, "--token-file", "t") == [2]


def homeless(cli: Cli, *words: str, **environ: str) -> Ran:
    """A user whom the system does not know, without HOME, as `docker run --user 4711` has one."""
    program = (
        "import os, pwd, sys\n"
        "def unknown(_): raise KeyError('no such user')\n"
        "pwd.getpwuid = unknown\n"
        "from tickiti_cli.__main__ import main\n"
        "sys.argv[0] = 'tickiti'\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], check=False, cwd=cli.folder,
        env={"PATH": os.environ["PATH"], **environ}, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def test_user_without_a_home_reads_which_variable_to_set(cli: Cli) -> None:
    ran = homeless(cli, *START, "--db", "t.db")
    assert ran == Ran(
        3,
        "",
        "tickiti: This user has no home directory, so a profile cannot be stored.\n"
        "Set TICKITI_CONFIG_DIR to a directory of this user, or give --no-profile and "
        "--first-token-file FILE.\n",
    )
    assert not (cli.folder / "t.db").exists()


def test_config_folder_allows_a_server_without_a_home(cli: Cli) -> None:
    config = {"TICKITI_CONFIG_DIR": str(cli.home / "volume")}
    assert homeless(cli, *START, "--db", "t.db", **config).code == 0
    assert homeless(cli, "ticket", "list", **config) == Ran(0, "", "")
    assert homeless(cli, "server", "stop", **config) == Ran(0, "stopped\n", "")


def test_server_runs_without_a_profile(cli: Cli) -> None:
    nowhere = Path("/nonexistent")
    before = sorted(nowhere.rglob("*"))  # of whoever has that for a home
    put(cli.folder / "token", GIVEN)
    file = ("--first-token-file", "token", "--no-profile")
    ran = homeless(cli, *START, "--db", "t.db", *file)
    assert (ran.code, ran.stderr) == (0, "")
    known = {"TICKITI_API_BASE": ran.stdout.strip(), "TICKITI_API_TOKEN_FILE": "token"}
    assert homeless(cli, "ticket", "list", **known) == Ran(0, "", "")
    assert homeless(cli, "server", "stop", "--db", "t.db") == Ran(0, "stopped\n", "")
    assert sorted(nowhere.rglob("*")) == before


def test_no_profile_without_a_token_file_is_refused(cli: Cli) -> None:
    assert cli(*START, "--no-profile") == Ran(
        2,
        "",
        "tickiti: --no-profile requires --first-token-file FILE, otherwise nobody has the token.\n",
    )


def test_no_profile_flag_changes_no_profile(cli: Cli) -> None:
    cli.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    before = (cli.config / "config.toml").read_text()
    assert start(cli, "--no-profile").code == 0
    assert (cli.config / "config.toml").read_text() == before
    assert not (cli.config / "credentials.toml").exists()
