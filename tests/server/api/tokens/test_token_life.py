"""The end of a token's life, and its record: retired, pruned, audited, its use noted."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import wait_until
from tests.place import Place
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import TokenInUse
from tickiti_server import auth, bootstrap, minted_keys, tokens
from tickiti_server.call import DAY, SECOND, Call, Caller, Microseconds
from tickiti_server.families import token_audit
from tickiti_server.families import tokens as family
from tickiti_server.families.token_bodies import (
    ListAudit,
    ListTokens,
    Mint,
    Retire,
    Revoke,
    Rotate,
)
from tickiti_server.observe import Answered, RequestLines
from tickiti_server.request_log import RequestLog
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Transaction, open_database

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
    return status, json.loads(raw)["code"], json.loads(raw)["error"]


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
    bootstrap.prepare(path, demo=False, known_token=None)
    requests = RequestLog(RequestLines(StringIO().write, Answered.text))

    def call_at(tx: Transaction) -> Callable[[Microseconds], Call]:
        caller = Caller(token_id=1, family_id=1, abilities=frozenset(Ability), person_id=1)
        return lambda now: Call(
            tx=tx,
            caller=caller,
            now=now,
            mint=minted_keys.Mint(b""),
            requests=requests,
            request_id="r-1",
        )

    async def whole() -> Any:
        database = open_database(path)
        try:
            return await database.write(lambda tx: scenario(tx, call_at(tx)))
        finally:
            await database.close()

    return asyncio.run(whole())


def test_retiring_ends_the_overlap_at_once(place: Place) -> None:
    old, new = rotated(place)
    assert is_let_in(place, old["token"])
    row = succeeded(place, "/retire", {"id": old["id"]})
    assert (row["id"], row["status"]) == (old["id"], "expired")
    assert not is_let_in(place, old["token"])
    assert is_let_in(place, new["token"])


def test_an_active_token_is_not_retired_by_mistake(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    assert refused(place, "/retire", {"id": minted["id"]}) == (
        409, "conflict", f"Token {minted['id']} is active; rotate it first, or revoke it.",
    )  # fmt: skip
    assert is_let_in(place, minted["token"])
    assert audited(place, minted["id"]) == ["mint"]


def test_retiring_what_is_dead_changes_nothing(place: Place) -> None:
    old, _ = rotated(place)
    first = succeeded(place, "/retire", {"id": old["id"]})
    assert succeeded(place, "/retire", {"id": old["id"], "if_idle": 3600}) == first
    assert audited(place, old["id"]) == ["retire", "rotate", "mint"]


def test_a_token_that_is_still_used_is_not_retired_if_it_should_be_idle(place: Place) -> None:
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


def test_a_token_that_was_never_used_is_idle(place: Place) -> None:
    old, _ = rotated(place)
    row = succeeded(place, "/retire", {"id": old["id"], "if_idle": 3600})
    assert row["status"] == "expired"


def test_idle_counts_the_minute_in_which_a_use_is_not_noted(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> list[str]:
        old = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        family.rotate(call(NOON), Rotate(id=old["id"], overlap_seconds=86_400))
        stored.touch(tx, old["id"], at=NOON)

        def retired(now: Microseconds) -> str:
            try:
                return family.retire(call(now), Retire(id=old["id"], if_idle=3600))["status"]
            except TokenInUse as error:
                return error.code

        return [retired(NOON + HOUR + MINUTE - 1), retired(NOON + HOUR + MINUTE)]

    assert at(tmp_path / "t.db", scenario) == ["token_in_use", "expired"]


def test_pruning_forgets_what_has_been_dead_for_thirty_days_and_no_other(tmp_path: Path) -> None:
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


def test_a_pruned_id_never_comes_back(tmp_path: Path) -> None:
    def scenario(_: Transaction, call: Callable[[Microseconds], Call]) -> tuple[int, int]:
        wanted = Mint(name="last", abilities=[Ability.TICKET_INDEX])
        newest = family.mint(call(NOON), wanted)["id"]
        family.revoke(call(NOON), Revoke(ids=[newest]))
        assert len(family.prune(call(NOON + 30 * DAY))["tokens"]) == 1
        return newest, family.mint(call(NOON + 30 * DAY), wanted)["id"]

    pruned, following = at(tmp_path / "t.db", scenario)
    assert following > pruned


def test_what_was_done_to_a_pruned_token_is_still_told(tmp_path: Path) -> None:
    def scenario(_: Transaction, call: Callable[[Microseconds], Call]) -> list[Any]:
        wanted = Mint(name="shop", abilities=[Ability.TICKET_INDEX])
        minted = family.mint(call(NOON), wanted)
        family.revoke(call(NOON + HOUR), Revoke(ids=[minted["id"]]))
        family.prune(call(NOON + 31 * DAY))
        told = token_audit.index(call(NOON), ListAudit(id=minted["id"]))
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


def test_every_change_is_told_with_who_what_and_in_which_request(place: Place) -> None:
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


def test_the_first_token_is_told_of_as_minted_by_the_server(place: Place) -> None:
    (row,) = succeeded(place, "/audit", {"id": 1})["audit"]
    assert row == {
        "id": 1, "occurred_at": row["occurred_at"], "action": "mint", "token_id": 1,
        "token_name": "local", "actor_token_id": None, "actor_name": "server start",
        "request_id": None, "details": {"abilities": sorted(Ability)},
    }  # fmt: skip


def test_what_was_undone_is_not_told(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    assert refused(place, "/revoke", {"ids": [minted["id"], 10**12]})[0] == 422
    assert audited(place, minted["id"]) == ["mint"]
    for _ in range(2):
        succeeded(place, "/revoke", {"ids": [minted["id"]]})
    assert audited(place, minted["id"]) == ["revoke", "mint"]


def test_the_audit_log_is_paged_newest_first(place: Place) -> None:
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


def test_the_audit_log_can_begin_at_a_time(place: Place) -> None:
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
def test_what_cannot_be_meant_is_a_bad_field(
    place: Place, verb: str, body: Any, field: str
) -> None:
    status, _, raw = place.post(f"{TOKENS}{verb}", body)
    assert (status, list(json.loads(raw).get("errors", {}))) == (422, [field])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE token_audit SET actor_name = 'nobody'",
        "DELETE FROM token_audit",
        "REPLACE INTO token_audit SELECT * FROM token_audit",
    ],
)
def test_the_database_itself_refuses_to_change_the_audit_log(
    tmp_path: Path, statement: str
) -> None:
    bootstrap.prepare(tmp_path / "t.db", demo=False, known_token=None)
    connection = sqlite3.connect(tmp_path / "t.db")
    try:
        before = connection.execute("SELECT * FROM token_audit").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        assert connection.execute("SELECT * FROM token_audit").fetchall() == before
        assert len(before) == 1
    finally:
        connection.close()


def test_a_burst_of_requests_writes_their_tokens_last_use_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    bootstrap.prepare(place.database, demo=False, known_token=None)
    connection = sqlite3.connect(place.database)
    connection.executescript(
        "CREATE TABLE noted (id INTEGER PRIMARY KEY, token_id INTEGER);"
        "CREATE TRIGGER count_notes AFTER UPDATE OF last_used_at ON api_token "
        "BEGIN INSERT INTO noted (token_id) VALUES (NEW.id); END;"
    )
    place.start()

    def noted() -> list[Any]:
        return connection.execute("SELECT token_id FROM noted ORDER BY token_id").fetchall()

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
    connection.close()


def test_a_use_is_noted_again_after_a_minute(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> list[bool]:
        minted = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        token_id, secret = minted["id"], minted["token"].partition("|")[2]
        due = []
        for now in (NOON, NOON + MINUTE - 1, NOON + MINUTE):
            found = auth.identify(tx, token_id=token_id, secret=secret, now=now)
            due.append(found.is_touch_due(now))
            stored.touch(tx, token_id, at=NOON)
        return due

    assert at(tmp_path / "t.db", scenario) == [True, False, True]


def test_a_secret_is_kept_as_its_digest_alone(tmp_path: Path) -> None:
    def scenario(tx: Transaction, call: Callable[[Microseconds], Call]) -> tuple[str, bytes]:
        minted = family.mint(call(NOON), Mint(name="shop", abilities=[Ability.TICKET_INDEX]))
        row = stored.find(tx, minted["id"])
        assert row is not None
        return minted["token"].partition("|")[2], row["secret_sha256"]

    secret, digest = at(tmp_path / "t.db", scenario)
    assert digest == tokens.digest(secret)
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()
