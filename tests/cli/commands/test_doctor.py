"""`tickiti doctor` finds each problem and names its remedy."""

import json
import platform
import sqlite3
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, hang_up, raw_reply, reply, silence
from tickiti_cli import __version__
from tickiti_cli.commands.doctor import machine
from tickiti_cli.reference.completion import install

Row = dict[str, str]
NAMES = [
    "version",
    "configuration",
    "environment",
    "files",
    "journal",
    "sqlite",
    "completion",
    "man",
]
NO_SERVER = {
    "name": "server",
    "state": "fail",
    "detail": "No Tickiti server is configured.",
    "advice": "Set one up with `tickiti init`; or start the bundled server with "
    "`tickiti server start`, or log in to yours with "
    "`tickiti auth login`.",
}


def examined(run: Cli, *flags: str, **environ: str) -> tuple[int, list[Row]]:
    ran = run("doctor", "--json", *flags, **environ)
    assert "a bug" not in ran.stderr
    return ran.code, json.loads(ran.stdout)


def found(run: Cli, name: str, *flags: str, **environ: str) -> Row:
    """The one row of that name, without it."""
    (row,) = [row for row in examined(run, *flags, **environ)[1] if row["name"] == name]
    return {member: value for member, value in row.items() if member != "name"}


def row(state: str, detail: str, advice: str = "") -> Row:
    return {"state": state, "detail": detail, "advice": advice}


def minted(**headers: str) -> bytes:
    return reply({"ok": True, "data": {"idempotency_key": "k"}}, **headers)


def token(**members: object) -> bytes:
    known = {"name": "portal", "status": "active", "abilities": ["create-ticket"]}
    return reply({"ok": True, "data": {**known, "expires_at": None, **members}})


def test_missing_configuration_is_reported(run: Cli) -> None:
    code, rows = examined(run)
    assert code == 13
    assert [row["name"] for row in rows] == [*NAMES, "server"]
    assert rows[-1] == NO_SERVER
    assert rows[0] == {"name": "version", **row(
        "ok", f"tickiti {__version__}, Python {platform.python_version()}"
    )}  # fmt: skip
    assert rows[1]["detail"] == f"{run.config}/config.toml does not exist; defaults apply."
    ran = run("doctor", "-q")
    assert ran.code == 13
    assert "version" not in ran.stdout
    assert ran.stderr == "tickiti: 1 of 9 checks failed.\n"


def test_a_good_server_has_a_row_for_each_check(local: Cli) -> None:
    code, rows = examined(local)
    assert code == 0
    assert [row["name"] for row in rows] == [
        *NAMES, "server", "connection", "clock", "token", "abilities", "expiry"
    ]  # fmt: skip
    of_this_machine = {"sqlite", "completion", "man"}
    assert {row["name"] for row in rows if row["state"] != "ok"} <= of_this_machine
    by_name = {row["name"]: row["detail"] for row in rows}
    assert by_name["clock"] == "The clocks of this machine and the server agree."
    assert by_name["token"] == "'local' from profile 'local' is active."
    assert "manage-tokens" in by_name["abilities"]
    assert by_name["expiry"] == "The token never expires."


def test_a_person_sees_the_same_as_a_table(local: Cli) -> None:
    ran = local.on_terminal("doctor", "--color", "never", COLUMNS="200")
    assert ran.code == 0
    head, *rows = [line.split() for line in ran.stdout.splitlines()]
    assert head == ["NAME", "STATE", "DETAIL", "ADVICE"]
    assert rows[0][:2] == ["version", "ok"]


