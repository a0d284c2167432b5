"""Tokens of a vendor's install: the API of October 2026, driven by the commands for tokens.

The install is the bundled server with everything of its own switched off (`--vendor-only`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply


@pytest.fixture
def vendor(run: Cli, tmp_path: Path) -> Iterator[Cli]:
    """The command line logged in to an install that answers the vendor's paths alone."""
    database = tmp_path / "vendor.db"
    words = ("server", "start", "--detach", "--port", "0", "--vendor-only")
    assert run(*words, "--db", str(database)).code == 0
    yield run
    run("server", "stop", "--db", str(database))


def minted(vendor: Cli, *words: str, name: str = "sales") -> dict[str, object]:
    ran = vendor("token", "mint", "--name", name, "--ability", "tickets:write", *words, "--json")
    assert ran.code == 0, ran
    row: dict[str, object] = json.loads(ran.stdout)
    return row


def test_a_vendors_token_without_expiry_causes_one_remark(vendor: Cli) -> None:
    told = "A token of this server does not expire: revoke it when it is no longer needed.\n"
    mint = ("token", "mint", "--name", "sales", "--ability", "tickets:write")
    assert vendor(*mint).stderr.count(told) == 1
    assert told not in vendor(*mint, "--never").stderr


def test_token_of_an_install_is_minted_listed_edited_and_revoked(vendor: Cli) -> None:
    row = minted(vendor, "--allowed-ip", "127.0.0.0/8")
    listed = json.loads(vendor("token", "list", "--json").stdout)
    found = next(one for one in listed if one["id"] == row["id"])
    assert (found["name"], found["abilities"], found["allowed_ip"], found["status"]) == (
        "sales", ["tickets:write"], "127.0.0.0/8", "active",
    )  # fmt: skip
    assert str(row["token"]).partition("|")[2] not in json.dumps(listed)
    edited = vendor("token", "edit", "sales", "--ability", "tickets:read", "--allowed-ip", "none")
    assert edited == Ran(0, f"{row['id']}\n", "")
    shown = json.loads(vendor("token", "view", str(row["id"]), "--json").stdout)
    assert (shown["abilities"], shown["allowed_ip"]) == (["tickets:read"], None)
    assert vendor("token", "revoke", "sales", "--yes").code == 0
    assert vendor("token", "view", str(row["id"])).code == 6


def test_token_of_an_install_has_no_expiry_audit_or_prune(vendor: Cli) -> None:
    for words in (
        ("mint", "--name", "x", "--preset", "filer", "--expires", "90d"),
        ("audit",),
        ("list", "--expiring", "14d"),
    ):
        assert vendor("token", *words).code == 15, words


def test_rotation_on_an_install_keeps_the_old_token_alive(vendor: Cli, tmp_path: Path) -> None:
    row = minted(vendor)
    place = tmp_path / "sales.token"
    ran = vendor("token", "rotate", "sales", "--install", f"file:{place}", "--json")
    assert ran.code == 0, ran
    new = json.loads(ran.stdout)
    rows = {one["id"]: one for one in json.loads(vendor("token", "list", "--json").stdout)}
    assert rows[new["id"]]["abilities"] == rows[row["id"]]["abilities"] == ["tickets:write"]
    assert place.read_text().strip().startswith(f"{new['id']}|")
    assert vendor("token", "retire", str(row["id"]), "--yes").code == 0
    left = {one["id"] for one in json.loads(vendor("token", "list", "--json").stdout)}
    assert (row["id"] in left, new["id"] in left) == (False, True)


def test_failed_hook_revokes_the_new_token(vendor: Cli, tmp_path: Path) -> None:
    row = minted(vendor)
    place = tmp_path / "sales.token"
    place.write_text("old\n")
    place.chmod(0o600)
    ran = vendor("token", "rotate", "sales", "--install", f"file:{place}", "--hook", "false")
    assert ran.code != 0
    assert place.read_text() == "old\n"
    ids = [one["id"] for one in json.loads(vendor("token", "list", "--json").stdout)]
    assert max(ids) == row["id"]


def test_older_install_leads_to_the_assisted_rotation(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"message": "The route could not be found."}, status=404))
    ran = remote("token", "rotate", "--self")
    assert (ran.code, "--assisted" in ran.stderr) == (15, True)


TOKENS = {"tokens": [], "grantable_abilities": ["create-ticket", "tickets:read"]}
NO_ROUTE = failure(404, "not_found")


def lines(foreign: Foreign) -> list[str]:
    return [asked.line.split()[1] for asked in foreign.asked]


def test_preset_leaves_out_what_the_token_may_not_grant(remote: Cli, foreign: Foreign) -> None:
    made = reply({"ok": True, "id": 9, "token": "9|" + 40 * "x"})
    foreign.answers(NO_ROUTE, reply(TOKENS), made)
    ran = remote("token", "mint", "--name", "x", "--preset", "filer", "--never", "--json")
    assert (ran.code, ran.stderr) == (
        0, "Left out, as the token in use may not grant it: ticket-respond.\n",
    )  # fmt: skip
    assert json.loads(ran.stdout)["abilities"] == ["create-ticket"]
    assert json.loads(foreign.asked[-1].body)["abilities"] == ["create-ticket"]


def test_preset_without_a_grantable_ability_is_refused(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(NO_ROUTE, reply(TOKENS))
    assert remote("token", "mint", "--name", "x", "--preset", "mailer") == Ran(
        5, "", "tickiti: The token in use may not grant: send-email.\n"
    )
    assert "/api/v1/administration/api-tokens/create" not in lines(foreign)


def test_ability_given_with_a_preset_is_sent_to_the_server(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(NO_ROUTE, reply(TOKENS), failure(403, "missing_ability"))
    words = ("--preset", "filer", "--ability", "ticket-respond")
    assert remote("token", "mint", "--name", "x", *words).code == 5
    assert json.loads(foreign.asked[-1].body)["abilities"] == ["create-ticket", "ticket-respond"]


def test_preset_on_an_install_gets_what_its_first_token_holds(vendor: Cli) -> None:
    ran = vendor("token", "mint", "--name", "filer", "--preset", "filer", "--never", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["abilities"] == ["create-ticket", "ticket-respond"]


def test_token_endpoint_of_a_server_is_looked_up_once(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(NO_ROUTE, reply(TOKENS))
    assert [remote("token", "list").code for _ in range(3)] == [0, 0, 0]
    assert lines(foreign) == ["/_tickiti/tokens", *3 * ["/api/v1/administration/api-tokens"]]


def test_bundled_server_at_the_former_address_of_an_install_is_found(
    remote: Cli, foreign: Foreign
) -> None:
    bundled = reply({"ok": True, "data": {"tokens": []}})
    foreign.answers(NO_ROUTE, reply(TOKENS), bundled)
    assert remote("token", "list").code == 0
    assert remote("token", "list", "--expiring", "14d").code == 0
    assert remote("token", "list").code == 0
    assert lines(foreign)[2:] == ["/_tickiti/tokens", "/_tickiti/tokens"]
