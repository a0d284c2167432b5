"""Large indexes are built beside the requests, by one server at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from psycopg.pq import TransactionStatus

from tests.support.postgres import connection_to
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.postgres import locks

VALID = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = to_regclass(%s)"
INDEX = "response_text_parts"


def run(url: str, scenario: Callable[..., Awaitable[Any]], count: int = 1) -> Any:
    async def whole() -> Any:
        databases = [open_database(url) for _ in range(count)]
        try:
            return await scenario(*databases)
        finally:
            for database in databases:
                await database.close()

    return asyncio.run(whole())


def is_valid(url: str) -> bool:
    with connection_to(url) as connection:
        return bool(connection.execute(VALID, [INDEX]).fetchone()[0])


def drop(url: str) -> None:
    with connection_to(url) as connection:
        connection.execute(f"DROP INDEX {INDEX}")


def add_queue(name: str) -> Callable[[Any], int]:
    sql = "INSERT INTO queue (name, name_key) VALUES (:name, :name)"
    return lambda tx: tx.insert(sql, {"name": name})


def test_a_missing_index_is_built_while_others_write(url: str) -> None:
    drop(url)

    async def scenario(database: Any) -> list[bool]:
        with connection_to(url) as other, other.transaction():
            other.execute("UPDATE response SET html = html")  # the build waits for its end
            building = asyncio.create_task(database.index_texts())
            done, _ = await asyncio.wait([building], timeout=1)
            assert not done
            assert await database.write(add_queue("Sales")) == 2
            assert other.info.transaction_status == TransactionStatus.INTRANS
        return [await building, await database.index_texts()]

    assert run(url, scenario) == [True, False]
    assert is_valid(url)


def test_an_index_that_a_killed_build_has_left_is_built_again(url: str) -> None:
    with connection_to(url) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = to_regclass(%s)", [INDEX]
        )
    assert not is_valid(url)
    assert run(url, lambda database: database.index_texts()) is True
    assert is_valid(url)


def test_one_server_builds(url: str) -> None:
    drop(url)

    async def scenario(one: Any, two: Any) -> list[bool]:
        with connection_to(url) as other, other.transaction():
            other.execute("UPDATE response SET html = html")
            building = asyncio.create_task(one.index_texts())
            await asyncio.wait([building], timeout=1)
            second = await two.index_texts()
        return [await building, second]

    assert run(url, scenario, 2) == [True, False]


def test_a_build_does_not_delay_the_end_of_a_server(url: str) -> None:
    drop(url)

    async def scenario(database: Any) -> None:
        with connection_to(url) as other, other.transaction():
            other.execute("UPDATE response SET html = html")
            building = asyncio.create_task(database.index_texts())
            await asyncio.wait([building], timeout=1)
            await asyncio.wait_for(database.close(), 5)
            await asyncio.gather(building, return_exceptions=True)

    run(url, scenario)
    assert not is_valid(url)
    assert run(url, lambda database: database.index_texts()) is True
    assert is_valid(url)


def test_another_server_starts_while_an_index_is_built(url: str) -> None:
    """Each purpose has a lock of its own: to build is not to move."""
    found = [value for name, value in vars(locks).items() if name.isupper()]
    assert len({*found}) == len(found)
    with connection_to(url) as builder, builder.transaction():
        builder.execute(f"SELECT pg_advisory_xact_lock({locks.BUILD})")
        assert prepare_database(url) == []