def test_the_version_of_sqlite_is_the_servers_own(run: Cli) -> None:
    version = sqlite3.sqlite_version
    assert found(run, "sqlite")["detail"].startswith(f"SQLite {version}")
    is_sound = sqlite3.sqlite_version_info >= (3, 51, 3)
    assert found(run, "sqlite")["state"] == ("ok" if is_sound else "warn")


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("3.34.1", "fail"),
        ("3.35.0", "warn"),
        ("3.40.1", "warn"),
        ("3.51.2", "warn"),
        ("3.51.3", "ok"),
        ("3.52.0", "ok"),
        ("4.0.0", "ok"),
    ],
)  # fmt: skip
def test_a_sqlite_with_the_bug_is_a_warning(version: str, state: str) -> None:
    assert machine.judge_sqlite(version).state == state


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("TICKITI_API_TOKN", "Did you mean TICKITI_API_TOKEN?"),
        ("TICKITI_PROFIL", "Did you mean TICKITI_PROFILE?"),
        ("TICKITI_FOO", "See: tickiti help environment"),
    ],
)
def test_an_unknown_variable_is_named(run: Cli, name: str, advice: str) -> None:
    assert found(run, "environment", **{name: "x"}) == row(
        "warn", f"{name} is not a known variable.", advice
    )


def test_a_broken_configuration_is_a_row_of_the_report(run: Cli) -> None:
    run.configure("[defaults]\noutput = 'pdf'\n")
    said = "output 'pdf' is not one of table, plain, json, ndjson, csv, markdown, html."
    config = row("fail", f"{run.config}/config.toml, line 2: {said}", "tickiti config edit")
    ran = run("doctor", "-q")
    assert ran.code == 13
    assert f"configuration\t{config['state']}\t{config['detail']}\t{config['advice']}" in ran.stdout
    assert ran.stderr == "tickiti: 2 of 9 checks failed.\n"


def test_files_that_others_can_read_or_change_are_named(remote: Cli) -> None:
    secrets, config = remote.config / "credentials.toml", remote.config / "config.toml"
    secrets.chmod(0o644)
    config.chmod(0o666)
    _, rows = examined(remote)
    assert [row for row in rows if row["name"] == "files"] == [
        {"name": "files", **row(
            "fail", f"{secrets} is readable by others (mode 0644).",
            f"Replace the token in it, then: chmod 600 {secrets}",
        )},
        {"name": "files", **row(
            "warn", f"{config} is writable by others (mode 0666).", f"chmod go-w {config}"
        )},
    ]  # fmt: skip


