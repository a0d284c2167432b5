"""Concurrent changes of the user's files: every one of them is there in the end."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.cli import Cli, Served
from tickiti_cli.credentials.credentials_file import Credentials
from tickiti_cli.credentials.token_store import TokenStore
from tickiti_cli.errors import LockedOut
from tickiti_cli.files.lock import folder_locked

ROUNDS = int(os.environ.get("TICKITI_TEST_LOGINS", "10"))
AT_ONCE = 16


def config_of(run: Cli) -> dict[str, object]:
    return tomllib.loads((run.config / "config.toml").read_text())


def all_succeed(run: Cli, commands: Sequence[Sequence[str]]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for ran in pool.map(lambda words: run(*words), commands):
            assert ran.code == 0, ran


def test_concurrent_logins_and_settings_keep_every_profile(local: Cli, served: Served) -> None:
    token = local.folder / "token"
    known = tomllib.loads((local.config / "credentials.toml").read_text())
    token.touch(mode=0o600)
    token.write_text(known["local"]["token"])
    base = ("--base-url", served.base_url, "--from-file", str(token))
    commands: list[tuple[str, ...]] = []
    for at in range(ROUNDS):
        commands.append(("auth", "login", "-p", f"q{at}", *base))
        commands.append(("profile", "use", "local"))
        commands.append(("config", "set", "retries", str(at)))
    all_succeed(local, commands)
    names = {"local", *(f"q{at}" for at in range(ROUNDS))}
    assert set(config_of(local)["profiles"]) == names  # type: ignore[call-overload]
    stored = tomllib.loads((local.config / "credentials.toml").read_text())
    assert set(stored) == names


def test_concurrent_renames_and_removals_lose_no_other_profile(run: Cli) -> None:
    tables = "".join(
        f'[profiles.p{at}]\nbase_url = "https://p{at}.example"\n' for at in range(2 * ROUNDS)
    )
    run.configure(tables)
    renames = [("profile", "rename", f"p{at}", f"n{at}") for at in range(ROUNDS // 2)]
    removals = [("profile", "remove", f"p{at}", "--yes") for at in range(ROUNDS // 2, ROUNDS)]
    addresses = [
        ("config", "set", f"profiles.a{at}.base_url", f"https://a{at}.example")
        for at in range(ROUNDS // 2)
    ]
    all_succeed(
        run, [words for row in zip(renames, removals, addresses, strict=True) for words in row]
    )
    expected = {f"p{at}" for at in range(ROUNDS, 2 * ROUNDS)}
    expected |= {f"{letter}{at}" for letter in "na" for at in range(ROUNDS // 2)}
    assert set(config_of(run)["profiles"]) == expected  # type: ignore[call-overload]


def test_concurrent_unsets_of_settings_each_take_effect(run: Cli) -> None:
    run.configure("[defaults]\ntimeout = 1\nretries = 1\nmax_time = 1\ncolor = 'never'\n")
    names = ("timeout", "retries", "max_time", "color")
    all_succeed(run, [("config", "set", name, "--unset") for name in names])
    assert config_of(run)["defaults"] == {}


def test_config_folders_linked_to_one_file_keep_all_changes(run: Cli) -> None:
    run.configure("")
    other = Cli(run.home / "other")
    other.config.mkdir(parents=True)
    (other.config / "config.toml").symlink_to(run.config / "config.toml")
    words = [("config", "set", f"profiles.a{at}.base_url", "https://a.example") for at in range(16)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ran = pool.map(lambda at: (run, other)[at % 2](*words[at]), range(16))
        assert {one.code for one in ran} == {0}
    assert len(config_of(run)["profiles"]) == 16  # type: ignore[arg-type]
    assert (other.config / "config.toml").is_symlink()


def test_expiry_note_keeps_a_token_rotated_meanwhile(tmp_path: Path) -> None:
    """Read, rotated by another process, written back: the old token would return."""
    credentials = Credentials(tmp_path / "credentials.toml")
    store = TokenStore("a", credentials)
    credentials.store("a", {"token": "1|old", "token_id": 1})
    found, changed = Credentials.find, []

    def rotated_after_reading(self: Credentials, profile: str) -> object:
        known = found(self, profile)
        if not changed:
            changed.append(True)
            self.store("a", {"token": "2|new", "token_id": 2, "previous": "1|old"})
        return known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Credentials, "find", rotated_after_reading)
        store.note_end("2027-01-01T00:00:00+00:00")
    assert credentials.find("a")["token"] == "2|new"
    store.forget_previous("1|old")
    assert credentials.find("a")["previous"] == "1|old"
    store.forget_previous("2|new")
    assert "previous" not in credentials.find("a")


def test_lock_held_for_too_long_is_exit_14(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickiti_cli.files.lock.LOCK_SECONDS", 0.1)
    path = tmp_path / "config.toml"
    held = subprocess.Popen(["flock", str(tmp_path), "cat"], stdin=subprocess.PIPE)
    try:
        while subprocess.run(["flock", "-n", str(tmp_path), "true"], check=False).returncode == 0:
            pass
        with pytest.raises(LockedOut, match=str(path)), folder_locked(path):
            pass
    finally:
        held.communicate()
    with folder_locked(path), folder_locked(path):
        assert shutil.which("flock")
