"""The state that a reset returns to: made when the server starts in test mode."""

from collections.abc import Callable

from tickiti_cli.contract.files.database_location import Location
from tickiti_server.clock import wall_clock
from tickiti_server.identifiers import random_id
from tickiti_server.store.access.test_mode import Epoch
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import states_of


async def make_start_state(
    path: Location, database: Database, fill: Callable[[Transaction], object], *, is_new: bool
) -> None:
    """Make the state of an empty helpdesk and what `fill` adds. A new database begins with it."""
    states = states_of(path)
    states.make_start(fill)
    if is_new:
        state, epoch = states.start(), Epoch(random_id(), wall_clock())
        await database.write(lambda tx: states.replace(tx, state, epoch))
