"""The endpoint that shows the state of test mode."""

from tickiti_cli.contract.bundled.test_mode import state as contract
from tickiti_server.api.handler import handles
from tickiti_server.api.test_mode.control import Control
from tickiti_server.api.test_mode.epoch import Epoch, shown


@handles(contract.show)
async def show(control: Control) -> Epoch:
    """Show the state of test mode."""
    return shown(control.epoch)
