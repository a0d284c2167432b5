"""Tokens end and are recorded: retired, pruned, audited, with the time of their last use."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import execute, execute_script, rows
from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import TokenInUse
from tickiti_server import prepare
from tickiti_server.api.call import Call
from tickiti_server.api.tokens import audit
from tickiti_server.api.tokens import tokens as family
from tickiti_server.api.tokens.bodies.audit import ListAudit
from tickiti_server.api.tokens.bodies.tokens import ListTokens, Mint, Retire, Revoke, Rotate
from tickiti_server.auth import authenticate
from tickiti_server.auth.caller import Caller
from tickiti_server.auth.token import secret_digest
from tickiti_server.clock import DAY, LATEST, SECOND, Microseconds, rfc3339
from tickiti_server.idempotency import minted_keys
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.request_lines import RequestLines, RequestLogLine
from tickiti_server.store.access import tokens as stored
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import open_database

TOKENS, INDEX = "/_tickiti/tokens", "/api/tickiti_api_index"
MINT = {"name": "shop", "abilities": ["ticket-index"]}
NOON: Microseconds = 1_793_880_000 * SECOND  # 2026-11-05T12:00:00Z
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("life"))
    found.start()
    yield found
    found.stop()


def succeeded(place: Place, verb: str, body: Any) -> Any:
    status, _, raw = place.post(f"{TOKENS}{verb}", body)
    assert status == 200, raw
    return json.loads(raw)["data"]


def refused(place: Place, verb: str, body: Any) -> tuple[int, str, str]:
    status, _, raw = place.post(f"{TOKENS}{verb}", body)
    return status, json.loads(raw)["code"], json.loads(raw)["message"]


def is_let_in(place: Place, token: str) -> bool:
    return place.post(INDEX, {}, token=token)[0] == 200


def rotated(place: Place, seconds: int = 600) -> tuple[Any, Any]:
    """A token in its overlap, and its successor."""
    old = succeeded(place, "/mint", MINT)
    return old, succeeded(place, "/rotate", {"id": old["id"], "overlap_seconds": seconds})


def audited(place: Place, token_id: int) -> list[str]:
    """What was done to a token, the newest first."""
    return [row["action"] for row in succeeded(place, "/audit", {"id": token_id})["audit"]]


def at(path: Path, scenario: Callable[[Transaction, Callable[[Microseconds], Call]], Any]) -> Any:
    """Run a scenario in a transaction on a new database. It makes its calls at times it chooses."""
    prepare.prepare(path, demo=False, known_token=None)
    requests = RequestLog(RequestLines(StringIO().write, RequestLogLine.text))

    def call_at(tx: Transaction) -> Callable[[Microseconds], Call]:
        caller = Caller(token_id=1, family_id=1, abilities=frozenset(Ability), person_id=1)
        return lambda now: Call(
            tx=tx,
            caller=caller,
            now=now,
            key_minter=minted_keys.KeyMinter(b""),
            request_log=requests,
            request_id="r-1",
        )

    async def whole() -> Any:
        database = open_database(path)
        try:
            return await database.write(lambda tx: scenario(tx, call_at(tx)))
        finally:
            await database.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("span", [90 * DAY, None, LATEST - NOON])
def test_a_rotated_token_lives_as_long_as_its_predecessor(tmp_path: Path, span: int | None) -> None:
    """No longer than to the end of the year 9999, the last that a reply can name."""

    def scenario(_tx: Transaction, call: Callable[[Microseconds], Call]) -> Any:
        end = None if span is None else rfc3339(NOON + span)
        mint = {"name": "shop", "abilities": [Ability.TICKET_INDEX], "expires_at": end}
        old = family.mint(call(NOON), Mint.model_validate(mint))
        return family.rotate(call(NOON + DAY), Rotate(id=old["id"]))["expires_at"]

    expected = None if span is None else rfc3339(min(NOON + DAY + span, LATEST))
    assert at(tmp_path / "t.db", scenario) == expected


def test_retire_ends_the_overlap_at_once(place: Place) -> None:
    old, new = rotated(place)
    assert is_let_in(place, old["token"])
    row = succeeded(place, "/retire", {"id": old["id"]})
    assert (row["id"], row["status"]) == (old["id"], "expired")
    assert not is_let_in(place, old["token"])
    assert is_let_in(place, new["token"])


def test_active_token_is_not_retired(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    assert refused(place, "/retire", {"id": minted["id"]}) == (
        409, "conflict", f"Token {minted['id']} is active; rotate it first, or revoke it.",
    )  # fmt: skip
    assert is_let_in(place, minted["token"])
    assert audited(place, minted["id"]) == ["mint"]


def test_retire_of_a_dead_token_changes_nothing(place: Place) -> None:
    old, _ = rotated(place)
    first = succeeded(place, "/retire", {"id": old["id"]})
    assert succeeded(place, "/retire", {"id": old["id"], "if_idle": 3600}) == first
    assert audited(place, old["id"]) == ["retire", "rotate", "mint"]


def test_token_in_use_is_not_retired_when_idle_is_required(place: Place) -> None:
    old, _ = rotated(place)
    assert is_let_in(place, old["token"])

    def row() -> Any:
        rows = succeeded(place, "", {})["tokens"]
        return next(row for row in rows if row["id"] == old["id"])

    wait_until(lambda: row()["last_used_at"] is not None)
    used = row()["last_used_at"]
    assert refused(place, "/retire", {"id": old["id"], "if_idle": 60}) == (
        409,
        "token_in_use",
        f"Token {old['id']} was last used at {used}: it has not been idle for 60 seconds.",
    )
    assert is_let_in(place, old["token"])
    assert audited(place, old["id"]) == ["rotate", "mint"]


def test_unused_token_is_idle(place: Place) -> None:
    old, _ = rotated(place)
    row = succeeded(place, "/retire", {"id": old["id"], "if_idle": 3600})
    assert row["status"] == "expired"


def test_idle_time_allows_for_the_unrecorded_minute(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> list[str]:
        old = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        family.rotate(call(NOON), Rotate(id=old["id"], overlap_seconds=86_400))
        stored.set_last_used(tx, old["id"], at=NOON)

        def retired(now: Microseconds) -> str:
            try:
                return family.retire(call(now), Retire(id=old["id"], if_idle=3600))["status"]
            except TokenInUse as error:
                return error.code

        return [retired(NOON + HOUR + MINUTE - 1), retired(NOON + HOUR + MINUTE)]

    assert at(tmp_path / "t.db", scenario) == ["token_in_use", "expired"]


def test_prune_deletes_tokens_dead_for_thirty_days_alone(tmp_path: Path) -> None:
    late = NOON + 30 * DAY

    def scenario(_: Transaction, call: Callable[[Microseconds], Call]) -> tuple[list[int], ...]:
        def minted(name: str, **more: Any) -> int:
            wanted = Mint(name=name, abilities=[Ability.TICKET_INDEX], **more)
            return family.mint(call(NOON - DAY), wanted)["id"]

        alive, revoked, later, expired, rotated = (
            minted("alive"), minted("revoked"), minted("later"),
            minted("expired", expires_at="2026-11-05T12:00:00+00:00"), minted("rotated"),
        )  # fmt: skip
        family.rotate(call(NOON - HOUR), Rotate(id=rotated, overlap_seconds=3600))
        family.revoke(call(NOON), Revoke(ids=[revoked]))
        family.revoke(call(NOON + 1), Revoke(ids=[later]))
        pruned = [row["id"] for row in family.prune(call(late))["tokens"]]
        left = [row["id"] for row in family.index(call(late), ListTokens())["tokens"]]
        assert pruned == [revoked, expired, rotated]
        return left, [1, alive, later, rotated + 1]

    left, expected = at(tmp_path / "t.db", scenario)
    assert left == expected


def test_pruned_token_id_is_never_reused(tmp_path: Path) -> None:
    def scenario(_: Transaction, call: Callable[[Microseconds], Call]) -> tuple[int, int]:
        wanted = Mint(name="last", abilities=[Ability.TICKET_INDEX])
        newest = family.mint(call(NOON), wanted)["id"]
        family.revoke(call(NOON), Revoke(ids=[newest]))
        assert len(family.prune(call(NOON + 30 * DAY))["tokens"]) == 1
        return newest, family.mint(call(NOON + 30 * DAY), wanted)["id"]

    pruned, following = at(tmp_path / "t.db", scenario)
    assert following > pruned


def test_audit_log_keeps_the_changes_of_a_pruned_token(tmp_path: Path) -> None:
    def scenario(_: Transaction, call: Callable[[Microseconds], Call]) -> list[Any]:
        wanted = Mint(name="shop", abilities=[Ability.TICKET_INDEX])
        minted = family.mint(call(NOON), wanted)
        family.revoke(call(NOON + HOUR), Revoke(ids=[minted["id"]]))
        family.prune(call(NOON + 31 * DAY))
        told = audit.index(call(NOON), ListAudit(id=minted["id"]))
        return [*told["audit"]]

    actor = {
        "token_id": 2, "token_name": "shop", "actor_token_id": 1, "actor_name": "local",
        "request_id": "r-1",
    }  # fmt: skip
    days = {"prune": "2026-12-06T12", "revoke": "2026-11-05T13", "mint": "2026-11-05T12"}
    assert at(tmp_path / "t.db", scenario) == [
        {
            "id": 4 - place, "action": action, **actor,
            "occurred_at": f"{days[action]}:00:00+00:00",
            "details": {"abilities": ["ticket-index"]} if action == "mint" else {},
        }
        for place, action in enumerate(days)
    ]  # fmt: skip


def test_audit_row_names_actor_change_and_request(place: Place) -> None:
    body = {**MINT, "name": "admin", "abilities": ["manage-tokens"]}
    admin = succeeded(place, "/mint", body)["token"]
    _, headers, raw = place.post(f"{TOKENS}/mint", MINT, token=admin)
    old = json.loads(raw)["data"]
    wanted = {"id": old["id"], "overlap_seconds": 600}
    rotation, _, raw = place.post(f"{TOKENS}/rotate", wanted, token=admin)
    new = json.loads(raw)["data"]
    assert rotation == 200
    actor = {"actor_token_id": int(admin.partition("|")[0]), "actor_name": "admin"}
    (first,) = succeeded(place, "/audit", {"id": new["id"]})["audit"]
    assert first["details"] == {"abilities": ["ticket-index"], "follows": old["id"]}
    second, oldest = succeeded(place, "/audit", {"id": old["id"]})["audit"]
    assert (second["action"], second["details"]["successor"]) == ("rotate", new["id"])
    assert oldest == {
        "id": oldest["id"], "occurred_at": old["created_at"], "action": "mint",
        "token_id": old["id"], "token_name": "shop", **actor,
        "request_id": headers["x-request-id"], "details": {"abilities": ["ticket-index"]},
    }  # fmt: skip
    for secret in (admin, old["token"], new["token"]):
        assert secret.partition("|")[2].encode() not in place.post(f"{TOKENS}/audit", {})[2]


def test_first_token_is_audited_as_minted_by_the_server(place: Place) -> None:
    (row,) = succeeded(place, "/audit", {"id": 1})["audit"]
    assert row == {
        "id": 1, "occurred_at": row["occurred_at"], "action": "mint", "token_id": 1,
        "token_name": "local", "actor_token_id": None, "actor_name": "server start",
        "request_id": None, "details": {"abilities": sorted(Ability)},
    }  # fmt: skip


def test_rolled_back_revocation_is_not_audited(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    assert refused(place, "/revoke", {"ids": [minted["id"], 10**12]})[0] == 422
    assert audited(place, minted["id"]) == ["mint"]
    for _ in range(2):
        succeeded(place, "/revoke", {"ids": [minted["id"]]})
    assert audited(place, minted["id"]) == ["revoke", "mint"]


def test_audit_log_is_paged_newest_first(place: Place) -> None:
    made = [succeeded(place, "/mint", MINT)["id"] for _ in range(5)]
    whole = succeeded(place, "/audit", {"limit": 1000})
    assert [row["token_id"] for row in whole["audit"]][:5] == made[::-1]
    assert whole["next_cursor"] is None
    pages: list[Any] = []
    body: dict[str, Any] = {"limit": 2}
    while True:
        page = succeeded(place, "/audit", body)
        assert len(page["audit"]) <= 2
        pages += page["audit"]
        if page["next_cursor"] is None:
            break
        body["cursor"] = page["next_cursor"]
    assert pages == whole["audit"]


def test_audit_log_can_begin_at_a_time(place: Place) -> None:
    succeeded(place, "/mint", MINT)
    assert succeeded(place, "/audit", {"since": "2999-01-01"})["audit"] == []
    everything = succeeded(place, "/audit", {"limit": 1000})["audit"]
    assert succeeded(place, "/audit", {"since": "2001-01-01", "limit": 1000})["audit"] == everything


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("/audit", {"cursor": "nonsense"}, "cursor"),
        ("/audit", {"cursor": "WyJudW1iZXIiLCAxXQ"}, "cursor"),  # of tickets by number
        ("/audit", {"since": "soon"}, "since"),
        ("/audit", {"limit": 1001}, "limit"),
        ("/audit", {"id": 0}, "id"),
        ("/retire", {}, "id"),
        ("/retire", {"id": 10**12}, "id"),
        ("/retire", {"id": 1, "if_idle": 0}, "if_idle"),
    ],
)
def test_invalid_token_field_is_named_in_a_422(
    place: Place, verb: str, body: Any, field: str
) -> None:
    status, _, raw = place.post(f"{TOKENS}{verb}", body)
    assert (status, list(json.loads(raw).get("errors", {}))) == (422, [field])


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE token_audit SET actor_name = 'nobody'",
        "DELETE FROM token_audit",
        "REPLACE INTO token_audit SELECT * FROM token_audit",
    ],
)
def test_audit_log_is_immutable_in_the_database(tmp_path: Path, statement: str) -> None:
    prepare.prepare(tmp_path / "t.db", demo=False, known_token=None)
    before = rows(tmp_path / "t.db", "SELECT * FROM token_audit")
    with pytest.raises(Exception, match="append-only"):
        execute(tmp_path / "t.db", statement)
    assert rows(tmp_path / "t.db", "SELECT * FROM token_audit") == before
    assert len(before) == 1


@pytest.mark.sqlite
def test_burst_of_requests_writes_the_last_use_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    prepare.prepare(place.database, demo=False, known_token=None)
    execute_script(
        place.database,
        "CREATE TABLE noted (id INTEGER PRIMARY KEY, token_id INTEGER);"
        "CREATE TRIGGER count_notes AFTER UPDATE OF last_used_at ON api_token "
        "BEGIN INSERT INTO noted (token_id) VALUES (NEW.id); END;",
    )
    place.start()

    def noted() -> list[Any]:
        return place.rows("SELECT token_id FROM noted ORDER BY token_id")

    try:
        minted = [succeeded(place, "/mint", MINT) for _ in range(2)]
        with ThreadPoolExecutor(8) as threads:
            everyone = [minted[n % 2]["token"] for n in range(200)]
            assert all(threads.map(lambda token: is_let_in(place, token), everyone))
        administrator = int(place.token.partition("|")[0])
        expected = [(administrator,), (minted[0]["id"],), (minted[1]["id"],)]
        wait_until(lambda: len(noted()) >= len(expected))
    finally:
        place.stop()
    assert noted() == expected


def test_last_use_is_written_again_after_a_minute(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> list[bool]:
        minted = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        token_id, secret = minted["id"], minted["token"].partition("|")[2]
        due = []
        for now in (NOON, NOON + MINUTE - 1, NOON + MINUTE):
            found = authenticate.identify(tx, token_id=token_id, secret=secret, now=now)
            due.append(found.is_touch_due(now))
            stored.set_last_used(tx, token_id, at=NOON)
        return due

    assert at(tmp_path / "t.db", scenario) == [True, False, True]


def test_secret_is_stored_as_its_digest_alone(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> tuple[str, bytes]:
        minted = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        row = stored.find_token(tx, minted["id"])
        assert row is not None
        return minted["token"].partition("|")[2], row["secret_sha256"]

    secret, digest = at(tmp_path / "t.db", scenario)
    assert digest == secret_digest(secret)
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
