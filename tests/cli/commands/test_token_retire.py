"""The end of tokens from the command line, its record, and the word said while there is time."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tests.support.minted import without_end
from tests.support.waiting import wait_until

INDEX_IS_EMPTY = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
DAY = timedelta(days=1)


def done(run: Cli, *words: str) -> Any:
    ran = run("token", *words, "--json")
    assert (ran.code, without_end(ran.stderr)) == (0, "")
    return json.loads(ran.stdout)


def minted(run: Cli, *flags: str, name: str = "portal") -> Any:
    return done(run, "mint", "--name", name, "--ability", "ticket-index", *flags)


def rotated(run: Cli) -> Any:
    """A token in its overlap."""
    old = minted(run)
    done(run, "rotate", str(old["id"]), "--overlap", "1d")
    return old


def status_of(run: Cli, token_id: int) -> str:
    status: str = done(run, "view", str(token_id))["status"]
    return status


def use(run: Cli, token: str) -> None:
    file = run.folder / "used"
    file.touch(mode=0o600)
    file.write_text(token)
    base_url = run("profile", "show").stdout.split("\t")[1]
    flags = ("--base-url", base_url, "--token-file", str(file))
    assert run("token", "view", "--self", *flags).code == 0


def test_an_overlap_ends_when_its_token_is_retired(local: Cli) -> None:
    old = rotated(local)
    ran = local("token", "retire", str(old["id"]), "--yes")
    assert ran == Ran(0, f"{old['id']}\n", "")
    assert status_of(local, old["id"]) == "expired"


def test_a_token_that_is_still_used_is_not_retired_and_that_is_exit_13(local: Cli) -> None:
    old = rotated(local)
    use(local, old["token"])
    view = ("view", str(old["id"]))
    wait_until(lambda: done(local, *view)["last_used_at"] is not None)
    used = done(local, *view)["last_used_at"]
    assert local("token", "retire", str(old["id"]), "--if-idle", "1h", "--yes") == Ran(
        13,
        "",
        f"tickiti: Token {old['id']} was last used at {used}: it has not been idle for 3600 "
        "seconds.\nSee who uses it: tickiti server requests\n",
    )
    assert status_of(local, old["id"]) == "overlap"


def test_an_idle_token_is_retired_at_the_first_try(local: Cli) -> None:
    old = rotated(local)
    assert local("token", "retire", str(old["id"]), "--if-idle", "1h", "--yes").code == 0


def test_retiring_asks_first(local: Cli) -> None:
    old = rotated(local)
    token = f"{old['id']} ({old['name']})"
    question = f"Retire token {token}?"
    retire = ("token", "retire", str(old["id"]))
    assert local(*retire) == Ran(
        2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n"
    )
    no = local.on_terminal(*retire, asked="to confirm:", typed="no\n")
    assert (no.code, status_of(local, old["id"])) == (2, "overlap")
    yes = local.on_terminal(*retire, asked="to confirm:", typed="yes\n")
    expected = f'{question} Type "yes" to confirm:\nyes\nRetired token {token}.\n'
    assert (yes.code, yes.stdout) == (0, expected)


def test_expired_tokens_can_be_revoked_at_once(local: Cli) -> None:
    old = minted(local)
    done(local, "rotate", str(old["id"]), "--overlap", "0")
    live = minted(local, "--expires", "1d")
    ran = local("token", "revoke", "--expired", "--yes")
    assert (ran.code, ran.stderr) == (0, "")
    assert str(old["id"]) in ran.stdout.strip().split(", ")
    assert status_of(local, old["id"]) == "revoked"
    assert status_of(local, live["id"]) == "active"
    assert local("token", "revoke", "--expired") == Ran(0, "\n", "")
    assert done(local, "revoke", "--expired") == {"tokens": []}


def test_the_audit_log_tells_who_did_what(local: Cli) -> None:
    old = rotated(local)
    local("token", "retire", str(old["id"]), "--yes")
    ran = local("token", "audit", str(old["id"]))
    fields = [line.split("\t") for line in ran.stdout.splitlines()]
    actor = ["1", "local"]
    assert (ran.code, ran.stderr) == (0, "")
    assert [[*line[1:6]] for line in fields] == [
        [action, str(old["id"]), "portal", *actor] for action in ("retire", "rotate", "mint")
    ]
    assert fields[2][0] == old["created_at"]
    told = done(local, "audit", str(old["id"]))
    assert [row["action"] for row in told] == ["retire", "rotate", "mint"]
    assert told[2]["details"]["abilities"] == ["ticket-index"]
    assert old["token"].partition("|")[2] not in json.dumps(told)


def test_the_audit_log_is_cut_with_a_remark_and_shown_whole_with_all(local: Cli) -> None:
    old = rotated(local)
    audit = ("token", "audit", str(old["id"]))
    ran = local(*audit, "--limit", "1")
    assert (len(ran.stdout.splitlines()), ran.stderr) == (1, "")
    shown = local.on_terminal(*audit, "--limit", "1").stdout
    assert shown.endswith("There are more events; --all shows every one.\n")
    ran = local(*audit, "--all")
    assert (len(ran.stdout.splitlines()), ran.stderr) == (2, "")


def test_the_audit_log_can_begin_at_a_day_or_some_time_ago(local: Cli) -> None:
    token_id = str(minted(local)["id"])
    for since, rows in (("1h", 1), ("2001-01-01", 1), ("2999-01-01", 0)):
        assert len(done(local, "audit", token_id, "--since", since)) == rows
    sentence = "tickiti: --since: 'soon' is not a date such as 2026-11-24, yesterday or -7d.\n"
    assert local("token", "audit", "--since", "soon") == Ran(2, "", sentence)


def test_a_user_who_is_not_staff_gets_no_token(local: Cli) -> None:
    sentence = "There is no staff user 'nobody@b.example'."
    flags = ("--name", "x", "--preset", "full", "--user", "nobody@b.example")
    assert local("token", "mint", *flags) == Ran(
        7, "", f"tickiti: --user: {sentence}\nSee: tickiti staff list\n"
    )
    unknown = "tickiti: There is no token '999'.\nSee: tickiti token list\n"
    assert local("token", "edit", "999", "--name", "x") == Ran(6, "", unknown)


def ending(remote: Cli, foreign: Foreign, end: object) -> Cli:
    """A profile whose token ends then, and a server that has no tickets."""
    credentials = remote.config / "credentials.toml"
    credentials.write_text(f'{credentials.read_text()}expires_at = "{end}"\n')
    foreign.answers(INDEX_IS_EMPTY)
    return remote


LIST = ("ticket", "list", "--color", "never")


def warned(told: str, end: object) -> str:
    return (
        f"Warning: the token of profile 'far' {told} ({end}). "
        "Rotate it: tickiti token rotate --self --expires 90d --install profile:far\n"
    )


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(days=6, hours=23), "expires in 6 days"),
        (timedelta(hours=25), "expires in 1 day"),
        (timedelta(hours=5, minutes=30), "expires in 5 hours"),
        (timedelta(minutes=30), "expires in less than an hour"),
        (-DAY, "expired"),
    ],
)
def test_token_expiry_within_a_week_is_a_remark_on_a_terminal(
    remote: Cli, foreign: Foreign, left: timedelta, told: str
) -> None:
    end = (datetime.now(UTC) + left).isoformat(timespec="seconds")
    ran = ending(remote, foreign, end).on_terminal(*LIST, COLUMNS="300")
    assert (ran.code, ran.stdout) == (0, f"{warned(told, end)}No tickets.\n")
    assert len(foreign.asked) == 1


def test_token_expiry_is_a_remark_in_a_cron_job_only_with_verbose(
    remote: Cli, foreign: Foreign
) -> None:
    end = (datetime.now(UTC) + DAY / 2).isoformat(timespec="seconds")
    run = ending(remote, foreign, end)
    assert run(*LIST) == Ran(0, "", "")
    assert run.on_terminal(*LIST, "--quiet").stdout == ""
    loud = run(*LIST, "--verbose")
    assert loud.stderr.splitlines(keepends=True)[0] == warned("expires in 11 hours", end)


@pytest.mark.parametrize("end", [datetime.now(UTC) + 8 * DAY, "soon", ""])
def test_distant_or_malformed_token_expiry_causes_no_remark(
    remote: Cli, foreign: Foreign, end: object
) -> None:
    assert ending(remote, foreign, end).on_terminal(*LIST).stdout == "No tickets.\n"


def test_expiry_of_a_token_not_in_use_causes_no_remark(remote: Cli, foreign: Foreign) -> None:
    run = ending(remote, foreign, datetime.now(UTC) + DAY)
    file = run.folder / "other.token"
    file.touch(mode=0o600)
    file.write_text("8|other")
    assert run.on_terminal(*LIST, "--token-file", str(file)).stdout == "No tickets.\n"


def test_a_token_can_act_for_a_staff_user(local: Cli) -> None:
    user = {"name": "Erin", "email": "erin@sole-trader.example", "is_staff": True}
    body = json.dumps({**user, "is_admin": False, "tonic_notifications": False})
    created = local("api", "administration.users.create", "--input", "-", stdin=body)
    assert created.code == 0, created.stderr
    row = minted(local, "--preset", "full", "--user", user["email"])
    told = done(local, "audit", str(row["id"]))
    assert told[0]["details"]["user"] == user["email"]
    (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{row["token"]}"\n')
    assert local("api", "administration.users.index") == Ran(
        5, "", "tickiti: This requires the role 'admin'.\n"
    )


def test_an_unknown_plan_feature_cannot_be_left_out(run: Cli) -> None:
    known = "has_reports, has_escalations, has_interventions, has_resolution_tracking, "
    assert run("server", "start", "--without-plan", "has_fun", "--memory") == Ran(
        2,
        "",
        f"tickiti: --without-plan: 'has_fun' is not one of {known}"
        "has_ai_assistant.\nSee: tickiti server start --help\n",
    )


def test_a_token_is_revoked_by_name_or_by_id(local: Cli) -> None:
    old = minted(local, name="by-name")
    done(local, "rotate", "by-name", "--overlap", "1d")
    assert local("token", "retire", "by-name", "--yes").code == 0
    assert local("token", "view", str(old["id"]), "--fields", "status").stdout == "expired\n"
    rows = done(local, "audit", "by-name")
    assert rows[0]["action"] == "mint"
    assert local("token", "revoke", "by-name", "--yes").code == 0
    assert local("token", "revoke", "by-name", "--yes") == Ran(
        6, "", "tickiti: There is no live token named 'by-name'.\nSee: tickiti token list\n"
    )


def test_an_ambiguous_token_name_is_refused(local: Cli) -> None:
    ids = [minted(local, name="twins")["id"] for _ in range(2)]
    ran = local("token", "revoke", "twins", "--yes")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"tickiti: 'twins' is the name of several tokens: give one of the IDs {ids[0]}, {ids[1]}.\n"
    )
    assert local("token", "retire", "twins", "--yes").code == 6
    assert local("token", "revoke", *map(str, ids), "--yes").code == 0
