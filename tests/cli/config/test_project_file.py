"""`.tickiti.toml` is ignored with a remark where another user could have written the file."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli import __version__

CONFIG = """\
[profiles.prod]
base_url = "https://prod.example"
[profiles.test]
base_url = "https://test.example"
"""
STRANGER = 65534
SAVE = "Save the file as UTF-8."

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def mine(run: Cli) -> Cli:
    run.configure(CONFIG)
    return run


def profile_in_force(run: Cli, **environ: str) -> Ran:
    return run("config", "get", "profile", **environ)


def put(path: Path, text: str, *, owner: int = -1, mode: int = 0o644) -> Path:
    path.write_text(text)
    path.chmod(mode)
    os.chown(path, owner, owner)
    return path


def test_own_project_file_is_read_without_a_remark(mine: Cli) -> None:
    put(mine.folder / ".tickiti.toml", 'profile = "test"\n', mode=0o664)
    assert profile_in_force(mine) == Ran(0, "test\n", "")


@is_root
@pytest.mark.parametrize("text", ['profile = "prod"\n', "broken = [\n", "\x00", 'base_url = "x"\n'])
def test_project_file_of_another_user_is_ignored_with_a_remark(mine: Cli, text: str) -> None:
    put(mine.home / ".tickiti.toml", 'profile = "test"\n')
    path = put(mine.folder / ".tickiti.toml", text, owner=STRANGER)
    told = (
        f"{path} is ignored: it belongs to another user. To use it anyway: "
        f"TICKITI_PROJECT_FILE={path}\n"
    )
    assert profile_in_force(mine) == Ran(0, "test\n", told)
    assert mine("config", "get", "profile", "--quiet") == Ran(0, "test\n", "")


@is_root
def test_broken_project_file_of_another_user_stops_no_command(mine: Cli) -> None:
    put(mine.home / ".tickiti.toml", "broken = [\n", owner=STRANGER)
    for words in (("server", "stop"), ("server", "status"), ("op", "list"), ("profile", "list")):
        ran = mine(*words)
        assert ran.code in (0, 13), ran
        assert "is not TOML" not in ran.stderr


@is_root
def test_named_project_file_is_read_regardless_of_its_owner(mine: Cli) -> None:
    path = put(mine.folder / ".tickiti.toml", 'profile = "prod"\n', owner=STRANGER, mode=0o666)
    assert profile_in_force(mine, TICKITI_PROJECT_FILE=str(path)) == Ran(0, "prod\n", "")
    assert profile_in_force(mine, TICKITI_PROJECT_FILE=".tickiti.toml") == Ran(0, "prod\n", "")
    ran = profile_in_force(mine, TICKITI_PROJECT_FILE="/nowhere/file")
    assert (ran.code, ran.stdout) == (3, "")
    assert "TICKITI_PROJECT_FILE: /nowhere/file cannot be read" in ran.stderr


@is_root
def test_link_is_followed_only_if_link_and_target_are_own(mine: Cli) -> None:
    path = mine.folder / ".tickiti.toml"
    theirs = put(mine.home / "theirs.toml", 'profile = "prod"\n', owner=STRANGER)
    own = put(mine.home / "own.toml", 'profile = "test"\n')
    path.symlink_to(theirs)
    assert "belongs to another user" in profile_in_force(mine).stderr
    path.unlink()
    path.symlink_to(own)
    assert profile_in_force(mine) == Ran(0, "test\n", "")
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    assert "belongs to another user" in profile_in_force(mine).stderr


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: put(path, 'profile = "prod"\n', mode=0o646), "it is writable by everyone"),
        (os.mkfifo, "it is not a regular file"),
        (lambda path: path.mkdir(), "it is not a regular file"),
        (lambda path: path.symlink_to("nowhere"), "it cannot be read"),
        (lambda path: path.symlink_to(path), "it cannot be read"),
    ],
)
def test_irregular_and_foreign_project_files_are_ignored(
    mine: Cli, make: object, reason: str
) -> None:
    put(mine.home / ".tickiti.toml", 'profile = "test"\n')
    make(mine.folder / ".tickiti.toml")  # type: ignore[operator]
    ran = profile_in_force(mine)
    assert (ran.code, ran.stdout) == (0, "test\n")
    assert reason in ran.stderr


@is_root
def test_project_file_of_the_sudo_caller_is_read(mine: Cli) -> None:
    put(mine.folder / ".tickiti.toml", 'profile = "prod"\n', owner=STRANGER)
    assert profile_in_force(mine, SUDO_UID=str(STRANGER)) == Ran(0, "prod\n", "")
    for uid in ("1234", "", "x", "-1", "65534\n", "9" * 5000):
        assert "is ignored" in profile_in_force(mine, SUDO_UID=uid).stderr


def test_own_broken_project_file_is_named(mine: Cli) -> None:
    path = put(mine.folder / ".tickiti.toml", "broken = [\n")
    ran = profile_in_force(mine)
    assert ran.code == 3
    assert ran.stderr.startswith(f"tickiti: {path} is not TOML")


BROKEN = [
    (b"a = 1\nb = [\n", " is not TOML: Invalid value (at line 2, the end of the file)."),
    (b"a = 1\n=\n", " is not TOML: Invalid statement (at line 2, column 1)."),
    (b"# x\n\xff", ", line 2: it is not UTF-8 text."),
    (b"\nprofile = 3\n", ", line 2: profile must be the name of a profile."),
    (b'\nprofile = "tset"\n',
     ", line 2: there is no profile 'tset' (known: prod, test). Did you mean test?"),
    (b"confirm_writes = 'x'\n", ", line 1: confirm_writes must be true or false."),
    (b'[defaults]\n\ncolor = """\nred"""\n',
     ", line 4: color 'red' is not one of auto, always, never."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_doctor_names_the_line_of_a_broken_project_file_and_continues(
    mine: Cli, text: bytes, sentence: str
) -> None:
    mine.configure(f'default_profile = "prod"\n{CONFIG}'.replace("https://prod", "http://0.prod"))
    path = mine.folder / ".tickiti.toml"
    path.write_bytes(text)
    rows = json.loads(mine("doctor", "--json", "--allow-http").stdout)
    named = {row["name"]: row for row in rows}
    advice = SAVE if b"\xff" in text else "Correct this project file or remove it."
    assert named["configuration"] == {
        "name": "configuration", "state": "fail", "detail": f"{path}{sentence}", "advice": advice,
    }  # fmt: skip
    assert named["server"]["state"] == "ok"
    assert named["connection"]["state"] == "fail"


@pytest.mark.parametrize("text", [text for text, _ in BROKEN])
def test_commands_without_a_server_need_no_project_file(mine: Cli, text: bytes) -> None:
    (mine.folder / ".tickiti.toml").write_bytes(text)
    assert mine("version") == Ran(0, f"tickiti {__version__}\n", "")
    for words in (
        ("version", "--json"),
        ("help", "output"),
        ("man", "ticket"),
        ("completion", "bash"),
        ("server", "unit", "systemd", "--user"),
    ):
        ran = mine(*words)
        assert (ran.code, bool(ran.stdout), ran.stderr) == (0, True, ""), words


def test_windows_line_ends_and_byte_order_marks_are_kept(run: Cli) -> None:
    config = run.config / "config.toml"
    run.configure("", '\ufeff[prod]\r\ntoken = "1|x"\r\n')
    config.write_bytes(b"\xef\xbb\xbf# mine\r\n" + CONFIG.replace("\n", "\r\n").encode())
    (run.folder / ".tickiti.toml").write_bytes(b'\xef\xbb\xbfprofile = "prod"\r\n')
    assert profile_in_force(run) == Ran(0, "prod\n", "")
    assert run("auth", "status", "--fields", "profile").code == 0
    assert run("config", "set", "retries", "3").code == 0
    assert run("profile", "use", "test").code == 0
    raw = config.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# mine\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert b"retries = 3\r\n" in raw
    config.write_text("# mine\n" + CONFIG)
    assert run("config", "set", "retries", "3").code == 0
    assert b"\r" not in config.read_bytes()


def test_config_in_utf_16_is_refused_with_how_to_save_it(run: Cli) -> None:
    run.configure("")
    (run.config / "config.toml").write_bytes(CONFIG.encode("utf-16"))
    ran = run("profile", "list")
    path = run.config / "config.toml"
    assert ran == Ran(3, "", f"tickiti: {path}, line 1: it is not UTF-8 text.\n{SAVE}\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_token_file_is_decoded_by_its_byte_order_mark(run: Cli, encoding: str) -> None:
    marks = {"utf-16-le": b"\xff\xfe"}
    raw = marks.get(encoding, b"") + "7|tkt_abcdefghij\r\n".encode(encoding)
    path = run.folder / "token"
    path.touch(mode=0o600)
    path.write_bytes(raw)
    base = {"TICKITI_API_BASE": "http://127.0.0.1:9"}
    ran = run("auth", "status", "--token-file", "token", "--fields", "token_id", **base)
    assert ran == Ran(0, "7\n", "")
    command = {"TICKITI_TOKEN_COMMAND": "cat token"}
    assert run("auth", "status", "--fields", "token_id", **base, **command) == Ran(0, "7\n", "")


def test_non_text_on_standard_input_is_refused_as_a_token(run: Cli) -> None:
    for raw in (b"\xff\xfe\x00\xd8", b"\xe9\xff", b"\xef\xbb\xbf"):
        done = subprocess.run(
            run.command(("auth", "login", "--base-url", "https://a.example", "--token-stdin")),
            input=raw,
            capture_output=True,
            env=run.environ({}),
            cwd=run.folder,
            check=False,
        )
        assert done.returncode in (2, 3), done.stderr
        assert not (run.config / "config.toml").exists()


@pytest.mark.parametrize("pair", ["a=\udce9", "\udce9=a"])
def test_flag_value_that_is_not_utf_8_is_named(run: Cli, pair: str) -> None:
    ran = run("idempotency", "derive", "b=1", pair)
    shown = pair.replace("\udce9", "\\udce9")
    told = f"tickiti: '{shown}' is not UTF-8 text.\nCheck the terminal's encoding.\n"
    assert ran == Ran(2, "", told)
