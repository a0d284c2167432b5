"""A rotation is whole or absent: verified, installed, hooked, otherwise undone."""

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran
from tests.support.files import state_of
from tests.support.foreign import Foreign, failure, hang_up, reply, silence
from tests.support.minted import minted, row_of, works
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tickiti_cli.tokens import swap
from tickiti_cli.tokens.destinations import FileDestination

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


def test_rotation_installs_the_token_everywhere_before_the_hook(local: Cli) -> None:
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


def test_failed_hook_restores_everything(local: Cli) -> None:
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
        f"Revoked token {new_id} again; nothing was changed.\n"
        "tickiti: The hook 'exit 3' ended with 3.\n"
    )
    assert (kept.read_text(), made.exists()) == ("what was there\n", False)
    assert row_of(local, new_id)["status"] == "revoked"
    assert (row_of(local, old["id"])["status"], works(local, old["token"])) == ("active", True)


def test_failed_hook_restores_the_token_of_the_profile(local: Cli) -> None:
    before = (local.config / "credentials.toml").read_text()
    own = json.loads(local("token", "view", "--self", "--json").stdout)
    ran = local("token", "rotate", "--self", "--install", "profile:local", "--hook", "false")
    assert ran.code == 13
    assert (local.config / "credentials.toml").read_text() == before
    assert json.loads(local("token", "view", "--self", "--json").stdout)["status"] == own["status"]


@pytest.mark.parametrize("refusal", [401, 500])
def test_token_that_cannot_be_verified_is_installed_nowhere(
    remote: Cli, foreign: Foreign, refusal: int
) -> None:
    place = remote.folder / "portal.token"
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    new = {"id": 8, "status": "active", "token": "8|new", **ROW}
    revoked = reply({"ok": True, "data": {"tokens": [{"id": 8, "status": "revoked", **ROW}]}})
    refused = failure(refusal, "unauthenticated")
    foreign.answers(listed, listed, reply({"ok": True, "data": new}), refused, revoked)
    ran = remote("token", "rotate", "7", "--install", f"file:{place}", "--retries", "0")
    assert (ran.code, place.exists()) == (4 if refusal == 401 else 10, False)
    assert ran.stderr.startswith("Revoked token 8 again; nothing was changed.\n")
    *_, verified, undone = foreign.asked
    assert verified.headers["authorization"] == "Bearer 8|new"
    assert undone.headers["authorization"] == "Bearer 7|secret-of-far"
    assert json.loads(undone.body) == {"ids": [8], "reinstate": True}


@pytest.mark.parametrize("refusal", [401, 403, 503])
def test_refused_token_that_cannot_be_revoked_is_named_to_a_program(
    remote: Cli, foreign: Foreign, refusal: int
) -> None:
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    new = {"id": 8, "status": "active", "token": "8|new", **ROW}
    refused = failure(refusal, "unavailable")
    foreign.answers(listed, listed, reply({"ok": True, "data": new}), refused)
    ran = remote("token", "rotate", "7", "--install", "file:made", "--retries", "0", "--json")
    error = json.loads(ran.stderr)["error"]
    assert error["outcome"] == "unknown"
    assert error["hint"].startswith("Token 8 could not be revoked: tickiti token revoke 8")


def test_token_confused_with_another_is_installed_nowhere(remote: Cli, foreign: Foreign) -> None:
    place = remote.folder / "portal.token"
    listed = {"tokens": [{"id": 7, "status": "active", **ROW}]}
    new = {"id": 8, "status": "active", "token": "8|new", **ROW}
    another = {"id": 9, "status": "active", **ROW}
    revoked = {"tokens": [{"id": 8, "status": "revoked", **ROW}]}
    replies = [reply({"ok": True, "data": data}) for data in (listed, new, another, revoked)]
    foreign.answers(replies[0], *replies)
    ran = remote("token", "rotate", "7", "--install", f"file:{place}")
    assert ran == Ran(
        4,
        "",
        "Revoked token 8 again; nothing was changed.\ntickiti: Token 8 is token 9 to the server.\n",
    )
    assert not place.exists()
    assert json.loads(foreign.asked[-1].body) == {"ids": [8], "reinstate": True}


