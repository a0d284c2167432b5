"""Two servers on one database: a token that one of them ends is refused by the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.cached_token import NOW, CachedToken
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_server.auth import audit
from tickiti_server.auth.token import mint
from tickiti_server.store.access import tokens
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.open import open_database
from tickiti_server.store.postgres import token_version
from tickiti_server.store.postgres.token_version import KNOWN_SECONDS, TokenVersion

Nodes = Callable[[CachedToken, CachedToken], Awaitable[Any]]


def first_token(tx: Transaction) -> tuple[Row, str]:
    return mint(
        tx, audit.SERVER_START, name="shop", abilities=[Ability.TICKET_INDEX], now=NOW,
        expires_at=None, person_id=None,
    )  # fmt: skip


def run_on_two_servers(url: str, scenario: Nodes) -> Any:
    async def whole() -> Any:
        one, two = open_database(url), open_database(url)
        try:
            row, token = await one.write(first_token)
            return await scenario(CachedToken(one, row, token), CachedToken(two, row, token))
        finally:
            await one.close()
            await two.close()

    return asyncio.run(whole())


def test_write_of_a_token_that_another_server_revoked_is_refused(url: str) -> None:
    async def scenario(here: CachedToken, elsewhere: CachedToken) -> None:
        admitted = await elsewhere.authenticate()
        await here.database.write(lambda tx: tokens.revoke_token(tx, here.id, at=NOW))
        with pytest.raises(Unauthenticated):
            await elsewhere.database.write(
                lambda tx: elsewhere.token_cache.recheck(tx, admitted, NOW)
            )

    run_on_two_servers(url, scenario)


def test_read_of_a_token_that_another_server_revoked_is_refused_after_a_moment(url: str) -> None:
    async def scenario(here: CachedToken, elsewhere: CachedToken) -> bool:
        await elsewhere.authenticate()
        await here.database.write(lambda tx: tokens.revoke_token(tx, here.id, at=NOW))
        await asyncio.sleep(KNOWN_SECONDS + 0.01)
        return await elsewhere.is_admitted()

    assert run_on_two_servers(url, scenario) is False


def test_server_that_ended_a_token_itself_refuses_it_at_once(url: str) -> None:
    async def scenario(here: CachedToken, _: CachedToken) -> tuple[bool, bool]:
        before = await here.is_admitted()
        await here.database.write(lambda tx: tokens.revoke_token(tx, here.id, at=NOW))
        return before, await here.is_admitted()

    assert run_on_two_servers(url, scenario) == (True, False)


def test_use_of_a_token_keeps_it_in_the_caches(url: str) -> None:
    async def scenario(here: CachedToken, elsewhere: CachedToken) -> bool:
        admitted = await elsewhere.authenticate()
        await here.database.write(lambda tx: tokens.set_last_used(tx, here.id, at=NOW))
        return await elsewhere.database.write(
            lambda tx: elsewhere.token_cache.recheck(tx, admitted, NOW) is admitted
        )

    assert run_on_two_servers(url, scenario) is True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic time, which the test sets."""
    now = [100.0]
    monkeypatch.setattr(token_version, "time", type("", (), {"monotonic": lambda: now[0]}))
    return now


def test_version_counts_for_a_moment_after_it_was_asked_for(clock: list[float]) -> None:
    version = TokenVersion()
    version.note(7, asked_at=100.0)
    clock[0] += KNOWN_SECONDS - 0.001
    assert version.current == 7
    clock[0] += 0.002
    assert version.current != version.current


def test_answer_that_is_older_than_another_changes_nothing(clock: list[float]) -> None:
    version, found = TokenVersion(), []
    version.note(8, asked_at=100.0)
    version.note(7, asked_at=100.01)
    found.append(version.current)
    clock[0] = 101.0
    version.forget()
    version.note(8, asked_at=100.99)
    found.append(version.current != version.current)
    version.note(3, asked_at=101.0)
    assert [*found, version.current] == [8, True, 3]
