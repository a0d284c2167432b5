"""Tokens in a keyring: a working backend, a hanging one, a failing one, and none.

A backend is a module of the test's own, named by keyring's own variable; it keeps its entries in a
file, so that a test can look at them.
"""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran
from tests.support.foreign import Foreign, reply
from tests.support.logins import LOGIN, URL, stored
from tickiti_cli.credentials import credentials_file, keyring
from tickiti_cli.credentials.credentials_file import Credentials
from tickiti_cli.credentials.token_store import TokenStore
from tickiti_cli.errors import ConfigProblem

BACKENDS = """
import json, os, time
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

PATH = os.path.join(os.environ["HOME"], "ring.json")


class Good(KeyringBackend):
    priority = 1

    def _all(self):
        try:
            with open(PATH) as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def _save(self, entries):
        with open(PATH, "w") as file:
            json.dump(entries, file)

    def get_password(self, service, username):
        return self._all().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        self._save({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service, username):
        entries = self._all()
        del entries[f"{service}/{username}"]
        self._save(entries)


class Hanging(Good):
    def get_password(self, service, username):
        time.sleep(600)

    set_password = delete_password = get_password


class Locked(Good):
    def get_password(self, service, username):
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service, username, password):
        raise KeyringLocked("Failed to unlock the collection!")


class Forgetful(Good):
    def set_password(self, service, username, password):
        pass


class LockedMeanwhile(Good):
    def set_password(self, service, username, password):
        if username.endswith("(previous)"):
            super().set_password(service, username, password)
        else:
            raise KeyringLocked("Failed to unlock the collection!")
"""

OTHERWISE = "keep the token in a file instead: tickiti auth login --store file"
TIME_OUT = (
    "tickiti: The keyring did not answer within 3 seconds; it may be locked.\n"
    f"Unlock it, or {OTHERWISE}\n"
)
FAILURES = {
    "Hanging": TIME_OUT,
    "Locked": (
        f"tickiti: Keyring error: Failed to unlock the collection!.\nUnlock it, or {OTHERWISE}\n"
    ),
    "absent": (
        "tickiti: This installation of tickiti cannot use a keyring.\n"
        f"Install it with: pip install 'tickiti[keyring]'; or {OTHERWISE}\n"
    ),
}


