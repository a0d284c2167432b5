"""The request log, page by page: what this server has answered lately."""

from itertools import islice
from typing import Annotated, TypedDict

from pydantic import Field

from tickiti_cli.contract import requests as contract
from tickiti_server.call import Call
from tickiti_server.handlers import handles
from tickiti_server.request_log import Request
from tickiti_server.values import Body, Integer, Line

MOST_ROWS = 1000


class Index(Body):
    """`since` is the request_id of the newest request one has seen; `cursor` a next_cursor."""

    limit: Annotated[Integer, Field(ge=1, le=MOST_ROWS)] = 50
    cursor: Line | None = None
    since: Line | None = None


class Requests(TypedDict):
    requests: list[Request]
    next_cursor: str | None


@handles(contract.index)
def index(call: Call, body: Index) -> Requests:
    """Newest first. A restart of the server begins a new log, all of which came `since`."""
    found = call.requests.newest_first(before=body.cursor, since=body.since)
    page = list(islice(found, body.limit + 1))
    shown, more = page[: body.limit], page[body.limit :]
    return {"requests": shown, "next_cursor": shown[-1]["request_id"] if more else None}
