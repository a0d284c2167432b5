"""Login, logout and profiles; no command shows a secret."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.foreign import Foreign, failure, reply
from tests.support.logins import LOGIN, URL, stored


def test_a_login_from_standard_input_makes_a_profile(run: Cli) -> None:
    ran = run(*LOGIN, "-p", "prod", "--token-stdin", stdin="14|secret\n")
    assert ran == Ran(0, "prod\n", "")
    assert (run.config / "config.toml").read_text() == (
        f'default_profile = "prod"\n\n[profiles.prod]\nbase_url = "{URL}"\n'
    )
    assert stored(run) == '[prod]\ntoken = "14|secret"\ntoken_id = 14\n'
    assert run("auth", "status") == Ran(0, f"prod\t{URL}\t14\tprofile 'prod'\n", "")


def test_a_login_without_a_name_is_the_profile_default(run: Cli) -> None:
    assert run(*LOGIN, "--token-stdin", stdin="1|x") == Ran(0, "default\n", "")
    assert run("profile", "list") == Ran(0, f"default\t{URL}\ttrue\ttrue\n", "")


def test_the_first_profile_stays_the_default(run: Cli) -> None:
    for name in ("a", "b"):
        run(*LOGIN, "-p", name, "--token-stdin", stdin="1|x")
    assert run("profile", "list", "--fields", "name,is_default").stdout == "a\ttrue\nb\tfalse\n"
    assert run("profile", "use", "b") == Ran(0, "b\n", "")
    assert run("profile", "list", "--fields", "name,is_default").stdout == "a\tfalse\nb\ttrue\n"


def test_a_second_login_replaces_the_token_and_keeps_the_address(run: Cli) -> None:
    run(*LOGIN, "-p", "prod", "--token-stdin", stdin="1|old")
    assert (
        run("auth", "login", "--no-verify", "-p", "prod", "--token-stdin", stdin="2|new").code == 0
    )
    assert stored(run) == '[prod]\ntoken = "2|new"\ntoken_id = 2\n'
    assert run("profile", "show", "prod").stdout == f"prod\t{URL}\ttrue\ttrue\n"


def test_a_login_from_a_file(run: Cli) -> None:
    file = run.folder / "t"
    file.touch(mode=0o600)
    file.write_text("3|from-file\n")
    assert run(*LOGIN, "--from-file", "t").code == 0
    assert 'token = "3|from-file"' in stored(run)


def test_a_login_can_store_a_command_in_place_of_a_token(run: Cli) -> None:
    run(*LOGIN, "-p", "prod", "--token-stdin", stdin="1|old")
    assert run(*LOGIN, "-p", "prod", "--token-command", "echo '7|fresh'").code == 0
    assert "1|old" not in stored(run)
    assert run("auth", "status").stdout == f"prod\t{URL}\t7\tprofile 'prod'\n"
    assert run(*LOGIN, "-p", "prod", "--token-stdin", stdin="8|back").code == 0
    assert run("auth", "status").stdout == f"prod\t{URL}\t8\tprofile 'prod'\n"


def test_a_token_typed_at_a_terminal_is_not_seen(run: Cli) -> None:
    store = ("--store", "file")
    ran = run.on_terminal(*LOGIN, "-p", "prod", *store, asked="Token: ", typed="9|unseen\n")
    assert ran == Ran(
        0,
        "Paste a token from Administration -> API keys of Tickiti; it is not shown.\n"
        f"Token: \nStored profile 'prod' for {URL}.\n"
        "The token was not verified. To verify it: tickiti auth status --check\n",
        "",
    )
    assert 'token = "9|unseen"' in stored(run)


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (
            LOGIN,
            "",
            (
                "Not a terminal: the token is missing.\n"
                "Add --token-stdin, --from-file FILE or --token-command CMD."
            ),
        ),
        (
            (*LOGIN, "--token-stdin"),
            "",
            "That is not a token: a token looks like 14|tkt_... and has no spaces.",
        ),
        (
            (*LOGIN, "--token-stdin"),
            "no token",
            "That is not a token: a token looks like 14|tkt_... and has no spaces.",
        ),
        (
            ("auth", "login", "--token-stdin"),
            "1|x",
            "Missing server: add --base-url https://support.example.",
        ),
        (
            (*LOGIN, "--token-stdin", "--from-file", "t"),
            "1|x",
            "Give one of --token-stdin, --from-file and --token-command.",
        ),
        (
            (*LOGIN, "--token-stdin", "--token-command", "x"),
            "1|x",
            "Give one of --token-stdin, --from-file and --token-command.",
        ),
        (
            ("auth", "login", "--base-url", "support.example", "--token-stdin"),
            "1|x",
            "--base-url: 'support.example' is not a URL such as https://support.example.",
        ),
    ],
)
def test_an_invalid_login_stores_nothing(
    run: Cli, arguments: tuple[str, ...], stdin: str, sentence: str
) -> None:
    assert run(*arguments, stdin=stdin) == Ran(2, "", f"tickiti: {sentence}\n")
    assert not run.config.exists()


def test_status_shows_the_settings_in_use_and_can_ask_the_server(
    local: Cli, served: Served
) -> None:
    ran = local("auth", "status", "--check", "--json")
    shown = json.loads(ran.stdout)
    assert (shown["profile"], shown["base_url"], shown["token_id"]) == ("local", served.base_url, 1)
    assert (shown["token_from"], shown["status"]) == ("profile 'local'", "active")
    assert "manage-tokens" in shown["abilities"]


def test_a_check_notes_when_the_token_ends(local: Cli, admin: Admin) -> None:
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="seconds")
    row = admin.ask("tokens/mint", {"name": "x", "abilities": ["mail:read"], "expires_at": soon})
    assert local("auth", "login", "-p", "local", "--token-stdin", stdin=row["token"]).code == 0
    end = ("auth", "status", "--check", "--fields", "expires_at")
    assert local(*end) == Ran(0, f"{soon}\n", "")
    assert stored(local) == (
        f'[local]\ntoken = "{row["token"]}"\ntoken_id = {row["id"]}\nexpires_at = "{soon}"\n'
    )
    warned = local(*end, "--verbose").stderr
    assert warned.startswith(f"Warning: the token of profile 'local' expires in 2 days ({soon}).")


def test_status_of_the_environment_names_the_variable(run: Cli) -> None:
    ran = run("auth", "status", TICKITI_API_BASE=URL, TICKITI_API_TOKEN="5|x")
    assert ran == Ran(0, f"\t{URL}\t5\tTICKITI_API_TOKEN\n", "")


def test_a_check_on_a_vendors_install_lists_tickets(remote: Cli, foreign: Foreign) -> None:
    nothing = reply({"message": "Not found."}, status=404)
    foreign.answers(
        nothing, nothing, reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
    )
    assert remote("auth", "status", "--check", "--fields", "status").stdout == "accepted\n"
    foreign.asked.clear()
    foreign.answers(nothing, nothing, failure(401, "unauthenticated", "Unauthenticated."))
    assert remote("auth", "status", "--check").code == 4
    foreign.asked.clear()
    foreign.answers(nothing, nothing, failure(403, "missing_ability", "Not allowed."))
    assert remote("auth", "status", "--check", "--fields", "status").stdout == "accepted\n"


OCTOBER = {
    "token": {"id": "14", "name": "sales", "expires_at": None},
    "abilities": ["tickets:read"],
    "owner": {"email": "anna@sole-trader.example", "is_staff": True, "is_admin": False},
    "plan": {"has_reports": True, "has_escalations": False},
}


def test_check_on_an_october_install_shows_abilities_owner_roles_and_plan(
    remote: Cli, foreign: Foreign
) -> None:
    told, nothing = reply({"ok": True, "data": OCTOBER}), reply({"message": "no"}, status=404)
    foreign.answers(told, nothing)
    shown = json.loads(remote("auth", "status", "--check", "--json").stdout)
    assert {name: shown[name] for name in ("name", "status", "abilities", "owner", "roles")} == {
        "name": "sales", "status": "active", "abilities": ["tickets:read"],
        "owner": "anna@sole-trader.example", "roles": ["staff"],
    }  # fmt: skip
    assert shown["plan"] == ["has_reports"]
    assert foreign.asked[0].line == "POST /api/v1/token HTTP/1.1"


def test_can_on_an_october_install_sends_no_probe(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": OCTOBER}))
    assert remote("auth", "can", "tickets:read").code == 0
    foreign.answers(reply({"ok": True, "data": OCTOBER}))
    assert remote("auth", "can", "send-email").code == 5
    assert [asked.line for asked in foreign.asked] == ["POST /api/v1/token HTTP/1.1"] * 2


def test_a_logout_forgets_the_token_and_keeps_the_profile(run: Cli) -> None:
    run(*LOGIN, "-p", "prod", "--token-stdin", stdin="1|x")
    assert run("auth", "logout", "--yes") == Ran(0, "prod\n", "")
    assert stored(run) == ""
    assert run("profile", "list") == Ran(0, f"prod\t{URL}\ttrue\tfalse\n", "")
    assert run("auth", "logout", "--yes").code == 3
    assert run("auth", "status") == Ran(
        4,
        "",
        f"tickiti: There is no token for {URL}.\n"
        "Log in: tickiti auth login -p prod, or give a token with --token-file FILE.\n",
    )


def test_a_logout_is_confirmed_first(run: Cli) -> None:
    run(*LOGIN, "-p", "prod", "--token-stdin", stdin="1|x")
    assert run("auth", "logout") == Ran(
        2,
        "",
        "tickiti: Delete the stored token of profile 'prod'? Not a terminal: confirm with --yes.\n",
    )
    no = run.on_terminal("auth", "logout", asked="to confirm:", typed="\n")
    assert no.code == 2
    assert 'token = "1|x"' in stored(run)


def test_auth_commands_show_no_secret(run: Cli) -> None:
    run(*LOGIN, "-p", "prod", "--token-stdin", stdin="1|hush-hush")
    for arguments in (
        ("auth", "status"), ("profile", "show"), ("profile", "show", "prod"), ("profile", "list"),
        ("config", "list", "--show-origin"),
    ):  # fmt: skip
        for flags in ((), ("--json",), ("-v", "--debug")):
            ran = run(*arguments, *flags)
            assert (ran.code, "hush" in ran.stdout + ran.stderr) == (0, False)


def test_a_check_succeeds_where_the_previous_token_cannot_be_deleted(
    local: Cli, admin: Admin
) -> None:
    """As on a full disk, or in a container whose configuration is mounted read-only."""
    row = admin.mint("manage-tokens")
    credentials = local.config / "credentials.toml"
    before = f'[local]\ntoken = "{row["token"]}"\nprevious = "1|old"\n'
    credentials.write_text(before)
    command = local.command(["auth", "status", "--check", "--fields", "token_id,status"])
    limited = subprocess.run(
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command],
        env=local.environ({}), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (limited.returncode, limited.stdout) == (0, f"{row['id']}\tactive\n")
    assert limited.stderr == (
        "The token from before the last rotation is not deleted: "
        f"{credentials} cannot be written: File too large.\n"
    )
    assert credentials.read_text() == before
