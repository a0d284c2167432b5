"""Tokens: shown once, put where they belong, rotated with an overlap, revoked at once."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, raw_reply, reply
from tests.support.minted import MINT, minted, row_of, without_end, works
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.token_format import is_minted_secret, split_token
from tickiti_cli.tokens import selection

REMOTE = (
    "tickiti: This server has no token management of its own; a vendor's install keeps its tokens "
    "in the web interface, at Administration -> API keys.\n"
)
HELP = "See: tickiti token mint --help"
ASSISTED = "Rotate it with a person's help: tickiti token rotate --self --assisted\n"


def test_a_new_token_is_alone_on_stdout(local: Cli) -> None:
    ran = local(*MINT, "--name", "portal")
    token = ran.stdout.removesuffix("\n")
    found = split_token(token)
    assert found is not None
    assert is_minted_secret(found[1])
    told = f"Created token {found[0]} (portal). This is the only time it is shown:\n"
    assert (ran.code, without_end(ran.stderr)) == (0, told)
    assert works(local, token)


def test_json_of_a_new_token_is_its_row_and_the_token(local: Cli) -> None:
    row = minted(local)
    assert set(row) == {
        "id", "name", "abilities", "family", "status", "created_at", "last_used_at", "expires_at",
        "overlap_until", "allowed_ip", "user", "token",
    }  # fmt: skip
    assert (row["name"], row["status"], row["user"]) == ("portal", "active", None)
    assert row["abilities"] == ["create-ticket", "ticket-respond"]


def test_a_token_written_to_a_file_is_not_printed(local: Cli) -> None:
    for extra in ((), ("--json",)):
        (local.folder / "new.token").unlink(missing_ok=True)
        for flags in (("--out", "new.token"), ("--install", "file:other.token")):
            ran = local(*MINT, "--name", "portal", *flags, *extra)
            assert ran.code == 0
            assert "tkt_" not in ran.stdout + ran.stderr
            assert bool(ran.stdout) == ("--json" in extra or "--install" in flags)
    for name in ("new.token", "other.token"):
        file = local.folder / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert works(local, file.read_text())


def test_a_token_can_be_installed_into_a_profile(local: Cli) -> None:
    before = (local.config / "credentials.toml").read_text()
    with (local.config / "config.toml").open("a") as config:
        config.write('[profiles.other]\nbase_url = "https://other.example"\n')
    ran = local(*MINT, "--name", "portal", "--install", "profile:other")
    after = (local.config / "credentials.toml").read_text()
    assert ran.code == 0
    assert before.strip() in after
    assert f'[other]\ntoken = "{ran.stdout.strip()}|tkt_' in after


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "The token needs abilities: add --ability ABILITY or --preset PRESET."),
        (
            ("--ability", "fly"),
            f"--ability: 'fly' is not one of {', '.join(Ability)}.\n{HELP}",
        ),
        (
            ("--preset", "fuller"),
            (
                "--preset: 'fuller' is not one of read-only, filer, mailer, full "
                f"(did you mean full?).\n{HELP}"
            ),
        ),
        (
            ("--preset", "full", "--expires", "1d", "--never"),
            "--expires and --never contradict each other: give one of them.",
        ),
        (
            ("--preset", "full", "--expires", "soon"),
            "--expires: 'soon' is not a date such as 2026-11-24, tomorrow or 7d.",
        ),
        (
            ("--preset", "full", "--expires", "90"),
            "--expires: '90' has no unit: write 90h for hours or 90d for days.",
        ),
        (
            ("--preset", "full", "--install", "nowhere"),
            "--install: 'nowhere' is neither file:PATH nor profile:NAME.",
        ),
        (
            ("--preset", "full", "--install", "profile:none"),
            "--install profile:none: there is no profile 'none'.",
        ),
    ],
)
def test_impossible_mint_is_refused_before_a_token_exists(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    assert remote("token", "mint", "--name", "x", *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_an_unwritable_token_file_is_reported_before_minting(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / "file").touch()
    ran = remote(*MINT, "--name", "x", "--out", "file/token")
    assert ran == Ran(
        2, "", "tickiti: --out file/token: cannot write a file there: Not a directory.\n"
    )
    ran = remote(*MINT, "--name", "x", "--install", "file:.")
    assert ran == Ran(
        2, "", "tickiti: --install file:.: cannot write a file there: Is a directory.\n"
    )
    assert foreign.asked == []


def test_expiry_is_a_time_from_now_or_a_day(local: Cli) -> None:
    soon = datetime.fromisoformat(minted(local, "--expires", "90d")["expires_at"])
    assert abs(soon - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    day = minted(local, "--expires", "2030-01-01")["expires_at"]
    assert day.startswith("2030-01-01")
    assert minted(local, "--never")["expires_at"] is None


def test_a_token_expires_after_ninety_days_by_default(local: Cli) -> None:
    ran = local(*MINT, "--name", "portal")
    row = row_of(local, int(ran.stdout.partition("|")[0]))
    end = datetime.fromisoformat(row["expires_at"])
    assert abs(end - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    assert f"The token expires at {end:%Y-%m-%d %H:%M} UTC. Choose another end" in ran.stderr
    for flags in (("--never",), ("--expires", "30d")):
        assert "expires" not in local(*MINT, "--name", "portal", *flags).stderr
    assert local(*MINT, "--name", "portal", "-q").stderr == ""


def test_a_rotation_reports_the_expiry_of_the_new_token(local: Cli) -> None:
    token_id = str(minted(local, "--expires", "30d", name="ends")["id"])
    ran = local("token", "rotate", token_id)
    new = row_of(local, int(ran.stdout.partition("|")[0]))
    end = datetime.fromisoformat(new["expires_at"])
    assert abs(end - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    assert f" It expires at {end:%Y-%m-%d %H:%M} UTC. This is the only time" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("rotate", "a", "--overlap", "24"),
        ("rotate", "a", "--overlap", " 90 "),
        ("rotate", "a", "--expires", "30"),
        ("list", "--expiring", "14"),
        ("list", "--unused-for", "0090"),
        ("retire", "2", "--if-idle", "1", "--yes"),
        ("audit", "--since", "7"),
    ],
)
def test_a_number_without_a_unit_is_refused_before_anything_is_sent(
    remote: Cli, foreign: Foreign, arguments: tuple[str, ...]
) -> None:
    ran = remote("token", *arguments)
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])
    assert " has no unit: write " in ran.stderr


def test_abilities_and_a_preset_add_up(local: Cli) -> None:
    row = minted(local, "--ability", "ticket-index", "--ability", "create-ticket")
    assert row["abilities"] == ["create-ticket", "ticket-index", "ticket-respond"]


def test_a_preset_does_what_its_name_says(local: Cli) -> None:
    ran = local("token", "abilities", "--json")
    rows = {row["ability"]: row for row in json.loads(ran.stdout)}
    assert set(rows) == {ability.value for ability in Ability}
    held = {
        name: {ability for ability, row in rows.items() if name in row["presets"]}
        for name in ("read-only", "filer", "mailer", "full")
    }
    assert held["filer"] == {"create-ticket", "ticket-respond"}
    assert held["mailer"] == {"send-email"}
    assert held["full"] == set(rows) - {"manage-tokens"}
    assert held["read-only"] == {name for name in rows if name.endswith(":read")} | {"ticket-index"}
    assert rows["create-ticket"]["endpoints"] == [
        "create_ticket", "flat_create", "interventions.accept",
    ]  # fmt: skip


def test_a_list_shows_every_token_and_no_secret(local: Cli) -> None:
    row = minted(local, "--expires", "10d", name="listed")
    ran = local("token", "list")
    line = next(line for line in ran.stdout.splitlines() if line.startswith(f"{row['id']}\t"))
    assert line == f"{row['id']}\tlisted\tactive\t{row['family']}\t\t{row['expires_at']}\t"
    assert "tkt_" not in ran.stdout + local("token", "list", "--json").stdout


def test_a_token_list_can_be_filtered_by_expiry_and_use(local: Cli) -> None:
    soon, late = minted(local, "--expires", "5d"), minted(local, "--expires", "50d")
    ran = local("token", "list", "--expiring", "14d", "--fields", "id")
    expiring = ran.stdout.splitlines()
    assert ran.code == 13
    assert " within 14d.\n" in ran.stderr
    assert local("token", "list", "--expiring", "1m") == Ran(0, "", "")
    assert str(soon["id"]) in expiring
    assert str(late["id"]) not in expiring
    unused = local("token", "list", "--unused-for", "30d", "--fields", "id").stdout.splitlines()
    assert str(soon["id"]) not in unused


def test_a_token_is_found_by_id_by_name_and_by_self(local: Cli) -> None:
    first, second = minted(local, name="twice"), minted(local, name="twice")
    assert row_of(local, first["id"])["id"] == first["id"]
    by_name = json.loads(local("token", "view", "twice", "--json").stdout)
    assert by_name["id"] == second["id"]
    assert json.loads(local("token", "view", "--self", "--json").stdout)["id"] == 1


@pytest.mark.parametrize("verb", ["view", "rotate"])
def test_ambiguous_and_missing_token_names_are_refused(local: Cli, verb: str) -> None:
    expected = Ran(2, "", "tickiti: Give either a token or --self.\n")
    assert local("token", verb) == expected
    assert local("token", verb, "1", "--self") == expected


def test_revoke_takes_one_selector(local: Cli) -> None:
    expected = Ran(
        2, "", "tickiti: Give token IDs or names, --self or --expired: one of the three.\n"
    )
    for flags in ((), ("1", "--self"), ("--self", "--expired"), ("1", "--expired")):
        assert local("token", "revoke", *flags, "--yes") == expected


@pytest.mark.parametrize("wanted", ["999999", "no such name"])
def test_an_unknown_token_is_not_found(local: Cli, wanted: str) -> None:
    for verb in ("view", "rotate"):
        assert local("token", verb, wanted) == Ran(
            6, "", f"tickiti: There is no token '{wanted}'.\nSee: tickiti token list\n"
        )


def test_rotation_keeps_the_old_token_for_the_overlap(local: Cli) -> None:
    old = minted(local, name="rotated")
    ran = local("token", "rotate", "rotated", "--overlap", "1h", "--json")
    new = json.loads(ran.stdout)
    assert (new["family"], new["abilities"]) == (old["family"], old["abilities"])
    assert works(local, old["token"])
    assert works(local, new["token"])
    row = row_of(local, old["id"])
    left = datetime.fromisoformat(row["overlap_until"]) - datetime.now(UTC)
    assert row["status"] == "overlap"
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_rotation_without_an_overlap_ends_the_old_token_at_once(local: Cli) -> None:
    old = minted(local, name="at once")
    new = json.loads(local("token", "rotate", str(old["id"]), "--overlap", "0", "--json").stdout)
    assert not works(local, old["token"])
    assert works(local, new["token"])


def test_rotating_the_token_in_use_updates_its_profile(local: Cli) -> None:
    own = minted(local, "--ability", "manage-tokens", name="self")
    credentials = local.config / "credentials.toml"
    credentials.write_text(f'[local]\ntoken = "{own["token"]}"\n')
    ran = local(
        "token", "rotate", "--self", "--install", "profile:local", "--install", "file:copy",
        "--overlap", "0",
    )  # fmt: skip
    assert ran.code == 0
    assert "tkt_" not in ran.stdout + ran.stderr
    stored = credentials.read_text()
    assert f'previous = "{own["token"]}"' in stored
    assert (local.folder / "copy").read_text().strip() in stored
    assert local("token", "view", "--self").code == 0


def test_a_revoked_token_stops_working_at_once(local: Cli) -> None:
    first, second = minted(local), minted(local)
    ran = local("token", "revoke", str(first["id"]), str(second["id"]), "--yes")
    assert ran == Ran(0, f"{first['id']}, {second['id']}\n", "")
    assert not works(local, first["token"])
    assert not works(local, second["token"])
    assert row_of(local, first["id"])["status"] == "revoked"


def test_revoking_asks_for_confirmation_on_a_terminal(local: Cli) -> None:
    row = minted(local)
    token = f"{row['id']} ({row['name']})"
    question = f'Revoke token {token}? Type "yes" to confirm:'
    no = local.on_terminal("token", "revoke", str(row["id"]), asked="to confirm:", typed="no\n")
    assert (no.code, no.stdout) == (2, f"{question}\nno\ntickiti: Nothing was done.\n")
    assert works(local, row["token"])
    yes = local.on_terminal("token", "revoke", str(row["id"]), asked="to confirm:", typed="yes\n")
    assert (yes.code, yes.stdout) == (0, f"{question}\nyes\nRevoked token {token}.\n")
    assert not works(local, row["token"])


def test_revoke_without_a_terminal_needs_a_flag(local: Cli) -> None:
    row = minted(local)
    refused = (
        f"tickiti: Revoke token {row['id']} ({row['name']})? Not a terminal: confirm with --yes.\n"
    )
    revoke = ("token", "revoke", str(row["id"]))
    assert local(*revoke) == Ran(2, "", refused)
    assert local.on_terminal(*revoke, "--no-input") == Ran(2, refused, "")
    assert local.on_terminal(*revoke, TICKITI_NO_INPUT="1") == Ran(2, refused, "")
    assert works(local, row["token"])


def test_a_token_without_the_ability_is_told_which_one_it_lacks(local: Cli) -> None:
    row = minted(local)
    (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{row["token"]}"\n')
    assert local("token", "list") == Ran(
        5,
        "",
        "tickiti: This token lacks the ability 'manage-tokens'.\n"
        "See what the token may do: tickiti token view --self\n",
    )


@pytest.mark.parametrize(
    "missing",
    [
        reply({"message": "Not found."}, status=404),
        raw_reply(b"<html>404</html>", status=404, media_type="text/html"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        ("list",), ("view", "--self"), ("mint", "--name", "x", "--preset", "full"),
        ("rotate", "1"), ("rotate", "--self"),
        ("revoke", "1", "--yes"), ("revoke", "--expired", "--yes"), ("retire", "1", "--yes"),
        ("audit",),
    ],
)  # fmt: skip
def test_token_commands_on_an_older_install_exit_15(
    remote: Cli, foreign: Foreign, arguments: tuple[str, ...], missing: bytes
) -> None:
    foreign.answers(missing)
    way_on = ASSISTED if arguments[0] == "rotate" else ""
    assert remote("token", *arguments) == Ran(15, "", REMOTE + way_on)


def test_a_question_names_five_tokens_at_most() -> None:
    rows = [{"id": number, "name": f"c{number}"} for number in range(1, 8)]
    rows[1]["name"] = ""
    told = "1 (c1), 2, 3 (c3), 4 (c4), 5 (c5) and 2 more"
    assert selection.titled(rows) == told


def test_audit_of_an_unknown_id_is_exit_6_as_a_name_is(local: Cli) -> None:
    for wanted in ("999", "nosuch"):
        ran = local("token", "audit", wanted)
        said = f"tickiti: There is no token '{wanted}'."
        assert ran == Ran(6, "", f"{said}\nSee: tickiti token list\n")


def test_audit_of_a_known_id_without_events_in_the_range_is_empty(local: Cli) -> None:
    assert local("token", "audit", "1", "--until", "2020-01-01") == Ran(0, "", "")
