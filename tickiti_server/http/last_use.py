"""Notes when a token was used last, beside the request that used it."""

import asyncio

from tickiti_cli.contract.errors import ApiError
from tickiti_server.auth import authenticate
from tickiti_server.clock import Microseconds
from tickiti_server.http.services import Services
from tickiti_server.logs import setup
from tickiti_server.store.access import tokens
from tickiti_server.store.interface import Database


def note_use(services: Services, token_id: int, now: Microseconds) -> None:
    """Queue a write of the token's last use. The request does not wait for it."""
    if now - services.touched.get(token_id, 0) < authenticate.TOUCH_EVERY:
        return
    services.touched[token_id] = now
    task = asyncio.create_task(_touch(services.database, token_id, now))
    services.background.add(task)
    task.add_done_callback(services.background.discard)


async def _touch(database: Database, token_id: int, now: Microseconds) -> None:
    try:
        await database.write(lambda tx: tokens.set_last_used(tx, token_id, at=now))
    except ApiError as error:
        setup.errors.warning("token %d: its use was not noted: %s", token_id, error)
