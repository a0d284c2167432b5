"""The tickets that `watchlist add` and `watchlist remove` add and remove."""

from collections.abc import Sequence
from typing import Any

from tickiti_cli.api import lookup
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.runtime import Runtime


def change_tickets(
    runtime: Runtime, row: Endpoint, *, watchlist: str, numbers: Sequence[int]
) -> dict[str, Any]:
    """Send the tickets of these numbers to `row`, and return the watchlist as it is then."""
    found = lookup.row_of(runtime.client, lookup.WATCHLIST, watchlist)
    ids = [_id_of(runtime, number) for number in dict.fromkeys(numbers)]
    runtime.client.call(row, {"watchlist_id": found["id"], "ticket_ids": ids})
    now = lookup.row_now(runtime.client, lookup.WATCHLIST, found["id"], found)
    return {**now, "ticket_numbers": list(numbers)}


def _id_of(runtime: Runtime, number: int) -> Any:
    """Return the id of a ticket, because a watchlist holds ids and people know numbers."""
    request = {"ticket_number": number}
    return runtime.client.call(tickets.show, request).data["ticket"]["id"]


def named(numbers: Sequence[int]) -> str:
    """The numbers as a sentence has them: `ticket 220009`, `tickets 220009, 220010`."""
    return f"ticket{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
