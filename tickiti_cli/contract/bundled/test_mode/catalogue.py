"""Every endpoint of test mode by name. A server without test mode answers 404 at their paths.

Rule: no command and no server imports these rows unless test mode needs them.
"""

from types import ModuleType

from tickiti_cli.contract.bundled.test_mode import clock, faults, requests, snapshots, state
from tickiti_cli.contract.endpoint import Endpoint

FAMILIES: dict[str, ModuleType] = {
    "state": state,
    "snapshots": snapshots,
    "clock": clock,
    "faults": faults,
    "requests": requests,
}

TEST_CATALOGUE: dict[str, Endpoint] = {
    row.name: row for module in FAMILIES.values() for row in module.ROWS
}
