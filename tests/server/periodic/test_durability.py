"""Settings that would lose tickets in a power cut are noticed while a server runs."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from tickiti_server.periodic.durability import Durability


class Administered:
    """A database whose settings an administrator changes."""

    def __init__(self) -> None:
        self.unsafe: Sequence[str] = []

    async def unsafe_settings(self) -> Sequence[str]:
        return self.unsafe


def test_each_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    database: Any = Administered()
    durability = Durability(database, [])

    def said() -> list[tuple[int, str]]:
        caplog.clear()
        asyncio.run(durability.look())
        return [(record.levelno, record.message) for record in caplog.records]

    with caplog.at_level(logging.WARNING):
        assert said() == []
        database.unsafe = ["fsync = off"]
        assert said() == [(logging.ERROR, "A power cut loses tickets: fsync = off")]
        assert durability.unsafe == ["fsync = off"]
        assert said() == []
        database.unsafe = []
        assert said() == [
            (logging.WARNING, "A power cut loses no tickets any more: the settings are on again")
        ]
        assert said() == []


def test_what_the_start_has_accepted_is_not_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    database: Any = Administered()
    database.unsafe = ["fsync = off"]
    asyncio.run(Durability(database, ["fsync = off"]).look())
    assert caplog.records == []
