"""The request log, page by page: what this server has answered lately."""

from itertools import islice
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract import requests as contract
from tickiti_server.call import Call
from tickiti_server.handlers import handles
from tickiti_server.request_log import Request
from tickiti_server.values import Body, Integer, Line

MOST_ROWS = 1000


class ListRequests(Body):
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
    ] = 50
    cursor: Annotated[
        Line | None, Field(description="The next_cursor of the page before this one.")
    ] = None
    since: Annotated[
        Line | None, Field(description="The request_id of the newest request you have seen.")
    ] = None


class Requests(TypedDict):
    requests: list[Request]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
    ]


@handles(contract.index)
def index(call: Call, body: ListRequests) -> Requests:
    """List what the server has answered lately, newest first.

    A restart of the server begins a new log, all of which came `since`.
    """
    found = call.requests.newest_first(before=body.cursor, since=body.since)
    page = list(islice(found, body.limit + 1))
    shown, more = page[: body.limit], page[body.limit :]
    return {"requests": shown, "next_cursor": shown[-1]["request_id"] if more else None}
