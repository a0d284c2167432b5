"""The endpoint that empties the database, or returns it to its seeds."""

import asyncio

from tickiti_cli.contract.bundled.test_mode import state as contract
from tickiti_server.api.handler import handles
from tickiti_server.api.test_mode.control import Control
from tickiti_server.api.test_mode.epoch import Epoch, shown


@handles(contract.reset)
async def reset(control: Control) -> Epoch:
    """Return to the state of the server's start: an empty helpdesk, or its seeds.

    IDs and ticket numbers start again. The token that controls the server stays. Requests under way
    end first, and new ones wait.
    """
    state = await asyncio.to_thread(control.states.start)
    return shown(await control.replace(state))
