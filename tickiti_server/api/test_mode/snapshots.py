"""The endpoints that save, load, list and delete snapshots of the database."""

import asyncio
import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled.test_mode import snapshots as contract
from tickiti_cli.contract.errors import Conflict, SnapshotNotFound, StorageUnavailable
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.test_mode.control import Control
from tickiti_server.api.test_mode.epoch import Epoch, shown
from tickiti_server.clock import rfc3339
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.states import StateFile
from tickiti_server.validation.fields import Body, wrong

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise wrong(
            "must begin with a letter or digit of ASCII and have at most 60 of them, dots, hyphens"
            " and underscores"
        )
    return value


class Named(Body):
    name: Annotated[
        str,
        BeforeValidator(_name),
        Field(
            description="Name of the snapshot: letters, digits, dots, hyphens and underscores.",
            examples=["filled"],
        ),
    ]


class Snapshot(TypedDict):
    name: Annotated[str, Field(examples=["filled"])]
    bytes: Annotated[int, Field(examples=[421888])]
    saved_at: Annotated[str, Field(examples=["2026-11-24T09:00:00+00:00"])]


class Snapshots(TypedDict):
    snapshots: list[Snapshot]


@handles(contract.save)
async def save(control: Control, body: Named) -> Snapshot:
    """Save the whole database under a name. An older snapshot of that name is replaced."""
    try:
        return _shown(await asyncio.to_thread(control.states.save, body.name))
    except (DatabaseUnusable, OSError) as error:
        raise StorageUnavailable(f"The snapshot was not saved: {error}") from error


@handles(contract.load, refuses=(SnapshotNotFound, Conflict))
async def load(control: Control, body: Named) -> Epoch:
    """Return to a snapshot.

    The token that controls the server stays. Requests under way end first, and new ones wait.
    """
    try:
        state = await asyncio.to_thread(control.states.load, body.name)
        return shown(await control.replace(state))
    except KeyError:
        raise SnapshotNotFound(body.name) from None
    except DatabaseUnusable as error:
        raise Conflict(f"Snapshot '{body.name}': {error}") from error


@handles(contract.index)
async def index(control: Control) -> Snapshots:
    """List the snapshots by name."""
    found = await asyncio.to_thread(control.states.list)
    return {"snapshots": [_shown(one) for one in found]}


@handles(contract.delete, refuses=(SnapshotNotFound,))
async def delete(control: Control, body: Named) -> Done:
    """Delete a snapshot."""
    try:
        await asyncio.to_thread(control.states.delete, body.name)
    except KeyError:
        raise SnapshotNotFound(body.name) from None
    return DONE


def _shown(found: StateFile) -> Snapshot:
    return {"name": found.name, "bytes": found.bytes, "saved_at": rfc3339(found.saved_at)}
