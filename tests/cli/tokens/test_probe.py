"""What a token may do is found out by asking for nothing: the server is afterwards as before."""

import json
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Ran, Served
from tests.cli.foreign import Foreign, failure, raw_reply, reply
from tests.cli.test_token import minted
from tickiti_cli.client import Client, Options, Remarks
from tickiti_cli.contract import tokens
from tickiti_cli.contract.endpoint import Ability, Access, Key
from tickiti_cli.probing import PROBES, held

NOT_OURS = reply({"message": "Not found."}, status=404)
REFUSED = failure(403, "missing_ability", "Not allowed.")
INCOMPLETE = failure(422, "validation_failed", "Some values are not valid.")


def contents(database: Path) -> dict[str, list[Any]]:
    """Every row of every table; when a token was last used aside."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names}
    return {
        name: [{k: row[k] for k in row.keys() if k != "last_used_at"} for row in found]  # noqa: SIM118
        for name, found in rows.items()
    }


@contextmanager
def client_of(base_url: str, token: str) -> Iterator[Client]:
    remarks = Remarks(print, print, print)
    client = Client(base_url, token=lambda: token, options=Options(), remarks=remarks)
    with closing(client._wire), client._http:
        yield client


def implied(ability: Ability) -> set[Ability]:
    """The ability, and what its holder may do besides."""
    read = ability.replace(":write", ":read")
    return {ability, *(other for other in Ability if other == read)}


def test_each_ability_is_told_from_every_other_and_nothing_changes(
    local: Cli, served: Served
) -> None:
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


def test_every_ability_has_a_question_that_only_it_answers() -> None:
    assert set(PROBES) == set(Ability)
    for ability, row in PROBES.items():
        assert row.access is Access.ABILITY
        wider = {ability} if row.writes else implied(ability) | {*row.needs}
        assert set(row.needs) <= wider
        assert ability in row.needs


def test_no_question_to_a_row_that_writes_can_be_complete(local: Cli) -> None:
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


def test_a_token_that_can_is_exit_0(local: Cli) -> None:
    assert local(*CAN, "create-ticket", "mail:read") == Ran(0, "create-ticket, mail:read\n", "")
    assert local(*CAN, "mail:read", "--json").stdout == '{"abilities": ["mail:read"]}\n'


def test_what_a_token_lacks_is_named_and_exit_5(local: Cli) -> None:
    row = minted(local, "--ability", "mail:write")
    (local.config / "credentials.toml").write_text(f'[local]\ntoken = "{row["token"]}"\n')
    assert local(*CAN, "mail:read", "mail:write", "create-ticket").code == 0
    assert local(*CAN, "mail:read", "templates:read", "send-email") == Ran(
        5, "", "tickiti: The token in use lacks templates:read, send-email.\n"
    )
    error = json.loads(local(*CAN, "send-email", "--json").stderr)["error"]
    assert error["code"] == "missing_ability"


def test_a_name_that_is_no_ability_is_answered_with_the_nearest(run: Cli) -> None:
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
            "tickiti: This server does not tell whether a token has 'send-email'.\n",
        ),
        (
            failure(401, "unauthenticated", "Unauthenticated."),
            4,
            "tickiti: Unauthenticated.\nCheck the token: tickiti auth status --check\n",
        ),
    ],
)
def test_a_vendors_install_is_asked_with_an_empty_body(
    remote: Cli, foreign: Foreign, answer: bytes, code: int, stderr: str
) -> None:
    foreign.answers(NOT_OURS, answer)
    ran = remote(*CAN, "send-email")
    assert ran == Ran(code, "send-email\n" if code == 0 else "", stderr)
    assert (foreign.asked[1].line, foreign.asked[1].body) == (
        "POST /api/render_template HTTP/1.1",
        b"{}",
    )
    assert foreign.asked[1].headers["idempotency-key"]
    assert not (remote.config / "journal").exists()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
@pytest.mark.parametrize(
    "page", [b"<html>No</html>", b"", b'{"message": "no Route matched with those values"}', b"[]"]
)
def test_what_a_stranger_answers_tells_nothing_of_a_token(
    remote: Cli, foreign: Foreign, status: int, page: bytes
) -> None:
    foreign.answers(NOT_OURS, raw_reply(page, status=status))
    ran = remote(*CAN, "send-email", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code != 0, ran.stdout, error["status"]) == (True, "", status)
    assert "lacks" not in error["message"]


def test_a_page_with_403_is_no_token_that_was_accepted(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(NOT_OURS, raw_reply(b"<html>Blocked</html>", status=403))
    assert remote("auth", "status", "--check").code == 5
    foreign.asked.clear()
    foreign.answers(NOT_OURS, REFUSED)
    assert "accepted" in remote("auth", "status", "--check").stdout
