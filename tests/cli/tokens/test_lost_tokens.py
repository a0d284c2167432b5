"""A new token whose reply was lost: said, found again by the same command, and never left alive."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Admin, Cli, Ran, Served
from tests.cli.foreign import Foreign, hang_up, reply
from tests.cli.test_token import works
from tests.faults.strangers import ANSWERS, Step, Stranger

LOST = Step(reaches=True, answer=None)
"""The server has made the token, and its reply never came."""

AWAY = Step(reaches=False, answer=None)
BARE = Step(reaches=True, answer=ANSWERS["object of nothing 200"])


class Cut(Stranger):
    """Does what `steps` say from the first request for a new token on."""

    def _treat(self, client: socket.socket, request: bytes) -> None:
        self.begun = getattr(self, "begun", False) or b"/tokens/rotate " in request[:200]
        self.begun |= b"/tokens/mint " in request[:200]
        if self.begun:
            super()._treat(client, request)
        else:
            client.sendall(self.forward(request))


@pytest.fixture
def cut(local: Cli, served: Served, admin: Admin) -> Iterator[tuple[Cli, Cut, dict[str, Any]]]:
    """A profile with a token of its own that manages tokens, and what stands before its server."""
    old = admin.mint("manage-tokens", "create-ticket")
    with Cut(served.base_url) as stranger:
        (local.config / "config.toml").write_text(
            f'default_profile = "local"\n[profiles.local]\nbase_url = "{stranger.base_url}"\n'
        )
        (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{old["token"]}"\n')
        yield local, stranger, old


def rotate(run: Cli, *flags: str) -> Ran:
    where = ("--install", "profile:local", "--install", "file:made")
    return run("token", "rotate", *flags, *where, "--retries", "0", "--json")


def error_of(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.stderr.splitlines()[-1])["error"]
    return found


@pytest.mark.parametrize("overlap", ["24h", "0s"])
@pytest.mark.parametrize("lost", [LOST, BARE])
def test_a_rotation_whose_reply_is_lost_is_taken_back_at_once(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, overlap: str, lost: Step
) -> None:
    run, stranger, old = cut
    stranger.steps = [lost]
    ran = rotate(run, "--self", "--overlap", overlap)
    assert ran.code in (7, 11)
    assert error_of(ran)["outcome"] == "not_applied"
    statuses = admin.family(old["family"])
    assert (statuses.pop(old["id"]), [*statuses.values()]) == ("active", ["revoked"])
    assert not (run.folder / "made").exists()
    assert not list(run.config.glob("journal/*.token.json"))
    assert rotate(run, "--self", "--overlap", overlap).code == 0


@pytest.mark.parametrize("way", ["--self", "ID", "NAME"])
@pytest.mark.parametrize("overlap", ["24h", "0s"])
def test_the_same_command_finds_what_was_lost_and_finishes(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, way: str, overlap: str
) -> None:
    run, stranger, old = cut
    row = admin.ask("tokens/mint", {"name": f"portal {time.time_ns()}", "abilities": ["mail:read"]})
    row = old if way == "--self" else row
    command = {"--self": "--self", "ID": str(row["id"]), "NAME": row["name"]}[way]
    stranger.steps = [LOST, AWAY, AWAY]
    ran = rotate(run, command, "--overlap", overlap)
    error = error_of(ran)
    assert (ran.code, error["outcome"]) == (11, "unknown")
    assert f"token {row['id']} ends at 2" in error["hint"]
    assert "Run the same command again" in error["hint"]
    assert sorted(admin.family(row["family"]).values()) == ["active", "overlap"]
    stranger.steps = []
    done = rotate(run, command, "--overlap", overlap)
    assert done.code == 0, done.stderr
    new = json.loads(done.stdout)["id"]
    statuses = admin.family(row["family"])
    assert statuses.pop(new) == "active"
    assert statuses.pop(row["id"]) == ("overlap" if overlap == "24h" else "expired")
    assert [*statuses.values()] == ["revoked"]
    assert works(run, (run.folder / "made").read_text().strip())


def test_where_the_old_token_is_dead_the_lost_one_is_rotated_and_revoked(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, stranger, _ = cut
    row = admin.ask("tokens/mint", {"name": "dead soon", "abilities": ["mail:read"]})
    stranger.steps = [LOST, AWAY, AWAY]
    assert rotate(run, str(row["id"]), "--overlap", "1s").code == 11
    while admin.family(row["family"])[row["id"]] != "expired":
        time.sleep(0.1)
    stranger.steps = []
    done = rotate(run, "dead soon")
    assert done.code == 0, done.stderr
    statuses = admin.family(row["family"])
    assert statuses.pop(json.loads(done.stdout)["id"]) == "active"
    assert sorted(statuses.values()) == ["expired", "revoked"]


def test_a_token_that_its_own_lost_rotation_ended_says_so(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, stranger, old = cut
    stranger.steps = [LOST, AWAY, AWAY]
    assert rotate(run, "--self", "--overlap", "1s").code == 11
    while admin.family(old["family"])[old["id"]] != "expired":
        time.sleep(0.1)
    stranger.steps = []
    ran = run("token", "rotate", "--self")
    assert ran.code == 4
    assert ran.stderr.startswith(f"A rotation of token {old['id']} was begun at ")


def test_a_successor_that_somebody_uses_is_not_taken_for_the_lost_one(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, stranger, _ = cut
    row = admin.ask("tokens/mint", {"name": "handed on", "abilities": ["mail:read"]})
    stranger.steps = [Step(reaches=False, answer=None), AWAY, AWAY]
    assert rotate(run, str(row["id"])).code == 11
    stranger.steps = []
    theirs = admin.ask("tokens/rotate", {"id": row["id"], "overlap_seconds": 3600})
    assert works(run, theirs["token"])
    assert rotate(run, "handed on").code == 0
    assert admin.family(row["family"])[theirs["id"]] == "overlap"


MINT = ("token", "mint", "--preset", "filer", "--retries", "0", "--json")


@pytest.mark.parametrize("lost", [LOST, BARE, Step(reaches=True, answer=ANSWERS["page 502"])])
def test_minting_again_revokes_the_token_that_nobody_got(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, lost: Step
) -> None:
    run, stranger, _ = cut
    name = f"reports {time.time_ns()}"
    kept = admin.ask("tokens/mint", {"name": name, "abilities": ["mail:read"]})
    stranger.steps = [lost]
    ran = run(*MINT, "--name", name, "--out", "made")
    error = error_of(ran)
    assert (ran.code in (7, 10, 11), error["outcome"]) == (True, "unknown")
    assert f"a token '{name}' works that nobody has" in error["hint"]
    assert run(*MINT, "--name", "another").code == 0
    done = run(*MINT, "--name", name, "--out", "made")
    assert done.code == 0, done.stderr
    rows = [row for row in admin.ask("tokens", {})["tokens"] if row["name"] == name]
    found = {row["id"]: row["status"] for row in rows}
    assert found.pop(kept["id"]) == found.pop(json.loads(done.stdout)["id"]) == "active"
    assert [*found.values()] == ["revoked"]
    again = run(*MINT, "--name", name)
    assert (again.code, json.loads(again.stdout)["status"]) == (0, "active")


def test_what_was_refused_leaves_no_note(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": False, "error": "No."}, status=422))
    assert remote(*MINT, "--name", "x").code == 7
    assert not list(remote.config.glob("journal/*"))


@pytest.mark.parametrize("text", ["", "[]", '{"begun_at": "yesterday"}'])
def test_a_note_that_cannot_be_read_stops_nothing(remote: Cli, foreign: Foreign, text: str) -> None:
    foreign.answers(hang_up)
    assert remote(*MINT, "--name", "x").code == 11
    (note,) = remote.config.glob("journal/*.token.json")
    note.write_text(text)
    row = {"id": 9, "name": "x", "token": "9|tkt_x", "expires_at": None}
    foreign.answers(reply({"ok": True, "data": row}))
    assert remote(*MINT, "--name", "x").code == 0