def test_rotation_without_overlap_ends_the_old_token_last(
    local: Cli,
) -> None:
    old = minted(local)
    place = local.folder / "portal.token"
    ran = rotate(local, old["id"], "--overlap", "0", "--install", f"file:{place}")
    assert ran.code == 0
    assert not works(local, old["token"])
    assert works(local, place.read_text().strip())


def test_unwritable_destination_is_refused_before_a_token_is_minted(
    local: Cli, tmp_path: Path
) -> None:
    old = minted(local)
    ran = rotate(local, old["id"], "--install", f"file:{tmp_path}")
    assert ran.code == 2
    assert rotated_id(local, old) == old["id"]


TOO_LONG = "n" * 250
"""A good name, and its folder can be written to; but none is left for the temporary file."""


Own = tuple[Cli, dict[str, Any], Admin]


@pytest.fixture
def own(local: Cli, admin: Admin) -> Own:
    """A profile with a token of the test's own, a second profile, and places of every kind."""
    token = admin.mint("manage-tokens")
    with (local.config / "config.toml").open("a") as config:
        config.write('[profiles.other]\nbase_url = "https://other.example"\n')
    credentials = local.config / "credentials.toml"
    credentials.write_text(
        f"# by hand\n[local]\ntoken='{token['token']}'\n[other]\ntoken = \"5|x\"\nprevious='4|w'\n"
    )
    kept, linked, target = (local.folder / name for name in ("kept", "linked", "target"))
    kept.write_bytes(b"\xff no text\r\n")
    kept.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(kept, 65534, 65534)
    target.write_text("of the link\n")
    linked.symlink_to("target")
    return local, token, admin


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
PLACES = ("file:kept", "profile:local", "file:linked", "profile:other", "file:made")


def installs(*places: str) -> list[str]:
    return [word for place in places for word in ("--install", place)]


def refused(own: Own, *flags: str) -> Ran:
    """A rotation of the token in use that comes to nothing: all is as it was."""
    run, old, admin = own
    before = state_of(run.home)
    ran = run("token", "rotate", "--self", *flags)
    assert state_of(run.home) == before
    assert_as_before(old, admin)
    return ran


def assert_as_before(old: dict[str, Any], admin: Admin) -> None:
    """The old token is active, and whatever was minted after it is revoked."""
    statuses = admin.family(old["family"])
    assert statuses.pop(old["id"]) == "active"
    assert {*statuses.values()} <= {"revoked"}


def newest(old: dict[str, Any], admin: Admin) -> int:
    return max(admin.family(old["family"]))


@pytest.mark.parametrize("position", [0, 2, len(PLACES)])
def test_failed_destination_restores_all_destinations(own: Own, position: int) -> None:
    _, old, admin = own
    places = [*PLACES]
    places.insert(position, f"file:{TOO_LONG}")
    ran = refused(own, *installs(*places))
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr == (
        f"Revoked token {newest(old, admin)} again; nothing was changed.\n"
        f"tickiti: {TOO_LONG} cannot be written: File name too long.\n"
    )


def test_failed_hook_restores_all_destinations(own: Own) -> None:
    ran = refused(own, *installs(*PLACES), "--hook", "exit 3")
    assert (ran.code, ran.stdout) == (13, "")


def test_rotation_whose_result_cannot_be_written_is_undone(
    own: Own,
) -> None:
    run, old, admin = own
    before = state_of(run.home)
    for flags in ([], installs(*PLACES)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                run.command(("token", "rotate", "--self", *flags)),
                env=run.environ({}), cwd=run.folder, stdout=full, stderr=subprocess.PIPE,
                check=False, text=True,
            )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.endswith(
            f"Revoked token {newest(old, admin)} again; nothing was changed.\n"
            "tickiti: Cannot write the output: No space left on device.\n"
        )
        assert state_of(run.home) == before
        assert_as_before(old, admin)


HANGING = "trap '' INT; sleep 300 & echo $$ $! > {notes}; wait"


