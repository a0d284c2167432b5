"""A new profile has a name that can be typed, and is neither a flag nor a path."""

import pytest

from tests.support.cli import Cli, Ran

NO_NAME = (
    "cannot be the name of a profile: it must not be empty, begin with - or ., or contain / or a "
    "control character."
)
BAD_NAMES = ["", " ", "bad\nname", "../../x", "a/b", "-x", ".x", "a\x7f"]
CREATING = [
    ("auth", "login", "--base-url", "http://127.0.0.1:1", "--no-verify", "--token-stdin"),
    ("init", "--bundled", "--no-ticket"), ("init", "--base-url", "http://127.0.0.1:1"),
    ("server", "start", "--memory", "--detach", "--port", "0"),
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("words", CREATING)
def test_a_profile_is_not_created_under_an_invalid_name(
    run: Cli, words: tuple[str, ...], name: str
) -> None:
    ran = run(*words, f"--profile={name}", stdin="1|x")
    assert (ran.code, ran.stdout) == (2, "")
    assert not (run.config / "config.toml").exists()


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_profile_is_not_renamed_to_an_invalid_name(run: Cli, name: str) -> None:
    run.configure('[profiles.a]\nbase_url = "http://127.0.0.1:1"\n')
    before = (run.config / "config.toml").read_text()
    ran = run("profile", "rename", "--", "a", name)
    assert (ran.code, ran.stdout, NO_NAME in ran.stderr) == (2, "", True)
    assert (run.config / "config.toml").read_text() == before


def test_a_profile_of_an_older_version_keeps_its_name(run: Cli) -> None:
    run.configure('[profiles."a/b"]\nbase_url = "http://127.0.0.1:1"\n')
    login = ("auth", "login", "-p", "a/b", "--no-verify", "--token-stdin")
    assert run(*login, stdin="1|x").code == 0
    assert run("config", "set", "profiles.a/b.insecure", "true").code == 0
    assert run("auth", "token", "-p", "a/b").stdout == "1|x\n"
    assert run("profile", "rename", "a/b", "ab").code == 0


def test_a_setting_creates_no_profile_with_an_invalid_name(run: Cli) -> None:
    ran = run("config", "set", "profiles..x.base_url", "https://a.example")
    assert ran == Ran(2, "", f"tickiti: '.x' {NO_NAME}\n")
    assert not (run.config / "config.toml").exists()
