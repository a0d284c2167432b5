"""A new token whose reply was lost is reported, found again by the same command, and never left
alive."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.faults.impostors import ANSWERS, Impostor, Step
from tests.support.foreign import Foreign, hang_up, reply
from tests.support.minted import works
from tests.support.waiting import wait_until

LOST = Step(reaches=True, answer=None)
"""The server has made the token, and its reply never came."""

AWAY = Step(reaches=False, answer=None)
BARE = Step(reaches=True, answer=ANSWERS["object of nothing 200"])


class Cut(Impostor):
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
    with Cut(served.base_url) as impostor:
        (local.config / "config.toml").write_text(
            f'default_profile = "local"\n[profiles.local]\nbase_url = "{impostor.base_url}"\n'
        )
        (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{old["token"]}"\n')
        yield local, impostor, old


def rotate(run: Cli, *flags: str) -> Ran:
    where = ("--install", "profile:local", "--install", "file:made")
    return run("token", "rotate", *flags, *where, "--retries", "0", "--json")


def error_of(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.stderr.splitlines()[-1])["error"]
    return found


@pytest.mark.parametrize("overlap", ["24h", "0s"])
@pytest.mark.parametrize("lost", [LOST, BARE])
def test_rotation_with_a_lost_reply_is_undone_at_once(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, overlap: str, lost: Step
) -> None:
    run, impostor, old = cut
    impostor.steps = [lost]
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
def test_same_command_finds_the_lost_token_and_finishes(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, way: str, overlap: str
) -> None:
    run, impostor, old = cut
    row = admin.ask("tokens/mint", {"name": f"portal {time.time_ns()}", "abilities": ["mail:read"]})
    row = old if way == "--self" else row
    command = {"--self": "--self", "ID": str(row["id"]), "NAME": row["name"]}[way]
    impostor.steps = [LOST, AWAY, AWAY]
    ran = rotate(run, command, "--overlap", overlap)
    error = error_of(ran)
    assert (ran.code, error["outcome"]) == (11, "unknown")
    assert f"token {row['id']} expires at 2" in error["hint"]
    assert "Run the same command" in error["hint"]
    assert sorted(admin.family(row["family"]).values()) == ["active", "overlap"]
    impostor.steps = []
    done = rotate(run, command, "--overlap", overlap)
    assert done.code == 0, done.stderr
    new = json.loads(done.stdout)["id"]
    statuses = admin.family(row["family"])
    assert statuses.pop(new) == "active"
    assert statuses.pop(row["id"]) == ("overlap" if overlap == "24h" else "expired")
    assert [*statuses.values()] == ["revoked"]
    assert works(run, (run.folder / "made").read_text().strip())


def test_lost_token_of_a_dead_token_is_rotated_and_revoked(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, impostor, _ = cut
    row = admin.ask("tokens/mint", {"name": "dead soon", "abilities": ["mail:read"]})
    impostor.steps = [LOST, AWAY, AWAY]
    assert rotate(run, str(row["id"]), "--overlap", "1s").code == 11
    wait_until(lambda: admin.family(row["family"])[row["id"]] == "expired")
    impostor.steps = []
    done = rotate(run, "dead soon")
    assert done.code == 0, done.stderr
    statuses = admin.family(row["family"])
    assert statuses.pop(json.loads(done.stdout)["id"]) == "active"
    assert sorted(statuses.values()) == ["expired", "revoked"]


def test_token_ended_by_its_lost_rotation_names_the_cause(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, impostor, old = cut
    impostor.steps = [LOST, AWAY, AWAY]
    assert rotate(run, "--self", "--overlap", "1s").code == 11
    wait_until(lambda: admin.family(old["family"])[old["id"]] == "expired")
    impostor.steps = []
    ran = run("token", "rotate", "--self")
    assert ran.code == 4
    assert ran.stderr.startswith(f"A rotation of token {old['id']} was started at ")


def test_successor_in_use_is_not_taken_for_the_lost_one(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, impostor, _ = cut
    row = admin.ask("tokens/mint", {"name": "handed on", "abilities": ["mail:read"]})
    impostor.steps = [Step(reaches=False, answer=None), AWAY, AWAY]
    assert rotate(run, str(row["id"])).code == 11
    impostor.steps = []
    theirs = admin.ask("tokens/rotate", {"id": row["id"], "overlap_seconds": 3600})
    assert works(run, theirs["token"])
    assert rotate(run, "handed on").code == 0
    assert admin.family(row["family"])[theirs["id"]] == "overlap"


MINT = ("token", "mint", "--preset", "filer", "--retries", "0", "--json")


@pytest.mark.parametrize("lost", [LOST, BARE, Step(reaches=True, answer=ANSWERS["page 502"])])
def test_minting_again_revokes_the_lost_token(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin, lost: Step
) -> None:
    run, impostor, _ = cut
    name = f"reports {time.time_ns()}"
    kept = admin.ask("tokens/mint", {"name": name, "abilities": ["mail:read"]})
    impostor.steps = [lost]
    ran = run(*MINT, "--name", name, "--out", "made")
    error = error_of(ran)
    assert (ran.code in (7, 10, 11), error["outcome"]) == (True, "unknown")
    assert f"there is a token '{name}' that nobody has" in error["hint"]
    assert run(*MINT, "--name", "another").code == 0
    done = run(*MINT, "--name", name, "--out", "made")
    assert done.code == 0, done.stderr
    rows = [row for row in admin.ask("tokens", {})["tokens"] if row["name"] == name]
    found = {row["id"]: row["status"] for row in rows}
    assert found.pop(kept["id"]) == found.pop(json.loads(done.stdout)["id"]) == "active"
    assert [*found.values()] == ["revoked"]
    again = run(*MINT, "--name", name)
    assert (again.code, json.loads(again.stdout)["status"]) == (0, "active")


def held_back(impostor: Cut, arrived: threading.Event, go: threading.Event) -> None:
    """The first new token is made at once; its reply comes when `go` is set."""
    forward = impostor.forward

    def slow(request: bytes) -> bytes:
        answer = forward(request)
        is_first = b"/tokens/mint " in request[:200] and not arrived.is_set()
        if is_first:
            arrived.set()
            go.wait(30)
        return answer

    impostor.forward = slow  # type: ignore[method-assign]


def test_token_of_a_run_that_goes_on_is_not_taken_for_a_lost_one(
    cut: tuple[Cli, Cut, dict[str, Any]], admin: Admin
) -> None:
    run, impostor, _ = cut
    name, arrived, go = f"twice {time.time_ns()}", threading.Event(), threading.Event()
    held_back(impostor, arrived, go)
    first = run.start(*MINT, "--name", name)
    assert arrived.wait(30)
    second = run.start(*MINT, "--name", name)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2)
    go.set()
    for process in (first, second):
        process.communicate(timeout=30)
        assert process.returncode == 0
    rows = [row for row in admin.ask("tokens", {})["tokens"] if row["name"] == name]
    assert [row["status"] for row in rows] == ["active", "active"]


def test_refused_mint_leaves_no_note(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": False, "error": "No."}, status=422))
    assert remote(*MINT, "--name", "x").code == 7
    assert not list(remote.config.glob("journal/*"))


@pytest.mark.parametrize("text", ["", "[]", '{"begun_at": "yesterday"}'])
def test_unreadable_mint_note_stops_no_command(remote: Cli, foreign: Foreign, text: str) -> None:
    foreign.answers(hang_up)
    assert remote(*MINT, "--name", "x").code == 11
    (note,) = remote.config.glob("journal/*.token.json")
    note.write_text(text)
    row = {"id": 9, "name": "x", "token": "9|tkt_x", "expires_at": None}
    foreign.answers(reply({"ok": True, "data": row}))
    assert remote(*MINT, "--name", "x").code == 0
