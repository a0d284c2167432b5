"""The counts of `tickiti status`: tickets, mail and webhooks of the server.

Rule: a count that the server does not offer, or that the token may not see, is left out with the
reason. Trouble on the way to the server ends the command.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from tickiti_cli.api.client import Client
from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import callbacks, outbox
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError, Forbidden, Unauthenticated
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import NotOffered

STUCK_MAIL = ("retry", "uncertain", "failed")
DEAD_WEBHOOKS = ("dead", "failed")
MOST_COUNTED = 1000
"""Mail and webhooks are counted row by row, because their lists have no total."""

OPEN = {"mode": "status", "tokens": ["open"]}
ON_HOLD = {"mode": "status", "tokens": ["on-hold"]}
UNASSIGNED = {"mode": "assigned", "tokens": ["Unassigned"]}


class Count(NamedTuple):
    """A number, or the reason why there is none."""

    number: int | None
    is_exact: bool = True
    missing: str = ""


def counts(client: Client) -> Iterator[tuple[str, Count]]:
    """Yield each count by its name. Raises Unauthenticated and the errors of the connection."""
    yield "tickets_open", _counted(lambda: _tickets(client, OPEN))
    yield "tickets_on_hold", _counted(lambda: _tickets(client, ON_HOLD))
    yield "tickets_unassigned", _counted(lambda: _tickets(client, OPEN, UNASSIGNED))
    yield "mail_stuck", _counted(lambda: _rows(client, outbox.index, "outbox", STUCK_MAIL))
    dead = lambda: _rows(client, callbacks.index, "callbacks", DEAD_WEBHOOKS)  # noqa: E731
    yield "webhooks_dead", _counted(dead)


def _counted(count: Callable[[], Count]) -> Count:
    try:
        return count()
    except Unauthenticated:
        raise
    except NotOffered:
        return Count(None, missing="this server does not offer it")
    except ApiError as error:
        return Count(None, missing=str(error).rstrip("."))


def _tickets(client: Client, *criteria: Mapping[str, Any]) -> Count:
    """Return the number of tickets that meet all criteria, as the server tells it."""
    query = {"search_object": {"criteria": [*criteria]}}
    try:
        reply = client.call(classic.tickiti_api_index, {**query, "limit": 1})
    except Forbidden as error:
        if error.is_foreign:
            raise
        reply = client.call(tickets.query, {**query, "row_limit": 1})  # the token may be for v1
    whole = reply.body if isinstance(reply.body, dict) else {}
    inner = whole.get("data")
    told = {**whole, **(inner if isinstance(inner, dict) else {})}
    total = told.get("total")
    if not isinstance(total, int):
        return Count(None, missing="this server does not count tickets")
    return Count(total, is_exact=told.get("total_is_exact") is not False)


def _rows(client: Client, listing: Endpoint, member: str, states: tuple[str, ...]) -> Count:
    """Return the number of rows in any of the states."""
    total, is_exact = 0, True
    for state in states:
        pages = client.pages(
            listing, {"state": state}, member=member, limit=MOST_COUNTED, everything=False
        )
        total += sum(1 for _ in islice(pages, MOST_COUNTED))
        is_exact = is_exact and not pages.more
    return Count(total, is_exact=is_exact)
