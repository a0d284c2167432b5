"""What a database needs before its first request: schema, secrets, queues and a first token."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.contract.tokens import split_token
from tickiti_server import auth, tokens
from tickiti_server.audit import SERVER_START
from tickiti_server.call import wall_clock
from tickiti_server.store import queues, settings
from tickiti_server.store.database import Transaction, open_database, prepare_database

DEMO_QUEUES = ("Sales", "Support")
FIRST_TOKEN_NAME = "local"  # noqa: S105 - a name, not a secret
MINT_SECRET = "idempotency_secret"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True, slots=True)
class Prepared:
    """The token to use from now on: a new one, or None where the known one is still good."""

    token: str | None
    token_id: int
    kept: Path | None = None
    """The copy of the database as it was before it was upgraded, where one was made."""


def prepare(
    path: Path,
    *,
    demo: bool,
    known_token: str | None,
    mail_from: str | None = None,
    callback_hosts: Sequence[str] | None = None,
    backup: bool = True,
) -> Prepared:
    """Create or upgrade the database and see to its first token. What is not None is remembered:
    `mail_from`, the address of the mailbox that mail leaves from where none is named, and
    `callback_hosts`, the inner hosts that callbacks may go to. Without `backup` no copy is kept
    before an upgrade. Raises DatabaseUnusable."""
    kept: list[Path] = []
    prepare_database(path, backup=backup, tell=kept.append)
    remembered = {settings.MAIL_FROM: mail_from}
    if callback_hosts is not None:
        remembered[settings.CALLBACK_HOSTS] = " ".join(callback_hosts)
    prepared = asyncio.run(_furnish(path, remembered, demo=demo, known_token=known_token))
    return replace(prepared, kept=next(iter(kept), None))


async def _furnish(
    path: Path, remembered: Mapping[str, str | None], *, demo: bool, known_token: str | None
) -> Prepared:
    database = open_database(path)
    try:
        for name, value in remembered.items():
            if value is not None:
                await database.write(partial(settings.put, name=name, value=value))
        return await database.write(
            lambda tx: _first_content(tx, demo=demo, known_token=known_token)
        )
    finally:
        await database.close()


def _first_content(tx: Transaction, *, demo: bool, known_token: str | None) -> Prepared:
    mint_secret(tx)
    for name in DEMO_QUEUES if demo else ():
        queues.add(tx, name)
    if known := _still_good(tx, known_token):
        return Prepared(token=None, token_id=known)
    row, token = tokens.mint(
        tx, SERVER_START, name=FIRST_TOKEN_NAME, abilities=list(Ability), now=wall_clock()
    )
    return Prepared(token=token, token_id=row["id"])


def mint_secret(tx: Transaction) -> bytes:
    """The secret that signs minted keys, made with the database."""
    found = settings.find(tx, MINT_SECRET)
    if found is None:
        found = secrets.token_hex(32)
        settings.insert(tx, MINT_SECRET, found)
    return bytes.fromhex(found)


def _still_good(tx: Transaction, token: str | None) -> int | None:
    found = split_token(token) if token else None
    if found is None:
        return None
    try:
        auth.identify(tx, token_id=found[0], secret=found[1], now=wall_clock())
    except Unauthenticated:
        return None
    return found[0]
