"""The state of a bundled server, as a row of `server start` and `server status`."""

from typing import Any

from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.contract.files.lockfile import Running
from tickiti_cli.output.format import columns

STATUS = columns("state", "pid", "base_url", "database", "version")
TEST_STATUS = columns("state", "pid", "base_url", "database", "version", "test_mode", "clock")


def row_of(running: Running, database: Location) -> dict[str, Any]:
    return {
        "state": "running" if running.port else "starting",
        "pid": running.pid,
        "base_url": running.base_url if running.port else None,
        "database": str(database),
        "version": running.version,
        "test_mode": running.test,
        "clock": (running.clock or "that of this machine") if running.test else None,
    }
