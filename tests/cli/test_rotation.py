"""A rotation happens as a whole or not at all: verified, installed, hooked; else put back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.cli.foreign import Foreign, failure, reply
from tests.cli.test_token import minted, row_of, works

ROW = {
    "name": "portal", "abilities": ["create-ticket"], "family": 7, "created_at": "2026-11-01",
    "last_used_at": None, "expires_at": None, "overlap_until": None,
}  # fmt: skip


def rotate(run: Cli, token_id: int, *flags: str) -> Any:
    return run("token", "rotate", str(token_id), *flags, "--json")


def rotated_id(run: Cli, old: dict[str, Any]) -> int:
    """The newest of the old token's family."""
    rows = json.loads(run("token", "list", "--json").stdout)
    return max(int(row["id"]) for row in rows if row["family"] == old["family"])


def test_the_new_token_is_installed_everywhere_and_the_hook_sees_it(local: Cli) -> None:
    old = minted(local)
    place = local.folder / "portal.token"
    hook = f"cp {place} {local.folder}/seen"
    ran = rotate(local, old["id"], "--install", f"file:{place}", "--hook", hook)
    assert ran.code == 0
    new = json.loads(ran.stdout)
    assert "token" not in new
    assert place.read_text().startswith(f"{new['id']}|")
    assert (local.folder / "seen").read_text() == place.read_text()
    assert works(local, old["token"])
    assert works(local, place.read_text().strip())


def test_a_hook_that_fails_puts_everything_back(local: Cli) -> None:
    old = minted(local)
    kept, made = local.folder / "kept", local.folder / "made"
    kept.touch(mode=0o600)
    kept.write_text("what was there\n")
    ran = local(
        "token", "rotate", str(old["id"]), "--install", f"file:{kept}", "--install",
        f"file:{made}", "--hook", "exit 3",
    )  # fmt: skip
    new_id = rotated_id(local, old)
    assert (ran.code, ran.stdout) == (13, "")
    assert ran.stderr == (
        f"Token {new_id} is revoked again; nothing has changed.\n"
        "tickiti: The hook 'exit 3' ended with 3.\n"
    )
    assert (kept.read_text(), made.exists()) == ("what was there\n", False)
    assert row_of(local, new_id)["status"] == "revoked"
    assert (row_of(local, old["id"])["status"], works(local, old["token"])) == ("active", True)


def test_a_profile_gets_its_token_back(local: Cli) -> None:
    before = (local.config / "credentials.toml").read_text()
    own = json.loads(local("token", "view", "--self", "--json").stdout)
    ran = local("token", "rotate", "--self", "--install", "profile:local", "--hook", "false")
    assert ran.code == 13
    assert (local.config / "credentials.toml").read_text() == before
    assert json.loads(local("token", "view", "--self", "--json").stdout)["status"] == own["status"]


@pytest.mark.parametrize("refusal", [401, 500])
def test_a_token_that_cannot_be_verified_is_installed_nowhere(
    remote: Cli, foreign: Foreign, refusal: int
) -> None:
    place = remote.folder / "portal.token"
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    new = {"id": 8, "status": "active", "token": "8|new", **ROW}
    revoked = reply({"ok": True, "data": {"tokens": [{"id": 8, "status": "revoked", **ROW}]}})
    foreign.answers(
        listed, reply({"ok": True, "data": new}), failure(refusal, "unauthenticated"), revoked
    )
    ran = remote("token", "rotate", "7", "--install", f"file:{place}", "--retries", "0")
    assert (ran.code, place.exists()) == (4 if refusal == 401 else 10, False)
    assert ran.stderr.startswith("Token 8 is revoked again; nothing has changed.\n")
    asked = foreign.asked
    assert asked[2].headers["authorization"] == "Bearer 8|new"
    assert asked[3].headers["authorization"] == "Bearer 7|secret-of-far"
    assert json.loads(asked[3].body) == {"ids": [8], "reinstate": True}


def test_without_an_overlap_the_old_token_ends_when_the_new_one_is_in_its_place(
    local: Cli,
) -> None:
    old = minted(local)
    place = local.folder / "portal.token"
    ran = rotate(local, old["id"], "--overlap", "0", "--install", f"file:{place}")
    assert ran.code == 0
    assert not works(local, old["token"])
    assert works(local, place.read_text().strip())


def test_a_place_that_cannot_be_written_is_refused_before_a_token_exists(
    local: Cli, tmp_path: Path
) -> None:
    old = minted(local)
    ran = rotate(local, old["id"], "--install", f"file:{tmp_path}")
    assert ran.code == 2
    assert rotated_id(local, old) == old["id"]
