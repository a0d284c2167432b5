"""A database with one token, and the cache that remembers it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.support.databases import location
from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_server.auth import audit, token_cache
from tickiti_server.auth.token import mint
from tickiti_server.auth.token_cache import TokenCache
from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Database, Row, Transaction
from tickiti_server.store.open import open_database, prepare_database

NOW: Microseconds = 1_793_880_000 * SECOND


class CachedToken:
    """A database with one token, and who remembers it."""

    def __init__(self, database: Database, row: Row, token: str) -> None:
        self.database = database
        self.id = int(row["id"])
        self.secret = token.partition("|")[2]
        self.token_cache = TokenCache(database)
        self.lookups = 0
        read = database.read

        async def counted(work: Any, *, quick: bool = False) -> Any:
            self.lookups += 1
            return await read(work, quick=quick)

        database.read = counted  # type: ignore[method-assign]

    async def authenticate(self, now: Microseconds = NOW) -> token_cache.Authenticated:
        return await self.token_cache.authenticate(self.id, self.secret, now)

    async def is_admitted(self) -> bool:
        try:
            await self.authenticate()
        except Unauthenticated:
            return False
        return True


def run_with_token(
    path: Path,
    scenario: Callable[[CachedToken], Coroutine[Any, Any, Any]],
    *,
    expires_at: Microseconds | None = None,
) -> Any:
    def first_token(tx: Transaction) -> tuple[Row, str]:
        person_id = people.add_person(tx, "anna@sole-trader.example", now=NOW)
        set_role(tx, person_id, Role.ADMIN)
        return mint(
            tx,
            audit.SERVER_START,
            name="shop",
            abilities=[Ability.TICKET_INDEX],
            now=NOW,
            expires_at=expires_at,
            person_id=person_id,
        )

    async def whole() -> Any:
        prepare_database(location(path))
        database = open_database(location(path))
        try:
            return await scenario(CachedToken(database, *await database.write(first_token)))
        finally:
            await database.close()

    return asyncio.run(whole())


def set_role(tx: Transaction, person_id: int, role: Role) -> None:
    people.update_user(
        tx,
        person_id,
        name="Anna",
        role=role,
        is_sysadmin=False,
        tonic_notifications=False,
        is_api_user=False,
    )