def test_an_open_operation_is_named_with_the_way_to_finish_it(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(hang_up)
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--retries", "0")
    assert remote(*create).code == 11
    since = remote("op", "list", "--fields", "first_sent_at").stdout.strip()
    assert found(remote, "journal") == row(
        "warn",
        f"Pending operations: 1, the oldest from {since}.",
        "tickiti op resume --all-pending",
    )


def test_journal_that_cannot_be_written_is_a_failure(run: Cli, tmp_path: Path) -> None:
    """Every write is noted there first, so that none would be sent."""
    blocked = tmp_path / "state"
    blocked.write_text("")
    code, rows = examined(run, TICKITI_CONFIG_DIR=str(blocked))
    assert code == 13
    (journal,) = [each for each in rows if each["name"] == "journal"]
    assert journal == {"name": "journal", **row(
        "fail",
        f"{blocked / 'journal'} cannot be written, and without it no command sends a write.",
        "Make it writable, or name another directory in TICKITI_CONFIG_DIR",
    )}  # fmt: skip


def test_a_configuration_directory_that_is_a_file_is_a_failure(run: Cli, tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.touch()
    _, rows = examined(run, TICKITI_CONFIG_DIR=str(path))
    advice = "Move it away, or name another directory in TICKITI_CONFIG_DIR"
    expected = row("fail", f"{path} is not a directory.", advice)
    assert [each for each in rows if each["name"] == "files"] == [{"name": "files", **expected}]
    ran = run("config", "set", "timeout", "20", TICKITI_CONFIG_DIR=str(path))
    told = f"tickiti: {path}/config.toml cannot be written: Not a directory.\n"
    assert ran == Ran(3, "", told)


def test_completions_are_found_missing_stale_and_fresh(run: Cli) -> None:
    environ = {"SHELL": "/usr/bin/fish", "XDG_CONFIG_HOME": str(run.home)}
    advice = "tickiti completion install fish"
    shared = Path(install.sys.prefix) / "share/fish/vendor_completions.d/tickiti.fish"
    if not shared.exists():
        absent = row("warn", "Completion is not installed for fish.", advice)
        assert found(run, "completion", **environ) == absent
    path = run("completion", "install", "fish", **environ).stdout.strip()
    assert found(run, "completion", **environ) == row("ok", path)
    Path(path).write_text("# Completion of tickiti\n")
    assert found(run, "completion", **environ) == row(
        "warn", f"{path} is from another version.", advice
    )
    assert found(run, "completion", SHELL="/bin/tcsh") == row(
        "warn",
        "There is no completion for SHELL '/bin/tcsh'.",
        "Name the shell: tickiti completion install SHELL (one of bash, zsh, fish, pwsh).",
    )


@pytest.mark.parametrize(
    ("answer", "detail", "advice"),
    [
        (hang_up, "The connection to URL broke: Connection reset by peer.",
         "tickiti server start"),
        (raw_reply(b"<html>", media_type="text/html"),
         "URL/api/idempotency_key answered 200 with something that is not JSON.",
         "Check the base URL: tickiti profile show"),
        (failure(503, "unavailable", "Back soon."), "The server answers with 503: Back soon.",
         "Try again later, or see the server's log."),
    ],
)  # fmt: skip
def test_an_unexpected_answer_fails_the_server_check(
    remote: Cli, foreign: Foreign, answer: bytes, detail: str, advice: str
) -> None:
    foreign.answers(answer)
    detail = detail.replace("URL", foreign.base_url)
    assert found(remote, "connection") == row("fail", detail, advice)
    assert examined(remote)[1][-1]["name"] == "connection"


def test_an_untrusted_certificate_has_its_own_hint(run: Cli, tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    issued.write_to_path(tmp_path / "server.pem")
    with Foreign(tmp_path / "server.pem") as encrypted:
        connection = found(run, "connection", "--base-url", encrypted.base_url)
    assert connection["state"] == "fail"
    assert "is not trusted: unable to get local issuer certificate" in connection["detail"]
    assert connection["advice"] == (
        "Trust its authority with --ca-bundle FILE, or check the address."
    )


def test_an_unknown_host_name_fails_the_server_check(run: Cli) -> None:
    connection = found(run, "connection", "--base-url", "http://nowhere.invalid")
    assert connection["state"] == "fail"
    assert connection["advice"] == "Check the base URL: tickiti profile show"


def test_an_install_that_mints_no_keys_still_answers(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(404, "not_found"), token())
    assert found(remote, "connection") == row("ok", "The server is reachable.")


@pytest.mark.parametrize(
    ("away", "state", "detail"),
    [
        (timedelta(), "ok", "The clocks of this machine and the server agree."),
        (timedelta(hours=1), "warn", "This machine's clock is 3600 s behind the server's."),
        (timedelta(hours=-1), "warn", "This machine's clock is 3600 s ahead of the server's."),
    ],
)
def test_a_clock_difference_is_reported(
    remote: Cli, foreign: Foreign, away: timedelta, state: str, detail: str
) -> None:
    moment = format_datetime(datetime.now(UTC) + away, usegmt=True)
    foreign.answers(minted(date=moment), token())
    clock = found(remote, "clock")
    number = "".join(filter(str.isdigit, clock["detail"]))
    near = clock["detail"].replace(number, "3600") if number and away else clock["detail"]
    assert (clock["state"], near) == (state, detail)
    assert not number or 3570 <= int(number) <= 3630


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_without_a_date_passes_the_clock_check(
    remote: Cli, foreign: Foreign, date: str | None
) -> None:
    foreign.answers(minted(**({"date": date} if date else {})), token())
    assert found(remote, "clock") == row("ok", "The server does not send its time.")


def test_a_rejected_token_fails_the_token_check(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(minted(), failure(401, "unauthenticated"))
    code, rows = examined(remote)
    assert (code, rows[-1]) == (13, {"name": "token", **row(
        "fail", "The server rejects the token from profile 'far'.",
        "tickiti auth login -p far",
    )})  # fmt: skip


def test_a_missing_token_fails_the_token_check(remote: Cli, foreign: Foreign) -> None:
    (remote.config / "credentials.toml").unlink()
    assert found(remote, "token") == row(
        "fail",
        f"There is no token for {foreign.base_url}.",
        "Log in: tickiti auth login -p far, or give a token with --token-file FILE.",
    )


def test_a_missing_token_file_error_does_not_suggest_a_login(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(minted())
    rows = json.loads(remote("doctor", "--json", "--token-file", "nowhere").stdout)
    assert rows[-1] == {"name": "token", **row(
        "fail", "nowhere cannot be read: No such file or directory.",
        "Give --token-file a file that contains one token, or leave it out to use the token of a "
        "profile.",
    )}  # fmt: skip


def test_a_rejected_environment_token_does_not_suggest_a_login(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(minted(), failure(401, "unauthenticated"))
    environ = {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    rows = json.loads(remote("doctor", "--json", **environ).stdout)
    assert rows[-1] == {"name": "token", **row(
        "fail", "The server rejects the token from TICKITI_API_TOKEN.",
        "Change the token of TICKITI_API_TOKEN.",
    )}  # fmt: skip


def test_an_install_that_shows_no_tokens_can_still_accept_one(
    remote: Cli, foreign: Foreign
) -> None:
    index = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
    foreign.answers(minted(), failure(404, "not_found"), failure(404, "not_found"), index)
    _, rows = examined(remote)
    assert [(row["state"], row["detail"]) for row in rows[-3:]] == [
        ("ok", "The token from profile 'far' is accepted."),
        ("ok", "This server does not report a token's abilities."),
        ("ok", "The token's expiry is not known here."),
    ]


def test_a_token_without_abilities_that_expires_soon_is_reported(
    remote: Cli, foreign: Foreign
) -> None:
    end = (datetime.now(UTC) + timedelta(days=3, hours=1)).isoformat(timespec="seconds")
    foreign.answers(minted(), token(abilities=[], expires_at=end))
    _, rows = examined(remote)
    assert [(row["state"], row["detail"], row["advice"]) for row in rows[-2:]] == [
        ("warn", "The token has no abilities.",
         "Create another: tickiti token mint --preset filer --name NAME"),
        ("warn", f"The token expires in 3 days ({end}).",
         "tickiti token rotate --self --expires 90d --install profile:far"),
    ]  # fmt: skip


def test_an_unused_environment_token_is_reported(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(minted(), token())
    _, rows = examined(remote, TICKITI_API_TOKEN="1|x")
    assert [row["detail"] for row in rows if row["name"] == "environment"] == [
        "Variables set: TICKITI_API_TOKEN, TICKITI_CONFIG_DIR.",
        "TICKITI_API_TOKEN is set but not used: the server comes from profile 'far'.",
    ]


def test_a_disabled_protection_is_reported(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(minted(), token())
    with (remote.config / "config.toml").open("a") as config:
        config.write("insecure = true\nallow_http = true\n")
    _, rows = examined(remote)
    assert [row["detail"] for row in rows if row["name"] == "tls"] == [
        "The server's certificate is not verified.",
        "The token may be sent unencrypted to another host.",
    ]


def test_a_silent_server_is_waited_for_as_long_as_the_flags_say(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(silence)
    for flag in ("--timeout", "--max-time"):
        connection = found(remote, "connection", flag, "0.5")
        assert connection["state"] == "fail"
        assert connection["detail"] == f"{foreign.base_url} did not answer within 0.5 s."


def test_doctor_asks_the_server_once_and_writes_nothing(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="1"))
    before = sorted(path.name for path in remote.config.rglob("*"))
    assert isinstance(remote("doctor"), Ran)
    assert len(foreign.asked) == 1
    assert sorted(path.name for path in remote.config.rglob("*")) == before


def test_work_that_a_bundled_server_has_not_ended_is_told(remote: Cli, foreign: Foreign) -> None:
    foreign.clock = {"tickiti_indexed_percent": "40", "tickiti_database_check": "running"}
    foreign.answers(minted(), token())
    _, rows = examined(remote)
    told = {row["name"]: row["detail"] for row in rows if row["state"] == "warn"}
    assert told["search"] == "The server has indexed 40 % of the texts of its tickets."
    assert told["database"] == "The server was killed, and is checking its database meanwhile."