def begun(run: Cli, notes: Path, *flags: str) -> "subprocess.Popen[bytes]":
    """A rotation whose hook runs and does not end."""
    hook = HANGING.format(notes=notes)
    process = run.start("token", "rotate", "--self", *flags, "--hook", hook)
    wait_until(lambda: notes.exists() and len(notes.read_text().split()) == 2, process)
    return process


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 143, "Terminated."),
        (signal.SIGHUP, 143, "Terminated."),
    ],
)
def test_signal_during_the_hook_ends_the_hook_and_restores_everything(
    own: Own, tmp_path: Path, number: int, code: int, sentence: str
) -> None:
    run, old, admin = own
    before = state_of(run.home)
    process = begun(run, tmp_path / "notes", *installs(*PLACES))
    assert state_of(run.home) != before
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (code, b"")
    assert stderr.decode() == (
        f"Revoked token {newest(old, admin)} again; nothing was changed.\ntickiti: {sentence}\n"
    )
    assert state_of(run.home) == before
    assert_as_before(old, admin)
    for pid in (tmp_path / "notes").read_text().split():
        wait_until(lambda pid=pid: not is_running(pid))  # type: ignore[misc]


def test_second_signal_does_not_disturb_the_restoring(own: Own, tmp_path: Path) -> None:
    run, old, admin = own
    before = state_of(run.home)
    begins, ends = tmp_path / "begins", tmp_path / "ends"
    hook = f"trap 'touch {ends}; sleep 0.5; exit' TERM; touch {begins}; sleep 300 & wait"
    flags = [*installs(*PLACES), "--hook", hook]
    process = run.start("token", "rotate", "--self", *flags)
    wait_until(begins.exists, process)
    process.terminate()
    wait_until(ends.exists)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    stdout, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (143, b"")
    assert state_of(run.home) == before
    assert_as_before(old, admin)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_destinations_are_restored_is_ignored(
    own: Own, tmp_path: Path, number: int
) -> None:
    """The profile is restored first, and that waits for the lock that the hook has taken."""
    run, old, admin = own
    before, notes = state_of(run.home), tmp_path / "locked"
    program = f"""
import fcntl, os, pathlib, time
folder = os.open({str(run.config)!r}, os.O_RDONLY)
fcntl.flock(folder, fcntl.LOCK_EX)
notes = pathlib.Path({str(notes)!r})
notes.touch()
while notes.exists():
    time.sleep(0.01)
"""
    holds = f"{sys.executable} -c {shlex.quote(program)} </dev/null >/dev/null 2>&1 &"
    hook = f"{holds} while [ ! -e {notes} ]; do sleep 0.01; done; exit 3"
    flags = [*installs("file:kept", "file:made", "profile:local"), "--hook", hook]
    process = run.start("token", "rotate", "--self", *flags)
    wait_until(lambda: notes.exists() and is_signal_ignored(process.pid, number), process)
    process.send_signal(number)
    notes.unlink()
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (13, b"")
    assert stderr.decode().startswith(f"Revoked token {newest(old, admin)} again")
    assert state_of(run.home) == before
    assert_as_before(old, admin)


