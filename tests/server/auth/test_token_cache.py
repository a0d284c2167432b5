"""Who is behind a token is remembered, and forgotten the moment it may have changed."""

import asyncio
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_server import audit, auth, callers, tokens
from tickiti_server.call import SECOND, Microseconds
from tickiti_server.callers import Callers
from tickiti_server.store import people, settings
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import (
    Database,
    Row,
    Transaction,
    open_database,
    prepare_database,
)
from tickiti_server.store.sqlite import SqliteDatabase

NOW: Microseconds = 1_793_880_000 * SECOND


class Shop:
    """A database with one token, and who remembers it."""

    def __init__(self, database: Database, row: Row, token: str) -> None:
        self.database = database
        self.id = int(row["id"])
        self.secret = token.partition("|")[2]
        self.callers = Callers(database)
        self.lookups = 0
        read = database.read

        async def counted(work: Any, *, quick: bool = False) -> Any:
            self.lookups += 1
            return await read(work, quick=quick)

        database.read = counted  # type: ignore[method-assign]

    async def admit(self, now: Microseconds = NOW) -> callers.Admitted:
        return await self.callers.admit(self.id, self.secret, now)

    async def is_admitted(self) -> bool:
        try:
            await self.admit()
        except Unauthenticated:
            return False
        return True


def run(
    path: Path,
    scenario: Callable[[Shop], Coroutine[Any, Any, Any]],
    *,
    expires_at: Microseconds | None = None,
) -> Any:
    def mint(tx: Transaction) -> tuple[Row, str]:
        person_id = people.add(tx, "anna@sole-trader.example", now=NOW)
        set_role(tx, person_id, Role.ADMIN)
        return tokens.mint(
            tx,
            audit.SERVER_START,
            name="shop",
            abilities=[Ability.TICKET_INDEX],
            now=NOW,
            expires_at=expires_at,
            person_id=person_id,
        )

    async def whole() -> Any:
        prepare_database(path)
        database = open_database(path)
        try:
            return await scenario(Shop(database, *await database.write(mint)))
        finally:
            await database.close()

    return asyncio.run(whole())


def set_role(tx: Transaction, person_id: int, role: Role) -> None:
    people.set_user(
        tx, person_id, name="Anna", role=role, is_sysadmin=False, tonic_notifications=False
    )


