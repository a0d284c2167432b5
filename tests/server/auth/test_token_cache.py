"""The server caches tokens, and drops a cached token the moment it may have changed."""

import asyncio
import statistics
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import NoneType

import pytest

from tests.support.cached_token import NOW, CachedToken, run_with_token, set_role
from tests.support.databases import execute
from tests.support.waiting import wait_until_async
from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_server.auth import audit, authenticate, token_cache
from tickiti_server.auth.token import mint
from tickiti_server.clock import SECOND
from tickiti_server.store.access import settings
from tickiti_server.store.access import tokens as stored
from tickiti_server.store.interface import Transaction
from tickiti_server.store.sqlite.database import SqliteDatabase


@pytest.mark.sqlite
def test_cached_token_is_looked_up_once(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> tuple[bool, int]:
        first = await shop.authenticate()
        await shop.database.write(lambda tx: stored.set_last_used(tx, shop.id, at=NOW))
        return await shop.authenticate() == first, shop.lookups

    assert run_with_token(tmp_path / "t.db", scenario) == (True, 1)


def test_cached_token_still_needs_its_secret(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> None:
        await shop.authenticate()
        with pytest.raises(Unauthenticated):
            await shop.token_cache.authenticate(shop.id, shop.secret[:-1] + "!", NOW)

    run_with_token(tmp_path / "t.db", scenario)


def test_cached_token_expires(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> None:
        authenticated = await shop.authenticate(NOW + SECOND - 1)
        with pytest.raises(Unauthenticated):
            await shop.authenticate(NOW + SECOND)
        with pytest.raises(Unauthenticated):
            await shop.database.write(
                lambda tx: shop.token_cache.recheck(tx, authenticated, NOW + SECOND)
            )

    run_with_token(tmp_path / "t.db", scenario, expires_at=NOW + SECOND)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE api_token SET revoked_at = 1",
        "UPDATE api_token SET secret_sha256 = :another",
        "UPDATE api_token SET expires_at = 1",
        "UPDATE api_token SET overlap_until = 1",
        "UPDATE api_token SET revoked_at = 1, last_used_at = 1",
        "DELETE FROM api_token",
    ],
)
def test_end_of_a_token_applies_to_the_next_request(tmp_path: Path, statement: str) -> None:
    async def scenario(shop: CachedToken) -> tuple[bool, bool]:
        before = await shop.is_admitted()
        await shop.database.write(lambda tx: tx.execute(statement, {"another": bytes(32)}))
        return before, await shop.is_admitted()

    assert run_with_token(tmp_path / "t.db", scenario) == (True, False)


def test_demotion_applies_to_the_next_request(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> list[Role]:
        roles = [(await shop.authenticate()).token.caller.role]
        person_id = (await shop.authenticate()).token.caller.person_id
        await shop.database.write(lambda tx: set_role(tx, person_id, Role.STAFF))
        return [*roles, (await shop.authenticate()).token.caller.role]

    assert run_with_token(tmp_path / "t.db", scenario) == [Role.ADMIN, Role.STAFF]


@pytest.mark.sqlite
def test_write_queued_behind_a_revocation_is_refused(tmp_path: Path) -> None:
    """Both in one transaction, and the second was authenticated before."""

    async def scenario(shop: CachedToken) -> list[type]:
        authenticated = await shop.authenticate()
        results = await asyncio.gather(
            shop.database.write(lambda tx: shop.token_cache.recheck(tx, authenticated, NOW)),
            shop.database.write(lambda tx: stored.revoke_token(tx, shop.id, at=NOW)),
            shop.database.write(lambda tx: shop.token_cache.recheck(tx, authenticated, NOW)),
            return_exceptions=True,
        )
        return [type(result) for result in results]

    assert run_with_token(tmp_path / "t.db", scenario) == [
        token_cache.Authenticated,
        NoneType,
        Unauthenticated,
    ]


def test_token_read_during_a_revocation_is_not_cached(tmp_path: Path) -> None:
    is_revoked, may_commit = threading.Event(), threading.Event()

    async def scenario(shop: CachedToken) -> list[bool]:
        def revoke(tx: Transaction) -> None:
            stored.revoke_token(tx, shop.id, at=NOW)
            is_revoked.set()
            may_commit.wait(10)

        revoking = asyncio.create_task(shop.database.write(revoke))
        await asyncio.to_thread(is_revoked.wait, 10)
        meanwhile = await shop.is_admitted()
        may_commit.set()
        await revoking
        return [meanwhile, await shop.is_admitted()]

    assert run_with_token(tmp_path / "t.db", scenario) == [True, False]


def test_rolled_back_revocation_leaves_the_token_alive(tmp_path: Path) -> None:
    def fail_late(tx: Transaction, token_id: int) -> None:
        stored.revoke_token(tx, token_id, at=NOW)
        raise LookupError("late")

    async def scenario(shop: CachedToken) -> bool:
        authenticated = await shop.authenticate()
        with pytest.raises(LookupError):
            await shop.database.write(lambda tx: fail_late(tx, shop.id))
        await shop.database.write(lambda tx: shop.token_cache.recheck(tx, authenticated, NOW))
        return await shop.is_admitted()

    assert run_with_token(tmp_path / "t.db", scenario)


@pytest.mark.sqlite
def test_reopened_connection_notices_token_changes(tmp_path: Path) -> None:
    """After a commit that failed nobody knows how, the writer opens the database anew."""

    async def scenario(shop: CachedToken) -> tuple[bool, bool]:
        before = await shop.is_admitted()
        assert isinstance(shop.database, SqliteDatabase)
        shop.database._writer._reconnect()
        await shop.database.write(lambda tx: stored.revoke_token(tx, shop.id, at=NOW))
        return before, await shop.is_admitted()

    assert run_with_token(tmp_path / "t.db", scenario) == (True, False)


OUTSIDE = [
    "UPDATE api_token SET revoked_at = 1",
    "DELETE FROM api_token",
    "UPDATE api_token SET expires_at = 1",
]


@pytest.mark.parametrize("is_busy", [True, False])
@pytest.mark.parametrize("statement", OUTSIDE)
def test_change_by_another_program_applies_soon(
    tmp_path: Path, statement: str, is_busy: bool
) -> None:
    """Whether or not the server writes meanwhile; it takes a second, or a busy machine's few."""

    async def scenario(shop: CachedToken) -> list[bool]:
        found = [await shop.is_admitted()]
        await asyncio.to_thread(change_from_outside, tmp_path / "t.db", statement)

        async def is_refused() -> bool:
            if is_busy:
                await shop.database.write(lambda tx: settings.set_setting(tx, "x", "y"))
            return not await shop.is_admitted()

        await wait_until_async(is_refused)
        return [*found, await shop.is_admitted()]

    assert run_with_token(tmp_path / "t.db", scenario) == [True, False]


def test_demotion_by_another_program_applies_soon(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> None:
        assert (await shop.authenticate()).token.caller.role is Role.ADMIN
        statement = "UPDATE person SET role = 1 WHERE role = 2"
        await asyncio.to_thread(change_from_outside, tmp_path / "t.db", statement)

        async def is_demoted() -> bool:
            return (await shop.authenticate()).token.caller.role is Role.STAFF

        await wait_until_async(is_demoted)

    run_with_token(tmp_path / "t.db", scenario)


@pytest.mark.sqlite
def test_writes_of_the_server_itself_keep_the_cache(tmp_path: Path) -> None:
    async def scenario(shop: CachedToken) -> object:
        as_of = shop.database.token_version
        for number in range(5):
            await shop.database.write(lambda tx, n=number: settings.set_setting(tx, "x", str(n)))
            await asyncio.sleep(0.4)
        return shop.database.token_version == as_of

    assert run_with_token(tmp_path / "t.db", scenario)


def change_from_outside(database: Path, statement: str) -> None:
    execute(database, statement)


def test_token_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "MOST_REMEMBERED", 2)

    async def scenario(shop: CachedToken) -> int:
        minted = [
            await shop.database.write(
                lambda tx, n=n: mint(
                    tx, audit.SERVER_START, name=f"t{n}", abilities=[Ability.TICKET_INDEX], now=NOW
                )
            )
            for n in range(5)
        ]
        for row, token in minted:
            await shop.token_cache.authenticate(row["id"], token.partition("|")[2], NOW)
        return len(shop.token_cache._remembered)

    assert run_with_token(tmp_path / "t.db", scenario) <= 2


def test_cached_and_uncached_authentication_agree(tmp_path: Path) -> None:
    """`auth.identify`, for whoever has no memory, and `TokenCache.authenticate` give the same."""

    async def scenario(shop: CachedToken) -> bool:
        looked_up = await shop.database.read(
            lambda tx: authenticate.identify(tx, token_id=shop.id, secret=shop.secret, now=NOW)
        )
        return (await shop.authenticate()).token == looked_up

    assert run_with_token(tmp_path / "t.db", scenario)


def test_wrong_secret_takes_the_same_steps_for_every_token(tmp_path: Path) -> None:
    """Remembered, known, revoked or unknown: the same look-up, the same comparisons, and about the
    same processor time."""
    rounds, kinds = 400, 4

    async def scenario(shop: CachedToken) -> tuple[list[int], list[float]]:
        def more(tx: Transaction) -> list[int]:
            made = [
                mint(tx, audit.SERVER_START, name="o", abilities=[Ability.TICKET_INDEX], now=NOW)
                for _ in range(2)
            ]
            stored.revoke_token(tx, made[1][0]["id"], at=NOW)
            return [row["id"] for row, _ in made]

        known, revoked = await shop.database.write(more)
        await shop.authenticate()
        lookups: list[int] = [0] * kinds
        times: list[list[int]] = [[] for _ in range(kinds)]
        for _ in range(rounds):
            for kind, token_id in enumerate((shop.id, known, revoked, 999_999)):
                before, began = shop.lookups, time.thread_time_ns()
                with suppress(Unauthenticated):
                    await shop.token_cache.authenticate(token_id, shop.secret[:-1] + "!", NOW)
                times[kind].append(time.thread_time_ns() - began)
                lookups[kind] += shop.lookups - before
        return lookups, [statistics.median(each) for each in times]

    lookups, medians = run_with_token(tmp_path / "t.db", scenario)
    assert lookups == [rounds] * kinds
    assert max(medians) < 1.5 * min(medians)