class Ringed:
    """The command line with a keyring of that kind."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.backends = cli.home / "backends"
        self.backends.mkdir(parents=True)
        (self.backends / "rings.py").write_text(BACKENDS)
        missing = cli.home / "missing"
        missing.mkdir()
        (missing / "keyring.py").write_text("raise ImportError")

    def __call__(self, *arguments: str, kind: str = "Good", stdin: str = "") -> Ran:
        if kind == "absent":
            path, backend = self.cli.home / "missing", {}
        else:
            path, backend = self.backends, {"PYTHON_KEYRING_BACKEND": f"rings.{kind}"}
        return self.cli(*arguments, stdin=stdin, PYTHONPATH=str(path), **backend)

    @property
    def entries(self) -> dict[str, str]:
        path = self.cli.home / "ring.json"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found


@pytest.fixture
def ringed(run: Cli) -> Ringed:
    return Ringed(run)


KEEP = (*LOGIN, "-p", "prod", "--store", "keyring", "--token-stdin")


def test_token_in_the_keyring_is_in_no_file(ringed: Ringed) -> None:
    assert ringed(*KEEP, stdin="14|secret\n") == Ran(0, "prod\n", "")
    assert ringed.entries == {"tickiti/prod": "14|secret"}
    assert stored(ringed.cli) == "[prod]\ntoken_id = 14\n"
    assert (ringed.cli.config / "config.toml").read_text() == (
        f'default_profile = "prod"\n\n[profiles.prod]\nbase_url = "{URL}"\nsecret = "keyring"\n'
    )
    assert ringed("auth", "status") == Ran(0, f"prod\t{URL}\t14\tprofile 'prod'\n", "")
    assert ringed("profile", "list", kind="absent").stdout == f"prod\t{URL}\ttrue\ttrue\n"


def test_request_is_sent_with_the_token_of_the_keyring(ringed: Ringed, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    ringed(*KEEP, "--base-url", foreign.base_url, stdin="14|secret")
    assert ringed("ticket", "list") == Ran(0, "", "")
    assert foreign.asked[0].headers["authorization"] == "Bearer 14|secret"


def test_a_second_login_keeps_the_store_and_another_store_moves_the_token(ringed: Ringed) -> None:
    ringed(*KEEP, stdin="14|secret")
    again = ("auth", "login", "--no-verify", "-p", "prod", "--token-stdin")
    assert ringed(*again, stdin="15|next") == Ran(0, "prod\n", "")
    assert ringed.entries == {"tickiti/prod": "15|next"}
    assert ringed(*again, "--store", "file", stdin="16|filed").code == 0
    assert ringed.entries == {}
    assert stored(ringed.cli) == '[prod]\ntoken = "16|filed"\ntoken_id = 16\n'
    assert ringed(*KEEP, stdin="17|back").code == 0
    assert stored(ringed.cli) == "[prod]\ntoken_id = 17\n"
    assert ringed(*again[:-1], "--token-command", "echo '18|run'").code == 0
    assert (ringed.entries, stored(ringed.cli)) == ({}, "")
    assert ringed("auth", "status").stdout == f"prod\t{URL}\t18\tprofile 'prod'\n"


def test_a_renamed_profile_keeps_its_entry_and_a_removed_one_leaves_none(ringed: Ringed) -> None:
    ringed(*KEEP, stdin="14|secret")
    assert ringed("profile", "rename", "prod", "shop") == Ran(0, "shop\n", "")
    assert ringed.entries == {"tickiti/shop": "14|secret"}
    assert stored(ringed.cli) == "[shop]\ntoken_id = 14\n"
    assert ringed("auth", "status").stdout == f"shop\t{URL}\t14\tprofile 'shop'\n"
    elsewhere = ("config", "set", "profiles.shop.base_url", "https://other.example")
    assert ringed(*elsewhere).code == 2
    assert ringed("profile", "remove", "shop", "--yes") == Ran(0, "shop\n", "")
    assert (ringed.entries, stored(ringed.cli)) == ({}, "")


def test_a_logout_empties_the_keyring(ringed: Ringed) -> None:
    ringed(*KEEP, stdin="14|secret")
    assert ringed("auth", "logout", "--yes") == Ran(0, "prod\n", "")
    assert (ringed.entries, stored(ringed.cli)) == ({}, "")
    assert ringed("auth", "status").code == 4
    assert ringed("auth", "logout", "--yes") == Ran(
        3, "", "tickiti: Profile 'prod' has no stored token.\n"
    )


@pytest.mark.parametrize("kind", FAILURES)
def test_logout_refused_by_the_keyring_changes_nothing(ringed: Ringed, kind: str) -> None:
    ringed(*KEEP, stdin="14|secret")
    before = stored(ringed.cli)
    assert ringed("auth", "logout", "--yes", kind=kind) == Ran(3, "", FAILURES[kind])
    assert (ringed.entries, stored(ringed.cli)) == ({"tickiti/prod": "14|secret"}, before)


def test_logout_refused_by_the_file_leaves_the_keyring_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    credentials = Credentials(tmp_path / "credentials.toml")
    credentials.store("prod", {"token_id": 14})
    monkeypatch.setattr(keyring, "remove", removed.append)

    def refuse(*_: object) -> None:
        raise ConfigProblem("read-only")

    monkeypatch.setattr(credentials_file, "write_private", refuse)
    with pytest.raises(ConfigProblem, match="read-only"):
        TokenStore("prod", credentials, is_keyring=True).forget()
    assert removed == []


@pytest.mark.parametrize("kind", FAILURES)
def test_failing_keyring_is_named_and_nothing_is_sent(
    ringed: Ringed, foreign: Foreign, kind: str
) -> None:
    ringed(*KEEP, "--base-url", foreign.base_url, stdin="14|secret")
    began = time.monotonic()
    assert ringed("ticket", "list", kind=kind) == Ran(3, "", FAILURES[kind])
    assert time.monotonic() - began < 20
    assert foreign.asked == []


@pytest.mark.parametrize("kind", ["Locked", "absent"])
def test_token_refused_by_the_keyring_is_stored_nowhere_else(ringed: Ringed, kind: str) -> None:
    assert ringed(*KEEP, kind=kind, stdin="14|secret") == Ran(3, "", FAILURES[kind])
    assert not ringed.cli.config.exists()
    assert ringed.entries == {}


def test_keyring_that_stores_nothing_is_detected(ringed: Ringed) -> None:
    told = f"tickiti: The keyring did not store the token.\nTo continue, {OTHERWISE}\n"
    assert ringed(*KEEP, kind="Forgetful", stdin="14|secret") == Ran(3, "", told)
    assert not (ringed.cli.config / "config.toml").exists()


def test_login_can_leave_a_hanging_keyring(ringed: Ringed) -> None:
    ringed(*KEEP, stdin="14|secret")
    again = ("auth", "login", "--no-verify", "-p", "prod", "--store", "file", "--token-stdin")
    assert ringed(*again, kind="Hanging", stdin="15|filed") == Ran(0, "prod\n", "")
    assert stored(ringed.cli) == '[prod]\ntoken = "15|filed"\ntoken_id = 15\n'
    assert ringed("auth", "status", kind="absent").code == 0


@pytest.mark.parametrize(
    "flags", [("--store", "command"), ("--store", "keyring", "--token-command", "x")]
)
def test_store_command_and_token_command_require_each_other(
    run: Cli, flags: tuple[str, ...]
) -> None:
    sentence = "--store command requires --token-command CMD, and the reverse."
    assert run(*LOGIN, *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert not run.config.exists()


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (
            'secret = "vault"',
            "secret of profile 'a': 'vault' is not one of file, keyring, command.",
        ),
        (
            'secret = "keyring"\ntoken_command = "x"',
            "profile 'a' must have a token_command if its secret is 'command', and only then.",
        ),
        (
            'secret = "command"',
            "profile 'a' must have a token_command if its secret is 'command', and only then.",
        ),
    ],
)
def test_contradicting_token_settings_of_a_profile_are_refused(
    run: Cli, members: str, sentence: str
) -> None:
    run.configure(f'[profiles.a]\nbase_url = "https://a.example"\n{members}\n')
    path: Path = run.config / "config.toml"
    assert run("-p", "a", "auth", "status") == Ran(3, "", f"tickiti: {path}, line 3: {sentence}\n")


@pytest.fixture
def held(local: Cli, admin: Admin) -> tuple[Ringed, dict[str, Any]]:
    """A profile of the running server whose token is in the keyring."""
    row, ringed = admin.mint("manage-tokens"), Ringed(local)
    login = ("auth", "login", "-p", "local", "--store", "keyring", "--token-stdin")
    assert ringed(*login, stdin=row["token"]).code == 0
    return ringed, row


ROTATE = ("token", "rotate", "--self", "--install", "profile:local")


def test_a_rotation_stays_in_the_keyring(held: tuple[Ringed, dict[str, Any]]) -> None:
    ringed, old = held
    ran = ringed(*ROTATE, "--expires", "90d", "--json")
    new = json.loads(ran.stdout)
    assert (ran.code, ran.stderr) == (0, "")
    assert ringed.entries["tickiti/local (previous)"] == old["token"]
    assert ringed.entries["tickiti/local"].startswith(f"{new['id']}|")
    assert stored(ringed.cli) == (
        f'[local]\ntoken_id = {new["id"]}\nexpires_at = "{new["expires_at"]}"\n'
    )
    told = "Deleted the token from before the last rotation; revoke it if it is still valid.\n"
    assert ringed("auth", "status", "--check").stderr == told
    assert [*ringed.entries] == ["tickiti/local"]
    assert ringed("auth", "logout", "--yes").code == 0
    assert ringed.entries == {}


@pytest.mark.parametrize("before", [None, "4|earlier"])
def test_failed_rotation_restores_the_keyring(
    held: tuple[Ringed, dict[str, Any]], before: str | None
) -> None:
    ringed, _ = held
    entries = ringed.entries | ({"tickiti/local (previous)": before} if before else {})
    (ringed.cli.home / "ring.json").write_text(json.dumps(entries))
    file = stored(ringed.cli)
    ran = ringed(*ROTATE, "--install", f"file:{'n' * 250}")
    assert ran.code == 3
    assert (ringed.entries, stored(ringed.cli)) == (entries, file)
    assert ringed(*ROTATE, "--hook", "false").code == 13
    assert (ringed.entries, stored(ringed.cli)) == (entries, file)


class LateRing:
    """A keyring that takes its time for a write."""

    entry: str | None = "1|old"

    def get_password(self, _service: str, _entry: str) -> str | None:
        return self.entry

    def set_password(self, _service: str, _entry: str, secret: str) -> None:
        time.sleep(0.5)
        self.entry = secret


def test_write_that_was_given_up_overtakes_no_later_call(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = LateRing()
    monkeypatch.setattr(keyring, "_library", lambda: ring)
    monkeypatch.setattr(keyring, "ANSWER_SECONDS", 0.1)
    with pytest.raises(ConfigProblem, match="did not answer"):
        keyring.write("prod", "2|new")
    monkeypatch.setattr(keyring, "ANSWER_SECONDS", 60.0)
    assert keyring.read("prod") == "2|new"


def test_rotation_refused_by_the_keyring_leaves_the_old_token_in_force(
    held: tuple[Ringed, dict[str, Any]],
) -> None:
    ringed, old = held
    entries, file = ringed.entries, stored(ringed.cli)
    ran = ringed(*ROTATE, kind="LockedMeanwhile")
    assert (ran.code, "could not be restored" in ran.stderr) == (3, False)
    assert "; nothing was changed.\n" in ran.stderr
    assert (ringed.entries, stored(ringed.cli)) == (entries, file)
    rows = json.loads(ringed("token", "list", "--json").stdout)
    states = {row["id"]: row["status"] for row in rows if row["id"] >= old["id"]}
    assert states == {old["id"]: "active", old["id"] + 1: "revoked"}


def test_first_token_of_a_server_goes_to_the_profiles_store(run: Cli) -> None:
    ringed = Ringed(run)
    run.configure('[profiles.local]\nbase_url = "http://127.0.0.1:9"\nsecret = "keyring"\n')
    assert ringed("server", "start", "--detach", "--port", "0").code == 0
    assert ringed("token", "view", "--self", "--fields", "id").stdout == "1\n"
    assert ringed("server", "stop").code == 0
    assert ([*ringed.entries], stored(run)) == (["tickiti/local"], "[local]\ntoken_id = 1\n")
