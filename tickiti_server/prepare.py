"""Preparing a database for its first request: schema, secret, queues and first token."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tickiti_cli.contract.files.database_location import Location
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.auth import first_token
from tickiti_server.auth.first_token import FirstToken, FirstTokenRequest
from tickiti_server.clock import Clock, FollowingClock, steady_clock, wall_clock
from tickiti_server.idempotency.minted_keys import signing_secret
from tickiti_server.identifiers import random_id
from tickiti_server.store.access import rights, token_audit
from tickiti_server.store.access.settings import (
    CALLBACK_HOSTS,
    MAIL_FROM,
    find_setting,
    set_setting,
)
from tickiti_server.store.access.system_settings import find_system_settings
from tickiti_server.store.access.test_clock import find_clock_state
from tickiti_server.store.access.test_mode import SEEDS, Epoch, find_epoch, set_epoch
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import ADMINISTRATION, Database, Transaction
from tickiti_server.store.moving.sides import InUse
from tickiti_server.store.open import (
    accept_durability,
    is_for_tests,
    is_served_as,
    open_database,
    prepare_database,
)


class StartRefused(Exception):
    """Test mode on a database that it did not create, or a wrong seed. The message says which."""


DEMO_QUEUES = ("Sales", "Support")


def prepare(
    path: Location,
    *,
    demo: bool,
    known_token: str | None = None,
    wanted: FirstTokenRequest | None = None,
    mail_from: str | None = None,
    callback_hosts: Sequence[str] | None = None,
    backup: bool = True,
    accept_unsafe: bool = False,
    test: bool = False,
    seeds: Sequence[Mapping[str, Any]] = (),
) -> FirstToken:
    """Create or upgrade the database, and find or mint its first token.

    `mail_from` (address of the default mailbox) and `callback_hosts` (internal hosts that callbacks
    may reach) are stored if they are not None. Without `backup` no copy is made before an upgrade.
    With `accept_unsafe` a power cut may lose what was acknowledged.
    `test` readies a new database for test mode, and `seeds` (file, entries) fill it. Raises
    DatabaseUnusable, FirstTokenRefused, StartRefused and InUse.
    """
    if test and not is_for_tests(path):
        raise StartRefused(
            f"--test: {path} is a real helpdesk, and test mode can empty its database. Give test "
            "mode a database of its own: --memory or --db FILE"
        )
    accept_durability(path, unsafe=accept_unsafe)
    kept: list[Path] = []
    prepare_database(path, backup=backup, on_copy=kept.append)
    wanted = wanted or FirstTokenRequest(known=[known_token] if known_token else [])
    remembered = {MAIL_FROM: mail_from}
    if callback_hosts is not None:
        remembered[CALLBACK_HOSTS] = " ".join(callback_hosts)
    try:
        found = asyncio.run(
            _furnish(path, remembered, demo=demo, test=test, wanted=wanted, seeds=seeds)
        )
    except SeedRefused as error:
        raise StartRefused(str(error)) from error
    return replace(found, kept=next(map(str, kept), None))


async def _furnish(
    path: Location,
    remembered: Mapping[str, str | None],
    *,
    demo: bool,
    test: bool,
    wanted: FirstTokenRequest,
    seeds: Sequence[Mapping[str, Any]],
) -> FirstToken:
    database = open_database(path)
    try:
        for name, value in remembered.items():
            if value is not None:
                await database.write(partial(set_setting, name=name, value=value))
        if not test:
            clock = await _clock_of(database)
            return await database.write(
                lambda tx: _first_content(
                    tx,
                    demo=demo,
                    wanted=wanted,
                    clock=clock,
                    before_revoking=partial(_refuse_taken_name, path, wanted.name),
                )
            )
        return await _furnish_for_tests(path, database, demo=demo, wanted=wanted, seeds=seeds)
    finally:
        await database.close()


def _refuse_taken_name(path: Location, name: str) -> None:
    """Raise InUse rather than revoke the token of a server of another machine, which by default has
    the same name."""
    if is_served_as(path, name):
        raise InUse(
            f"A server named '{name}' is connected to {path}, and this one would revoke its token."
            " Give this one a name of its own with --name NAME."
        )


async def _clock_of(database: Database) -> Clock:
    """The clock by which the servers of a database go."""
    ahead = await database.clock_ahead(steady_clock)
    if ahead is None:
        return wall_clock
    clock = FollowingClock()
    clock.follow(ahead)
    return clock.now


async def _furnish_for_tests(
    path: Location,
    database: Database,
    *,
    demo: bool,
    wanted: FirstTokenRequest,
    seeds: Sequence[Mapping[str, Any]],
) -> FirstToken:
    from tickiti_server.api.test_mode.start_state import make_start_state  # noqa: PLC0415

    made: list[dict[str, str | None]] = []

    def begin(tx: Transaction) -> tuple[FirstToken, bool]:
        is_new = find_setting(tx, SEEDS) is None
        set_epoch(tx, find_epoch(tx) or Epoch(random_id(), wall_clock()))
        return _first_content(tx, demo=False, wanted=wanted, test=True), is_new

    def fill(tx: Transaction) -> None:
        set_setting(tx, SEEDS, "demo" if demo else "")
        for name, value in remembered.items():
            set_setting(tx, name, value)
        if demo:
            _add_demo(tx, first.token_id)
        seed(tx)

    def seed(tx: Transaction) -> None:
        if seeds:
            now = find_clock_state(tx).at(wall_clock())
            made.extend(_apply(tx, seeds, first.token_id, now))

    first, is_new = await database.write(begin)
    remembered = await database.read(_remembered)
    if not is_new:
        await database.write(seed)
    found = [*made]
    await make_start_state(path, database, fill, is_new=is_new)
    return replace(first, seeded=made if is_new else found)


def _apply(
    tx: Transaction, seeds: Sequence[Mapping[str, Any]], token_id: int, now: int
) -> list[dict[str, str | None]]:
    # Imported late: it imports every endpoint, which takes half a second.
    from tickiti_server.api.seeds.declared import apply_seeds  # noqa: PLC0415
    from tickiti_server.api.seeds.entries import Seed  # noqa: PLC0415

    given = [Seed(one["file"], one["entries"]) for one in seeds]
    return [made._asdict() for made in apply_seeds(tx, given, token_id=token_id, now=now)]


def _remembered(tx: Transaction) -> dict[str, str]:
    """The settings that flags of a start have stored."""
    found = {name: find_setting(tx, name) for name in (MAIL_FROM, CALLBACK_HOSTS)}
    return {name: value for name, value in found.items() if value is not None}


def _first_content(
    tx: Transaction,
    *,
    demo: bool,
    wanted: FirstTokenRequest,
    test: bool = False,
    clock: Clock = wall_clock,
    before_revoking: Callable[[], None] = lambda: None,
) -> FirstToken:
    # Of two servers that start at once on a new database, one adds the demo's data.
    tx.lock(ADMINISTRATION)
    signing_secret(tx)
    now = find_clock_state(tx).at(wall_clock()) if test else clock()
    is_new = token_audit.has_no_entries(tx)
    first = first_token.ensure(tx, wanted, now=now, test=test, before_revoking=before_revoking)
    if demo:
        _add_demo(tx, first.token_id if is_new else None, clock)
    return first


def _add_demo(tx: Transaction, token_id: int | None, clock: Clock = wall_clock) -> None:
    """Add the demo's data to a new database as the owner of a token, and to others its queues."""
    if token_id is None:
        for name in DEMO_QUEUES:
            _add_demo_queue(tx, name)
        return
    # Imported late: it imports every endpoint, which takes half a second.
    from tickiti_server.api.seeds.demo import add_demo_data  # noqa: PLC0415

    add_demo_data(tx, token_id=token_id, now=clock())


def _add_demo_queue(tx: Transaction, name: str) -> None:
    """Add a queue unless it exists. The staff of an existing database see it."""
    if queues.find_queue_by_name(tx, name) is not None:
        return
    queues.add_queue(tx, name)
    row = queues.find_queue_by_name(tx, name)
    if row is not None and find_system_settings(tx).is_permissive:
        rights.grant_staff(tx, row["id"])
