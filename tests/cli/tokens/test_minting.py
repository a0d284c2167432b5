"""A token is minted into all of its destinations or none; a failure restores them and revokes the
token."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran
from tests.support.files import state_of
from tests.support.foreign import Answer, Foreign, failure, hang_up, reply
from tests.support.minted import without_end
from tests.support.waiting import wait_until

MINT = ("token", "mint", "--name", "portal", "--preset", "filer")
TOO_LONG = "n" * 250
"""A good name, and its folder can be written to; but none is left for the temporary file."""

CANNOT = f"{TOO_LONG} cannot be written: File name too long."
PLACES = ("file:kept", "profile:other", "file:linked", "file:made")


def furnish(run: Cli) -> dict[str, object]:
    """A second profile with a token, a file and a link to one; what there is then."""
    with (run.config / "config.toml").open("a") as config:
        config.write('[profiles.other]\nbase_url = "https://other.example"\n')
    with (run.config / "credentials.toml").open("a") as credentials:
        credentials.write('# by hand\n[other]\ntoken = "5|x"\n')
    (run.folder / "kept").write_bytes(b"\xff no text\r\n")
    (run.folder / "kept").chmod(0o640)
    (run.folder / "target").write_text("of the link\n")
    (run.folder / "linked").symlink_to("target")
    return state_of(run.home)


def installs(*places: str) -> list[str]:
    return [word for place in places for word in ("--install", place)]


def newest(admin: Admin) -> tuple[int, str]:
    """The id and the status of the token that was minted last."""
    rows: list[dict[str, Any]] = admin.ask("tokens", {})["tokens"]
    row = max(rows, key=lambda row: row["id"])
    return row["id"], row["status"]


@pytest.mark.parametrize("position", [0, 2, len(PLACES)])
def test_failed_destination_restores_all_and_revokes_the_token(
    local: Cli, admin: Admin, position: int
) -> None:
    before = furnish(local)
    places = [*PLACES[:position], f"file:{TOO_LONG}", *PLACES[position:]]
    ran = local(*MINT, *installs(*places))
    token_id, status = newest(admin)
    told = f"Revoked token {token_id} again; nothing was changed.\ntickiti: {CANNOT}\n"
    assert ran == Ran(3, "", told)
    assert status == "revoked"
    assert state_of(local.home) == before


def test_destinations_all_get_the_token(local: Cli, admin: Admin) -> None:
    furnish(local)
    ran = local(*MINT, *installs(*PLACES))
    token_id, status = newest(admin)
    assert (ran.code, ran.stdout, without_end(ran.stderr)) == (0, f"{token_id}\n", "")
    assert status == "active"
    made = (local.folder / "made").read_text()
    assert made.startswith(f"{token_id}|tkt_")
    assert {(local.folder / name).read_text() for name in ("kept", "linked")} == {made}
    assert made.strip() in (local.config / "credentials.toml").read_text()


def test_error_without_a_terminal_names_the_revoked_token(local: Cli, admin: Admin) -> None:
    command = (*MINT, "--out", TOO_LONG)
    error = json.loads(local(*command, "--json").stderr)["error"]
    told = f"Revoked token {newest(admin)[0]} again; nothing was changed."
    assert (error["message"], error["hint"], error["outcome"]) == (CANNOT, told, "not_applied")
    ran = local(*command, "-q")
    told = f"Revoked token {newest(admin)[0]} again; nothing was changed."
    assert ran == Ran(3, "", f"tickiti: {CANNOT} {told}\n")


@pytest.mark.parametrize("where", [[], ["--install", "file:portal.token"]])
def test_token_whose_result_cannot_be_written_is_revoked(
    local: Cli, admin: Admin, where: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            local.command((*MINT, *where)),
            env=local.environ({}), cwd=local.folder, stdout=full, stderr=subprocess.PIPE,
            check=False, text=True, timeout=30,
        )  # fmt: skip
    token_id, status = newest(admin)
    assert (done.returncode, status) == (2, "revoked")
    assert done.stderr.endswith(
        f"Revoked token {token_id} again; nothing was changed.\n"
        "tickiti: Cannot write the output: No space left on device.\n"
    )
    assert not (local.folder / "portal.token").exists()


@pytest.mark.parametrize(
    "answer", [failure(403, "missing_ability"), hang_up, failure(500, "internal")]
)
def test_token_that_cannot_be_revoked_is_named(
    remote: Cli, foreign: Foreign, answer: Answer
) -> None:
    before = furnish(remote)
    row = {"id": 9, "name": "portal", "token": "9|tkt_x", "expires_at": None}
    foreign.answers(reply({"ok": True, "data": row}), answer)
    command = (*MINT, *installs("file:kept", f"file:{TOO_LONG}"), "--retries", "0")
    lives_on = "Token 9 could not be revoked: tickiti token revoke 9"
    assert remote(*command) == Ran(3, "", f"{lives_on}\ntickiti: {CANNOT}\n")
    assert state_of(remote.home) == before
    assert [json.loads(asked.body) for asked in foreign.asked[1:]] == [{"ids": [9]}]
    foreign.asked.clear()
    error = json.loads(remote(*command, "--json").stderr)["error"]
    assert (error["message"], error["hint"]) == (CANNOT, lives_on)
    assert error["outcome"] == "unknown"


def test_out_never_replaces_what_a_file_holds(local: Cli, admin: Admin) -> None:
    (local.folder / "kept").write_text("3|tkt_of_a_portal\n")
    (local.folder / "linked").symlink_to("kept")
    (local.folder / "empty").touch(mode=0o600)  # as mktemp makes it
    before, tokens = state_of(local.home), len(admin.ask("tokens", {})["tokens"])
    for name in ("kept", "linked"):
        ran = local(*MINT, "--out", name)
        told = f"tickiti: --out {name}: the file exists and is not empty.\n"
        advice = f"Name a new file, or replace its content with --install file:{name}\n"
        assert ran == Ran(2, "", told + advice)
    assert state_of(local.home) == before
    assert len(admin.ask("tokens", {})["tokens"]) == tokens
    assert local(*MINT, "--out", "empty").code == 0
    assert local(*MINT, "--install", "file:kept").code == 0
    assert {len((local.folder / name).read_text().split()) for name in ("empty", "kept")} == {1}


def test_of_runs_that_name_one_file_one_writes_it_and_the_others_leave_no_token(
    local: Cli, admin: Admin
) -> None:
    before = len(admin.ask("tokens", {})["tokens"])
    names = [f"portal-{number}" for number in range(4)]
    running = [
        local.start("token", "mint", "--name", name, "--preset", "filer", "--out", "made")
        for name in names
    ]
    codes = [process.communicate(timeout=60) and process.returncode for process in running]
    assert sorted(codes) == [0, 2, 2, 2]
    made = (local.folder / "made").read_text()
    rows = [row for row in admin.ask("tokens", {})["tokens"] if row["name"] in names]
    alive = [row["id"] for row in rows if row["status"] == "active"]
    assert [made.partition("|")[0]] == [str(token_id) for token_id in alive]
    assert len(rows) + before == len(admin.ask("tokens", {})["tokens"])


@pytest.mark.parametrize("place", ["file:made", "profile:other"])
def test_a_failed_mint_leaves_the_token_that_another_run_has_installed(
    local: Cli, admin: Admin, place: str
) -> None:
    furnish(local)
    os.mkfifo(local.folder / "full")
    # The second destination waits for its reader, while another run installs into the first.
    waiting = local.start(*MINT, *installs(place, "file:full"))
    path = local.folder / "made" if place == "file:made" else local.config / "credentials.toml"
    wait_until(lambda: path.exists() and "|tkt_" in path.read_text().rpartition("[other]")[2])
    assert local("token", "mint", "--name", "b", "--preset", "filer", "--install", place).code == 0
    token_id, _ = newest(admin)
    waiting.terminate()
    waiting.communicate(timeout=60)
    assert waiting.returncode == 143
    assert f"{token_id}|tkt_" in path.read_text()


@pytest.mark.parametrize("change", [("remove", "other", "--yes"), ("rename", "other", "new")])
def test_a_profile_that_is_removed_meanwhile_gets_no_token(
    local: Cli, admin: Admin, change: tuple[str, ...]
) -> None:
    furnish(local)
    fifo = local.folder / "full"
    os.mkfifo(fifo)
    waiting = local.start(*MINT, *installs("file:full", "profile:other"))
    before = newest(admin)
    wait_until(lambda: newest(admin) != before)
    assert local("profile", *change).code == 0
    fifo.read_text()
    _, stderr = waiting.communicate(timeout=60)
    token_id, status = newest(admin)
    told = "tickiti: Profile 'other' was removed or renamed meanwhile.\n"
    assert waiting.returncode == 3
    assert stderr.decode().endswith(told)
    assert status == "revoked"
    assert f"{token_id}|" not in (local.config / "credentials.toml").read_text()