def test_a_token_is_looked_up_once(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> tuple[bool, int]:
        first = await shop.admit()
        await shop.database.write(lambda tx: stored.touch(tx, shop.id, at=NOW))
        return await shop.admit() == first, shop.lookups

    assert run(tmp_path / "t.db", scenario) == (True, 1)


def test_a_remembered_token_still_needs_its_secret(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.admit()
        with pytest.raises(Unauthenticated):
            await shop.callers.admit(shop.id, shop.secret[:-1] + "!", NOW)

    run(tmp_path / "t.db", scenario)


def test_a_remembered_token_runs_out(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> None:
        admitted = await shop.admit(NOW + SECOND - 1)
        with pytest.raises(Unauthenticated):
            await shop.admit(NOW + SECOND)
        with pytest.raises(Unauthenticated):
            await shop.database.write(
                lambda tx: shop.callers.refuse_dead(tx, admitted, NOW + SECOND)
            )

    run(tmp_path / "t.db", scenario, expires_at=NOW + SECOND)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE api_token SET revoked_at = 1",
        "UPDATE api_token SET secret_sha256 = zeroblob(32)",
        "UPDATE api_token SET expires_at = 1",
        "UPDATE api_token SET overlap_until = 1",
        "UPDATE api_token SET revoked_at = 1, last_used_at = 1",
        "DELETE FROM api_token",
    ],
)
def test_whatever_ends_a_token_counts_from_the_next_request(tmp_path: Path, statement: str) -> None:
    async def scenario(shop: Shop) -> tuple[bool, bool]:
        before = await shop.is_admitted()
        await shop.database.write(lambda tx: tx.execute(statement))
        return before, await shop.is_admitted()

    assert run(tmp_path / "t.db", scenario) == (True, False)


def test_a_demotion_counts_from_the_next_request(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> list[Role]:
        roles = [(await shop.admit()).known.caller.role]
        person_id = (await shop.admit()).known.caller.person_id
        await shop.database.write(lambda tx: set_role(tx, person_id, Role.STAFF))
        return [*roles, (await shop.admit()).known.caller.role]

    assert run(tmp_path / "t.db", scenario) == [Role.ADMIN, Role.STAFF]


def test_a_request_that_waits_behind_a_revocation_is_refused(tmp_path: Path) -> None:
    """Both in one transaction, and the second was admitted before."""

    async def scenario(shop: Shop) -> list[type]:
        admitted = await shop.admit()
        results = await asyncio.gather(
            shop.database.write(lambda tx: shop.callers.refuse_dead(tx, admitted, NOW)),
            shop.database.write(lambda tx: stored.revoke(tx, shop.id, at=NOW)),
            shop.database.write(lambda tx: shop.callers.refuse_dead(tx, admitted, NOW)),
            return_exceptions=True,
        )
        return [type(result) for result in results]

    assert run(tmp_path / "t.db", scenario) == [type(None), type(None), Unauthenticated]


def test_what_is_read_while_a_revocation_is_being_committed_is_not_kept(tmp_path: Path) -> None:
    is_revoked, may_commit = threading.Event(), threading.Event()

    async def scenario(shop: Shop) -> list[bool]:
        def revoke(tx: Transaction) -> None:
            stored.revoke(tx, shop.id, at=NOW)
            is_revoked.set()
            may_commit.wait(10)

        revoking = asyncio.create_task(shop.database.write(revoke))
        await asyncio.to_thread(is_revoked.wait, 10)
        meanwhile = await shop.is_admitted()
        may_commit.set()
        await revoking
        return [meanwhile, await shop.is_admitted()]

    assert run(tmp_path / "t.db", scenario) == [True, False]


def test_a_revocation_that_is_undone_leaves_the_token_alive(tmp_path: Path) -> None:
    def fail_late(tx: Transaction, token_id: int) -> None:
        stored.revoke(tx, token_id, at=NOW)
        raise LookupError("late")

    async def scenario(shop: Shop) -> bool:
        admitted = await shop.admit()
        with pytest.raises(LookupError):
            await shop.database.write(lambda tx: fail_late(tx, shop.id))
        await shop.database.write(lambda tx: shop.callers.refuse_dead(tx, admitted, NOW))
        return await shop.is_admitted()

    assert run(tmp_path / "t.db", scenario)


def test_a_connection_that_is_opened_anew_notices_as_well(tmp_path: Path) -> None:
    """After a commit that failed nobody knows how, the writer opens the database anew."""

    async def scenario(shop: Shop) -> tuple[bool, bool]:
        before = await shop.is_admitted()
        assert isinstance(shop.database, SqliteDatabase)
        shop.database._writer._reopen()
        await shop.database.write(lambda tx: stored.revoke(tx, shop.id, at=NOW))
        return before, await shop.is_admitted()

    assert run(tmp_path / "t.db", scenario) == (True, False)


OUTSIDE = [
    "UPDATE api_token SET revoked_at = 1",
    "DELETE FROM api_token",
    "UPDATE api_token SET expires_at = 1",
]


@pytest.mark.parametrize("is_busy", [True, False])
@pytest.mark.parametrize("statement", OUTSIDE)
def test_what_another_program_does_to_a_token_counts_soon(
    tmp_path: Path, statement: str, is_busy: bool
) -> None:
    """Whether or not the server writes meanwhile; it takes a second, or a busy machine's few."""

    async def scenario(shop: Shop) -> list[bool]:
        found = [await shop.is_admitted()]
        await asyncio.to_thread(change_from_outside, tmp_path / "t.db", statement)
        deadline = time.monotonic() + 20
        while await shop.is_admitted() and time.monotonic() < deadline:
            if is_busy:
                await shop.database.write(lambda tx: settings.put(tx, "x", "y"))
            await asyncio.sleep(0.02)
        return [*found, await shop.is_admitted()]

    assert run(tmp_path / "t.db", scenario) == [True, False]


def test_a_demotion_by_another_program_counts_soon(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> Role:
        assert (await shop.admit()).known.caller.role is Role.ADMIN
        statement = "UPDATE person SET role = 1 WHERE role = 2"
        await asyncio.to_thread(change_from_outside, tmp_path / "t.db", statement)
        deadline = time.monotonic() + 20
        while (role := (await shop.admit()).known.caller.role) is Role.ADMIN:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        return role

    assert run(tmp_path / "t.db", scenario) is Role.STAFF


def test_what_the_server_writes_itself_makes_it_forget_no_token(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> object:
        as_of = shop.database.tokens_as_of
        for number in range(5):
            await shop.database.write(lambda tx, n=number: settings.put(tx, "x", str(n)))
            await asyncio.sleep(0.4)
        return shop.database.tokens_as_of == as_of

    assert run(tmp_path / "t.db", scenario)


def change_from_outside(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.execute(statement)
        connection.commit()


def test_memory_for_tokens_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MOST_REMEMBERED", 2)

    async def scenario(shop: Shop) -> int:
        minted = [
            await shop.database.write(
                lambda tx, n=n: tokens.mint(
                    tx, audit.SERVER_START, name=f"t{n}", abilities=[Ability.TICKET_INDEX], now=NOW
                )
            )
            for n in range(5)
        ]
        for row, token in minted:
            await shop.callers.admit(row["id"], token.partition("|")[2], NOW)
        return len(shop.callers._remembered)

    assert run(tmp_path / "t.db", scenario) <= 2


def test_the_rule_of_what_is_looked_up_and_what_is_remembered_is_one(tmp_path: Path) -> None:
    """`auth.identify`, for whoever has no memory, and `Callers.admit` give the same."""

    async def scenario(shop: Shop) -> bool:
        looked_up = await shop.database.read(
            lambda tx: auth.identify(tx, token_id=shop.id, secret=shop.secret, now=NOW)
        )
        return (await shop.admit()).known == looked_up

    assert run(tmp_path / "t.db", scenario)


def test_a_wrong_secret_takes_the_same_steps_whichever_token_it_is_for(tmp_path: Path) -> None:
    """Remembered, known, revoked or unknown: the same look-up, the same comparisons, and about the
    same processor time."""
    rounds, kinds = 400, 4

    async def scenario(shop: Shop) -> tuple[list[int], list[float]]:
        def more(tx: Transaction) -> list[int]:
            made = [
                tokens.mint(
                    tx, audit.SERVER_START, name="o", abilities=[Ability.TICKET_INDEX], now=NOW
                )
                for _ in range(2)
            ]
            stored.revoke(tx, made[1][0]["id"], at=NOW)
            return [row["id"] for row, _ in made]

        known, revoked = await shop.database.write(more)
        await shop.admit()
        lookups: list[int] = [0] * kinds
        times: list[list[int]] = [[] for _ in range(kinds)]
        for _ in range(rounds):
            for kind, token_id in enumerate((shop.id, known, revoked, 999_999)):
                before, began = shop.lookups, time.thread_time_ns()
                with suppress(Unauthenticated):
                    await shop.callers.admit(token_id, shop.secret[:-1] + "!", NOW)
                times[kind].append(time.thread_time_ns() - began)
                lookups[kind] += shop.lookups - before
        return lookups, [statistics.median(each) for each in times]

    lookups, medians = run(tmp_path / "t.db", scenario)
    assert lookups == [rounds] * kinds
    assert max(medians) < 1.5 * min(medians)
