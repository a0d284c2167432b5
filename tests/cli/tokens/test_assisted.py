"""Rotation without a token API: a person makes the key, the rest is as safe as the automatic one.

The install is the bundled server behind a door that hides what only the bundled server has.
"""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.files import state_of
from tests.support.foreign import Foreign, raw_reply, reply

ROTATE = ("token", "rotate", "--self", "--assisted")
STDIN = (*ROTATE, "--token-stdin")
ABILITIES = ("create-ticket", "ticket-respond", "send-email", "mail:read")
UNCHANGED = "Nothing was changed.\n"


class Vendor(Foreign):
    """A vendor's install: 404 for our own administration, everything else is answered for real."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self._behind = urlsplit(served.base_url)
        self.answers(self._forward)

    def _forward(self, connection: socket.socket) -> None:
        asked = self.asked[-1]
        path = asked.line.split()[1]
        if path.startswith("/_tickiti/"):
            connection.sendall(reply({"message": "Not found."}, status=404))
            return
        assert self._behind.hostname
        behind = http.client.HTTPConnection(self._behind.hostname, self._behind.port, timeout=10)
        behind.request("POST", path, asked.body, asked.headers)
        answer = behind.getresponse()
        connection.sendall(raw_reply(answer.read(), status=answer.status))
        behind.close()


@pytest.fixture
def vendor(served: Served) -> Iterator[Vendor]:
    with Vendor(served) as server:
        yield server


@pytest.fixture
def tokens(admin: Admin) -> tuple[dict[str, Any], dict[str, Any]]:
    """The token in use, and the one that a person has made with the same abilities."""
    return admin.mint(*ABILITIES), admin.mint(*ABILITIES)


@pytest.fixture
def far(local: Cli, vendor: Vendor, tokens: tuple[dict[str, Any], Any]) -> Cli:
    """A profile for the install, with the first of the tokens."""
    with (local.config / "config.toml").open("a") as config:
        config.write(f'[profiles.far]\nbase_url = "{vendor.base_url}"\n')
    with (local.config / "credentials.toml").open("a") as credentials:
        credentials.write(f'[far]\ntoken = "{tokens[0]["token"]}"\n')
    assert local.folder.is_dir()
    return local


def stored(run: Cli) -> str:
    return (run.config / "credentials.toml").read_text().partition("[far]\n")[2]


def test_token_that_may_not_administer_leads_to_the_assisted_rotation(far: Cli) -> None:
    """The install has the API for tokens of October 2026, and the token lacks the ability."""
    ran = far("token", "rotate", "--self", "-p", "far")
    assert (ran.code, ran.stdout) == (5, "")
    assert "administration:" in ran.stderr
    assert ran.stderr.endswith(
        "Rotate it with a person's help: tickiti token rotate --self --assisted\n"
    )


def test_assisted_rotation_shows_the_steps_and_hides_the_new_token(
    far: Cli, vendor: Vendor, tokens: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    old, new = tokens
    typed = f"{new['token']}\n"
    ran = far.on_terminal(*ROTATE, "-p", "far", asked="New token: ", typed=typed, COLUMNS="300")
    assert ran == Ran(
        0,
        f"Create a new key at {vendor.base_url}, Administration -> API keys.\n"
        "Select these abilities: create-ticket, ticket-respond, send-email, mail:read\n"
        "New token: \n"
        f"Replaced token {old['id']} with token {new['id']}. The old token is kept until "
        "`tickiti auth status --check` confirms the new one; then delete the old key.\n",
        "",
    )
    assert stored(far) == (
        f'token = "{new["token"]}"\ntoken_id = {new["id"]}\nprevious = "{old["token"]}"\n'
    )


def test_token_from_standard_input_is_installed_everywhere(
    far: Cli, tokens: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    old, new = tokens
    flags = ("--install", "file:copy", "--hook", "cat copy > seen", "--expires", "2099-01-01")
    ran = far(*STDIN, "-p", "far", *flags, "--json", stdin=f"{new['token']}\n")
    assert (ran.code, ran.stderr) == (0, "")
    expected = {"id": new["id"], "previous_id": old["id"], "abilities": [*ABILITIES]}
    assert json.loads(ran.stdout) == expected
    assert (far.folder / "seen").read_text() == f"{new['token']}\n"
    assert 'expires_at = "2099-01-01T00:00:00+00:00"' in stored(far)


def test_old_token_is_kept_until_the_new_one_is_confirmed(
    far: Cli, tokens: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    _, new = tokens
    assert far(*STDIN, "-p", "far", stdin=new["token"]).code == 0
    assert far("auth", "status", "-p", "far").stderr == ""
    assert "previous" in stored(far)
    ran = far("auth", "status", "--check", "-p", "far", "--fields", "status")
    told = "Deleted the token from before the last rotation; revoke it if it is still valid.\n"
    assert ran == Ran(0, "active\n", told)
    assert stored(far) == f'token = "{new["token"]}"\ntoken_id = {new["id"]}\n'
    assert far("auth", "status", "--check", "-p", "far").stderr == ""


@pytest.mark.parametrize(
    ("given", "flags", "code", "sentence"),
    [
        ("", (), 2, "That is not a token: a token looks like 14|tkt_... and has no spaces."),
        ("{old}", (), 2, "That is the token in use, not a new one."),
        ("{new}0", (), 2, "That token is not complete: its checksum does not match."),
        ("9999|unknown", (), 4, "The server rejects the new token."),
        (
            "{less}",
            (),
            5,
            (
                "The new token lacks abilities of the old one: send-email.\n"
                "Select them for the new key, and run the same command again."
            ),
        ),
        ("{new}", ("--hook", "false"), 13, "The hook 'false' ended with 1."),
        (
            "{new}",
            ("--install", f"file:{'n' * 250}"),
            3,
            f"{'n' * 250} cannot be written: File name too long.",
        ),
    ],
    ids=["empty", "old", "cut", "unknown", "less", "hook", "place"],
)
def test_failures_of_every_step_change_nothing(
    far: Cli,
    tokens: tuple[dict[str, Any], dict[str, Any]],
    admin: Admin,
    *,
    given: str,
    flags: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    old, new = tokens
    less = admin.mint(*ABILITIES[:2], ABILITIES[3])["token"]
    given = given.format(old=old["token"], new=new["token"], less=less)
    before = state_of(far.home)
    ran = far(*STDIN, "-p", "far", "--install", "file:kept", *flags, stdin=given)
    told = UNCHANGED if code in (3, 13) else ""
    assert ran == Ran(code, "", f"{told}tickiti: {sentence}\n")
    assert state_of(far.home) == before


def test_dead_old_token_is_replaced_only_without_the_comparison(
    far: Cli, tokens: tuple[dict[str, Any], dict[str, Any]], admin: Admin
) -> None:
    old, new = tokens
    admin.ask("tokens/revoke", {"ids": [old["id"]]})
    assert far(*STDIN, "-p", "far", stdin=new["token"]) == Ran(
        4,
        "",
        "tickiti: The server rejects the token in use, so its abilities cannot be compared.\n"
        "To replace it without the comparison, add --no-verify.\n",
    )
    ran = far(*STDIN, "-p", "far", "--no-verify", stdin=new["token"])
    assert ran == Ran(0, f"{new['id']}\n", "")
    assert f'token = "{new["token"]}"' in stored(far)


def test_assisted_rotation_without_a_terminal_asks_nobody(far: Cli) -> None:
    ran = far(*ROTATE, "-p", "far")
    assert ran.code == 2
    assert ran.stderr.endswith("tickiti: Not a terminal: give the new token with --token-stdin.\n")


def test_ctrl_c_at_the_prompt_changes_nothing(far: Cli) -> None:
    before = state_of(far.home)
    ran = far.on_terminal(*ROTATE, "-p", "far", asked="New token: ", typed="\x03")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (130, "New token: tickiti: Interrupted.")
    assert state_of(far.home) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("7", "--assisted"), "--assisted requires --self."),
        (
            ("--self", "--assisted", "--overlap", "1h"),
            "--overlap cannot be used with --assisted: delete the old token when it is due.",
        ),
        (("--self", "--token-stdin"), "--token-stdin requires --assisted."),
    ],
)
def test_flags_that_contradict_each_other_are_refused(
    far: Cli, arguments: tuple[str, ...], sentence: str
) -> None:
    assert far("token", "rotate", *arguments) == Ran(2, "", f"tickiti: {sentence}\n")


def test_rotation_of_an_environment_token_needs_a_destination(
    far: Cli, vendor: Vendor, tokens: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    old, new = tokens
    environ = {"TICKITI_API_BASE": vendor.base_url, "TICKITI_API_TOKEN": old["token"]}
    assert far(*STDIN, stdin=new["token"], **environ) == Ran(
        2,
        "",
        "tickiti: No destination for the new token.\n"
        "Give --install file:PATH, or a profile with -p NAME.\n",
    )
    ran = far(*STDIN, "--install", "file:next", stdin=new["token"], **environ)
    assert ran == Ran(0, f"{new['id']}\n", "")
    assert (far.folder / "next").read_text() == f"{new['token']}\n"


def test_probe_requests_leave_no_ticket_mail_or_journal(
    far: Cli, vendor: Vendor, tokens: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    assert far(*STDIN, "-p", "far", stdin=tokens[1]["token"]).code == 0
    bodies = {asked.body for asked in vendor.asked}
    assert bodies == {b"{}", b'{"limit":1}'}
    assert not (far.config / "journal").exists()
