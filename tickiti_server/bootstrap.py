"""What a database needs before its first request: schema, secrets, queues and a first token."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tickiti_server import first_token
from tickiti_server.first_token import FirstToken, Wanted
from tickiti_server.store import queues, settings
from tickiti_server.store.database import Transaction, open_database, prepare_database

DEMO_QUEUES = ("Sales", "Support")
MINT_SECRET = "idempotency_secret"  # noqa: S105 - a name, not a secret


def prepare(
    path: Path,
    *,
    demo: bool,
    known_token: str | None = None,
    wanted: Wanted | None = None,
    mail_from: str | None = None,
    callback_hosts: Sequence[str] | None = None,
    backup: bool = True,
) -> FirstToken:
    """Create or upgrade the database and see to its first token. What is not None is remembered:
    `mail_from`, the address of the mailbox that mail leaves from where none is named, and
    `callback_hosts`, the inner hosts that callbacks may go to. Without `backup` no copy is kept
    before an upgrade. Raises DatabaseUnusable and FirstTokenRefused."""
    kept: list[Path] = []
    prepare_database(path, backup=backup, tell=kept.append)
    wanted = wanted or Wanted(known=[known_token] if known_token else [])
    remembered = {settings.MAIL_FROM: mail_from}
    if callback_hosts is not None:
        remembered[settings.CALLBACK_HOSTS] = " ".join(callback_hosts)
    found = asyncio.run(_furnish(path, remembered, demo=demo, wanted=wanted))
    return replace(found, kept=next(map(str, kept), None))


async def _furnish(
    path: Path, remembered: Mapping[str, str | None], *, demo: bool, wanted: Wanted
) -> FirstToken:
    database = open_database(path)
    try:
        for name, value in remembered.items():
            if value is not None:
                await database.write(partial(settings.put, name=name, value=value))
        return await database.write(lambda tx: _first_content(tx, demo=demo, wanted=wanted))
    finally:
        await database.close()


def _first_content(tx: Transaction, *, demo: bool, wanted: Wanted) -> FirstToken:
    mint_secret(tx)
    for name in DEMO_QUEUES if demo else ():
        queues.add(tx, name)
    return first_token.see_to(tx, wanted)


def mint_secret(tx: Transaction) -> bytes:
    """The secret that signs minted keys, made with the database."""
    found = settings.find(tx, MINT_SECRET)
    if found is None:
        found = secrets.token_hex(32)
        settings.insert(tx, MINT_SECRET, found)
    return bytes.fromhex(found)
