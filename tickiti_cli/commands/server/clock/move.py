"""Moving the clock of a server in test mode, and reporting where it stands."""

from collections.abc import Callable, Mapping
from typing import Any

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.output.format import columns
from tickiti_cli.parser.dates import local_time
from tickiti_cli.runtime import Runtime

CLOCK = columns("now", "is_frozen", "ahead_seconds", "deliveries_under_way")


def move(
    runtime: Runtime, row: Endpoint, body: Mapping[str, Any], said: Callable[[str], str]
) -> None:
    """Move the clock and report the new time. `said` makes the sentence of it."""
    moved = runtime.client.call(row, body).data
    under_way = moved["deliveries_under_way"]
    if under_way:
        runtime.output.remark(f"Deliveries still under way: {under_way}.")
    runtime.output.done(moved, said=said(local_time(moved["now"])), plain=moved["now"])
