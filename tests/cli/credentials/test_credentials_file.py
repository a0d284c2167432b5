"""Secrets in files are private, and refused where others could have read the file."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.credentials.credentials_file import Credentials
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.private_file import MOST_BYTES, read_secret_file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620])
def test_credentials_readable_by_others_are_refused(
    remote: Cli, foreign: Foreign, mode: int
) -> None:
    path = remote.config / "credentials.toml"
    path.chmod(mode)
    assert remote("ticket", "list") == Ran(
        3,
        "",
        f"tickiti: {path} is readable by others (mode {mode:04o}).\n"
        f"Replace the token in it, then: chmod 600 {path}\n",
    )
    assert foreign.asked == []


def test_credentials_that_are_a_link_are_refused(remote: Cli, foreign: Foreign) -> None:
    path = remote.config / "credentials.toml"
    path.rename(remote.home / "elsewhere")
    path.symlink_to(remote.home / "elsewhere")
    assert remote("ticket", "list") == Ran(
        3, "", f"tickiti: {path} cannot be read: it is a symbolic link.\n"
    )
    assert foreign.asked == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_credentials_of_another_user_are_refused(remote: Cli, foreign: Foreign) -> None:
    path = remote.config / "credentials.toml"
    os.chown(path, 65534, 65534)
    assert remote("ticket", "list") == Ran(
        3, "", f"tickiti: {path} belongs to another user; its secrets are not used.\n"
    )
    assert foreign.asked == []


def test_broken_credentials_are_named_without_their_content(remote: Cli) -> None:
    path = remote.config / "credentials.toml"
    path.write_text('[far]\ntoken = "7|secret-of-far\n')
    ran = remote("ticket", "list")
    assert ran.code == 3
    assert ran.stderr.startswith(f"tickiti: {path} is not TOML: ")
    assert "secret" not in ran.stderr


def test_large_credentials_are_refused_and_not_cut(local: Cli) -> None:
    path = local.config / "credentials.toml"
    text = f"{path.read_text()}{'#' * MOST_BYTES}\n[other]\ntoken = '5|x'\n"
    path.write_text(text)
    ran = local("token", "rotate", "--self", "--install", "profile:local")
    assert ran == Ran(3, "", f"tickiti: {path} is larger than {MOST_BYTES} bytes.\n")
    assert path.read_text() == text


def test_credentials_that_are_a_pipe_are_refused_at_once(remote: Cli, foreign: Foreign) -> None:
    path = remote.config / "credentials.toml"
    path.unlink()
    os.mkfifo(path, 0o600)
    said = f"tickiti: {path} is a pipe: it must be a regular file.\n"
    assert remote("ticket", "list") == Ran(3, "", said)
    assert foreign.asked == []


@pytest.mark.parametrize("value", ["5", '["5|x"]', '{ x = "5|x" }'])
def test_a_token_that_is_no_text_is_named_and_never_sent(
    remote: Cli, foreign: Foreign, value: str
) -> None:
    path = remote.config / "credentials.toml"
    profile = remote.config.joinpath("config.toml").read_text().partition('"')[2].partition('"')[0]
    path.write_text(f"[{profile}]\ntoken = {value}\n")
    ran = remote("ticket", "list")
    told = f"tickiti: {path}: token of profile '{profile}' must be text.\n"
    assert ran == Ran(3, "", f"{told}Store it again: tickiti auth login -p {profile}\n")
    assert foreign.asked == []


def test_a_member_written_by_hand_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text('note = "of Anna"\n[prod]\ntoken = "1|a"\n')
    path.chmod(0o600)
    Credentials(path).store("other", {"token": "2|b"})
    Credentials(path).forget("prod")
    assert path.read_text() == 'note = "of Anna"\n\n[other]\ntoken = "2|b"\n'


def test_credentials_are_private_under_every_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Credentials(tmp_path / "new" / "credentials.toml").store("a", {"token": "1|x"})
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "new") == 0o700
    assert mode_of(tmp_path / "new" / "credentials.toml") == 0o600
    assert names_in(tmp_path / "new") == ["credentials.toml"]


def test_storing_one_profile_leaves_the_others(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "credentials.toml")
    credentials.store("a", {"token": "1|x"})
    credentials.store("b", {"token": "2|y"})
    credentials.store("a", {"token": "3|z"})
    assert (credentials.find("a"), credentials.find("b")) == ({"token": "3|z"}, {"token": "2|y"})
    assert credentials.forget("a")
    assert not credentials.forget("a")
    assert (credentials.find("a"), credentials.find("b")) == ({}, {"token": "2|y"})


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    write_private(path, "old")
    with pytest.raises(ConfigProblem) as raised:
        write_private(path, "new \ud800")
    assert str(raised.value) == f"{path} cannot be written: a value is not valid UTF-8."
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["credentials.toml"]


def test_secret_written_to_a_link_replaces_the_target(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    target.chmod(0o644)
    (tmp_path / "token").symlink_to(target)
    write_private(tmp_path / "token", "secret")
    assert (tmp_path / "token").is_symlink()
    assert target.read_text() == "secret"
    assert mode_of(target) == 0o600


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigProblem) as raised:
        write_private(tmp_path / "file" / "token", "secret")
    assert str(raised.value) == f"{tmp_path}/file/token cannot be written: Not a directory."


@pytest.mark.parametrize("text", ["", "\n", "two words", "two\nlines"])
def test_a_token_file_holds_one_token_and_nothing_else(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    write_private(path, text)
    with pytest.raises(ConfigProblem) as raised:
        read_secret_file(path)
    assert str(raised.value) == f"{path} must contain one token and nothing else."


def test_token_file_may_be_a_link_of_a_secret_store(tmp_path: Path) -> None:
    write_private(tmp_path / "data", "1|x\n")
    (tmp_path / "token").symlink_to(tmp_path / "data")
    assert read_secret_file(tmp_path / "token") == "1|x"


def test_token_file_may_be_a_pipe_of_a_shell(remote: Cli, foreign: Foreign) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"1|piped\n")
    os.close(writer)
    try:
        assert read_secret_file(Path(f"/dev/fd/{reader}")) == "1|piped"
    finally:
        os.close(reader)


def test_token_file_readable_by_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("1|x\n")
    path.chmod(0o644)
    with pytest.raises(ConfigProblem) as raised:
        read_secret_file(path)
    assert str(raised.value) == f"{path} is readable by others (mode 0644)."


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_killed_login_leaves_the_old_files_or_the_new_ones(
    remote: Cli, foreign: Foreign, call: str
) -> None:
    """It dies at its first such call, then at its second one, and so on until it comes through."""
    files = [remote.config / name for name in ("config.toml", "credentials.toml")]
    before = [path.read_text() for path in files]
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    login = ("auth", "login", "-p", "new", "--base-url", foreign.base_url, "--token-stdin")
    login = (*login, "--no-verify")
    killed = 0
    while _killed(remote, login, call, killed + 1):
        killed += 1
        for path, old, table in zip(files, before, ("[profiles.new]", "[new]"), strict=True):
            text = path.read_text()
            assert text == old or (text.startswith(old.strip()) and table in text)
            path.write_text(old)
        assert mode_of(files[1]) == 0o600
    assert killed >= 2
    assert remote("ticket", "list", "-p", "new") == Ran(0, "", "")
    assert foreign.asked[-1].headers["authorization"] == "Bearer 8|new-secret"


def _killed(run: Cli, words: tuple[str, ...], call: str, which: int) -> bool:
    """Whether it was, before a call of that name was carried out."""
    trace = ("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={which}")
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", *trace, *run.command(words)],
        input=b"8|new-secret\n", env=run.environ({}), cwd=run.folder, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0
