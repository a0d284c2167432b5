"""The abilities of a token are found by requests that change nothing."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran, Served
from tests.support.databases import tables
from tests.support.foreign import Foreign, failure, raw_reply, reply
from tests.support.minted import minted
from tickiti_cli.api.sender import Options, Remarks, Sender
from tickiti_cli.contract.bundled import tokens
from tickiti_cli.contract.endpoint import Ability, Access, Key
from tickiti_cli.tokens.probe import PROBES, held

NOT_OURS = reply({"message": "Not found."}, status=404)
REFUSED = failure(403, "missing_ability", "Not allowed.")
INCOMPLETE = failure(422, "validation_failed", "Some values are invalid.")


def contents(database: Path) -> dict[str, list[Any]]:
    """Every row of every table, in any order; when a token was last used aside, and what the
    indexer of texts writes by itself."""
    aside = ("last_used_at", "subject_key")
    return {
        name: sorted(({k: v for k, v in row.items() if k not in aside} for row in found), key=repr)
        for name, found in tables(database).items()
        if not name.startswith("search_")
    }


@contextmanager
def client_of(base_url: str, token: str) -> Iterator[Sender]:
    remarks = Remarks(print, print, print)
    client = Sender(base_url, token=lambda: token, options=Options(), remarks=remarks)
    with closing(client._wire), closing(client._transport):
        yield client


def implied(ability: Ability) -> set[Ability]:
    """The ability, and what its holder may do besides."""
    read = ability.replace(":write", ":read")
    return {ability, *(other for other in Ability if other == read)}


def test_probe_distinguishes_each_ability_without_a_write(local: Cli, served: Served) -> None:
    credentials = tomllib.loads((local.config / "credentials.toml").read_text())
    with client_of(served.base_url, credentials["local"]["token"]) as admin:
        minted = [admin.call(tokens.mint, {"name": "x", "abilities": [one]}) for one in Ability]
    before = contents(served.database)
    for ability, made in zip(Ability, minted, strict=True):
        with client_of(served.base_url, made.data["token"]) as client:
            assert set(held(client)) == implied(ability)
    assert contents(served.database) == before
    # The measure is one that moves.
    assert local("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    assert contents(served.database) != before


def test_each_ability_has_a_probe_request() -> None:
    assert set(PROBES) == set(Ability)
    for ability, row in PROBES.items():
        assert row.access is Access.ABILITY
        wider = {ability} if row.writes else implied(ability) | {*row.needs}
        assert set(row.needs) <= wider
        assert ability in row.needs


def test_probe_requests_to_writing_endpoints_are_incomplete(local: Cli) -> None:
    """The bundled server refuses each as incomplete, or has no such row; what it documents of
    the vendor's rows it does not serve has members that are required."""
    document = json.loads(local("server", "openapi").stdout)
    for row in PROBES.values():
        if row.writes and row.served and row.key is not Key.REQUIRED:
            operation = document["paths"][row.path]["post"]
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            name = schema["$ref"].rpartition("/")[2]
            assert document["components"]["schemas"][name]["required"]


CAN = ("auth", "can")


def test_token_with_the_ability_is_exit_0(local: Cli) -> None:
    assert local(*CAN, "create-ticket", "mail:read") == Ran(0, "create-ticket, mail:read\n", "")
    assert local(*CAN, "mail:read", "--json").stdout == '{"abilities": ["mail:read"]}\n'


def test_missing_ability_is_named_with_exit_5(local: Cli) -> None:
    row = minted(local, "--ability", "mail:write")
    (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{row["token"]}"\n')
    assert local(*CAN, "mail:read", "mail:write", "create-ticket").code == 0
    assert local(*CAN, "mail:read", "templates:read", "send-email") == Ran(
        5, "", "tickiti: The token in use lacks templates:read, send-email.\n"
    )
    error = json.loads(local(*CAN, "send-email", "--json").stderr)["error"]
    assert error["code"] == "missing_ability"


def test_unknown_ability_is_answered_with_the_nearest(run: Cli) -> None:
    assert run(*CAN, "create-tickets") == Ran(
        2,
        "",
        "tickiti: There is no ability 'create-tickets'. Did you mean 'create-ticket'?\n"
        "See: tickiti token abilities\n",
    )
    assert run(*CAN, "fly").stderr.startswith("tickiti: There is no ability 'fly'.\n")


@pytest.mark.parametrize(
    ("answer", "code", "stderr"),
    [
        (INCOMPLETE, 0, ""),
        (failure(400, "invalid_json"), 0, ""),
        (reply({"ok": True, "data": {}}), 0, ""),
        (REFUSED, 5, "tickiti: The token in use lacks send-email.\n"),
        (
            reply({"message": "The route api/render_template could not be found."}, status=404),
            15,
            "tickiti: This server does not report whether a token has 'send-email'.\n",
        ),
        (
            failure(401, "unauthenticated", "Unauthenticated."),
            4,
            (
                "tickiti: URL rejects the token, which is mistyped, expired or revoked.\n"
                "Check the token: tickiti auth status --check\n"
            ),
        ),
    ],
)
def test_install_is_probed_with_an_empty_body(
    remote: Cli, foreign: Foreign, answer: bytes, code: int, stderr: str
) -> None:
    foreign.answers(NOT_OURS, NOT_OURS, answer)
    ran = remote(*CAN, "send-email")
    told = stderr.replace("URL", foreign.base_url)
    assert ran == Ran(code, "send-email\n" if code == 0 else "", told)
    assert (foreign.asked[2].line, foreign.asked[2].body) == (
        "POST /api/render_template HTTP/1.1",
        b"{}",
    )
    assert foreign.asked[2].headers["idempotency-key"]
    assert not (remote.config / "journal").exists()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
@pytest.mark.parametrize(
    "page", [b"<html>No</html>", b"", b'{"message": "no Route matched with those values"}', b"[]"]
)
def test_foreign_answer_leaves_an_ability_unknown(
    remote: Cli, foreign: Foreign, status: int, page: bytes
) -> None:
    foreign.answers(NOT_OURS, NOT_OURS, raw_reply(page, status=status))
    ran = remote(*CAN, "send-email", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code != 0, ran.stdout, error["status"]) == (True, "", status)
    assert "lacks" not in error["message"]


def test_html_page_with_403_is_not_an_accepted_token(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(NOT_OURS, NOT_OURS, raw_reply(b"<html>Blocked</html>", status=403))
    assert remote("auth", "status", "--check").code == 5
    foreign.asked.clear()
    foreign.answers(NOT_OURS, NOT_OURS, REFUSED)
    assert "accepted" in remote("auth", "status", "--check").stdout