def is_signal_ignored(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigIgn:"))
    return bool(int(mask.split()[1], 16) & (1 << (number - 1)))


def test_child_of_the_hook_is_ended_with_the_hook(own: Own, tmp_path: Path) -> None:
    """As one does that is just being started; it would hold on to whoever reads our output."""
    run, old, admin = own
    before, note = state_of(run.home), tmp_path / "note"
    deaf = "(trap '' TERM; exec sleep 300) & echo $!"
    hook = f"trap exit TERM; {deaf} >{note}.new; mv {note}.new {note}; wait"
    process = run.start("token", "rotate", "--self", *installs(*PLACES), "--hook", hook)
    wait_until(note.exists, process)
    process.terminate()
    stdout, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (143, b"")
    assert state_of(run.home) == before
    assert_as_before(old, admin)
    wait_until(lambda: not is_running(note.read_text().strip()))


@pytest.mark.parametrize("refusal", [ProcessLookupError, PermissionError])
def test_hook_that_cannot_be_signalled_does_not_hide_the_interruption(
    monkeypatch: pytest.MonkeyPatch, refusal: type[OSError]
) -> None:
    """It has just ended; or sudo has replaced the shell, so that it runs as root."""

    def refused(_group: int, _number: int) -> None:
        raise refusal

    def interrupted(_process: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "killpg", refused)
    monkeypatch.setattr(swap, "_code_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        swap._run_hook("sleep 0.2")


def test_place_that_cannot_be_restored_does_not_stop_the_other_ones() -> None:
    restored: list[str] = []

    def denied() -> None:
        raise PermissionError(13, "Permission denied", "kept")

    done = swap.TokenSwap([])
    places = [FileDestination(Path(name)) for name in ("made", "kept")]
    done.begun = [(places[0], lambda: restored.append("made")), (places[1], denied)]
    (sentence,) = done.restore()
    assert sentence.startswith("file:kept could not be restored: ")
    assert restored == ["made"]


def is_running(pid: str) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_rotation_after_a_kill_in_the_hook_succeeds(own: Own, tmp_path: Path) -> None:
    run, old, admin = own
    flags = installs("profile:local", "file:made")
    process = begun(run, tmp_path / "notes", *flags)
    process.kill()
    for pid in (tmp_path / "notes").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    # What is true then: both work, the new one is where it was installed.
    left = (run.folder / "made").read_text().strip()
    assert {*admin.family(old["family"]).values()} == {"overlap", "active"}
    ran = run("token", "rotate", "--self", *flags, "--json")
    assert (ran.code, ran.stderr) == (0, "")
    last = json.loads(ran.stdout)["id"]
    assert (run.folder / "made").read_text().startswith(f"{last}|")
    assert f'token = "{last}|' in (run.config / "credentials.toml").read_text()
    statuses = {old["id"]: "overlap", int(left.split("|")[0]): "overlap", last: "active"}
    assert admin.family(old["family"]) == statuses


def test_second_rotation_of_a_token_is_refused_while_the_first_one_runs(
    own: Own, tmp_path: Path
) -> None:
    run, old, admin = own
    flags = installs("profile:local", "file:made")
    note, go = tmp_path / "note", tmp_path / "go"
    hook = f"touch {note}; while [ ! -e {go} ]; do sleep 0.1; done"
    process = run.start("token", "rotate", "--self", *flags, "--hook", hook)
    wait_until(note.exists, process)
    second = run("token", "rotate", str(old["id"]), *flags)
    assert (second.code, second.stdout) == (14, "")
    assert second.stderr == f"tickiti: Another run is rotating token '{old['name']}'.\n"
    other = admin.mint("mail:read")
    assert run("token", "rotate", str(other["id"])).code == 0
    go.touch()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert list(admin.family(old["family"]).values()) == ["overlap", "active"]
    last = newest(old, admin)
    assert (run.folder / "made").read_text().startswith(f"{last}|")


def test_lost_minted_token_does_not_stop_the_next_rotation(
    own: Own,
) -> None:
    run, old, admin = own
    # A process that is killed as soon as the server has minted leaves just this.
    lost = admin.ask("tokens/rotate", {"id": old["id"], "overlap_seconds": 3600})
    ran = run("token", "rotate", "--self", "--install", "profile:local", "--json")
    new = json.loads(ran.stdout)
    assert (ran.code, new["id"] > lost["id"]) == (0, True)
    statuses = {old["id"]: "overlap", lost["id"]: "overlap", new["id"]: "active"}
    assert admin.family(old["family"]) == statuses


def test_destination_that_cannot_be_restored_keeps_a_working_token(
    own: Own,
) -> None:
    run, old, admin = own
    place = run.folder / "inner" / "token"
    place.parent.mkdir()
    place.write_text("before\n")
    # Somebody puts something else in the folder's place while the hook runs.
    hook = "mv inner away; touch inner; false"
    ran = run("token", "rotate", "--self", "--install", "file:inner/token", "--hook", hook)
    new = newest(old, admin)
    assert ran == Ran(
        13,
        "",
        "file:inner/token could not be restored: inner/token cannot be written: Not a directory.\n"
        f"Token {new} is therefore not revoked: tickiti token revoke {new}\n"
        f"tickiti: The hook '{hook}' ended with 1.\n",
    )
    assert (run.folder / "away" / "token").read_text().startswith(f"{new}|")
    assert admin.family(old["family"]) == {old["id"]: "overlap", new: "active"}


@only_root
def test_token_file_renewed_by_root_keeps_its_owner(own: Own) -> None:
    run, *_ = own
    assert run("token", "rotate", "--self", "--install", "file:kept").code == 0
    status = (run.folder / "kept").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o600, 65534, 65534)


@only_root
def test_planted_file_in_a_shared_folder_gets_no_token(
    own: Own,
) -> None:
    run, *_ = own
    run.folder.chmod(0o1777)
    assert run("token", "rotate", "--self", "--install", "file:kept").code == 0
    assert (run.folder / "kept").stat().st_uid == os.geteuid()


def test_name_means_the_newest_active_token_of_the_name(local: Cli, admin: Admin) -> None:
    named = {"name": "of many", "abilities": ["mail:read"]}
    first, second = (admin.ask("tokens/mint", named) for _ in range(2))
    for _ in range(2):
        assert local("token", "rotate", "of many", "--install", "file:made").code == 0
    assert admin.family(first["family"]) == {first["id"]: "active"}
    newer = admin.family(second["family"])
    assert [*newer.values()] == ["overlap", "overlap", "active"]
    assert (local.folder / "made").read_text().startswith(f"{max(newer)}|")


def test_destination_named_twice_is_installed_once(own: Own) -> None:
    run, old, _ = own
    assert run("token", "rotate", "--self", *installs("profile:local", "profile:local")).code == 0
    stored = (run.config / "credentials.toml").read_text()
    assert f'previous = "{old["token"]}"' in stored


def test_profile_with_a_token_command_is_refused_as_a_destination(
    own: Own,
) -> None:
    run, *_ = own
    with (run.config / "config.toml").open("a") as config:
        config.write('token_command = "pass show x"\n')
    assert refused(own, "--install", "profile:other") == Ran(
        2,
        "",
        "tickiti: --install profile:other: the token of that profile comes from a command.\n"
        "Put the token where that command reads it: --install file:PATH or --hook CMD.\n",
    )


def test_lost_reply_of_the_server_changes_no_destination(remote: Cli, foreign: Foreign) -> None:
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    foreign.answers(listed, listed, hang_up)
    credentials = (remote.config / "credentials.toml").read_text()
    ran = remote("token", "rotate", "7", "--install", "file:made", "--retries", "0")
    assert (ran.code, ran.stdout) == (11, "")
    _, unknown, way_on = ran.stderr.splitlines()
    assert unknown == "The outcome is unknown."
    assert re.fullmatch(
        r"If the server has rotated it, token 7 expires at [-0-9]+ [:0-9]+ UTC and nobody has the "
        r"new token\. Run the same command before then: it revokes the lost token and rotates "
        r"again\.",
        way_on,
    )
    assert not (remote.folder / "made").exists()
    assert (remote.config / "credentials.toml").read_text() == credentials


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_before_the_reply_of_the_server_names_the_way_on(
    remote: Cli, foreign: Foreign, number: int
) -> None:
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    foreign.answers(listed, listed, silence)
    process = remote.start("token", "rotate", "7", "--overlap", "2h")
    wait_until(lambda: len(foreign.asked) == 3, process)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (130 if number == signal.SIGINT else 143, b"")
    assert re.fullmatch(
        r"The outcome is unknown\. If the server has rotated it, token 7 expires at [-0-9]+ "
        r"[:0-9]+ UTC and nobody has the new token\. Run the same command before then: .*",
        stderr.decode().splitlines()[1],
    )


def test_signal_before_a_new_token_arrives_names_the_way_on(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(silence)
    process = remote.start("token", "mint", "--name", "shop", "--ability", "create-ticket")
    wait_until(lambda: bool(foreign.asked), process)
    process.terminate()
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout) == (143, b"")
    assert stderr.decode() == (
        "tickiti: Terminated.\n"
        "The outcome is unknown. If the server has created it, there is a token 'shop' that nobody "
        "has. Run the same command again: it revokes that token and creates another.\n"
    )


def test_old_token_that_cannot_be_retired_is_named(remote: Cli, foreign: Foreign) -> None:
    listed = reply({"ok": True, "data": {"tokens": [{"id": 7, "status": "active", **ROW}]}})
    new = reply({"ok": True, "data": {"id": 8, "status": "active", "token": "8|new", **ROW}})
    foreign.answers(listed, listed, new, failure(500, "internal", "Broken."))
    ran = remote("token", "rotate", "7", "--overlap", "0", "--no-verify", "--retries", "0")
    assert ran == Ran(
        10,
        "8|new\n",
        "Rotated token 7: the new token is 8. This is the only time it is shown:\n"
        "The rotation is done, but token 7 stays valid for 10 minutes. To end it now: "
        "tickiti token retire 7\n"
        "tickiti: Broken.\n"
        "The outcome is unknown.\n",
    )
