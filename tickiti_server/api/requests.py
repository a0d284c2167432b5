"""The endpoints that list the request log in pages and show one request of it."""

from itertools import islice
from typing import Annotated, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled import requests as contract
from tickiti_cli.contract.errors import NotFound
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.logs.recent import Request, RequestFilter, RequestLog
from tickiti_server.logs.recording import Recording
from tickiti_server.validation.fields import Body, Flag, Line, Positive
from tickiti_server.validation.paging import DEFAULT_LIMIT, Limit, LineCursor, NextCursor

Status = Annotated[
    Line,
    Field(
        pattern="^[1-5](xx|[0-9][0-9])$",
        description="Only replies with this status, or a class of them such as 5xx.",
        examples=["4xx"],
    ),
]


class RequestIndex(Body):
    limit: Limit = DEFAULT_LIMIT
    cursor: LineCursor = None
    since: Annotated[
        Line | None, Field(description="The request_id of the newest request you have seen.")
    ] = None
    method: Annotated[Line | None, Field(description="Only requests with this method.")] = None
    path: Annotated[
        Line | None,
        Field(description="Only requests to this path. * stands for any characters."),
    ] = None
    status: Status | None = None
    token_id: Annotated[Positive | None, Field(description="Only requests of this token.")] = None
    code: Annotated[Line | None, Field(description="Only failures with this code.")] = None
    key: Annotated[
        Line | None,
        Field(description="Only requests with this Idempotency-Key. * stands for any characters."),
    ] = None
    faulty: Annotated[
        Flag, Field(description="Only requests that a fault of test mode fired on.")
    ] = False
    with_recordings: Annotated[
        Flag, Field(description="Add the recorded headers and bodies of each request.")
    ] = False


class FindRequest(Body):
    request_id: Annotated[Line, Field(description="The X-Request-Id.", examples=["5f0c21aa-1c3"])]


class ListedRequest(Request):
    recording: NotRequired[
        Annotated[
            Recording | None,
            Field(description="With with_recordings; null: it was not recorded.", examples=[None]),
        ]
    ]


class Requests(TypedDict):
    requests: list[ListedRequest]
    next_cursor: NextCursor


@handles(contract.index)
def index(call: Call, body: RequestIndex) -> Requests:
    """List recent requests, newest first.

    A restart of the server starts a new log; all of its requests count as newer than `since`.
    Headers and bodies are recorded if the server was started with --record-bodies or --test.
    """
    log = call.request_log
    wanted = RequestFilter(body.method, body.path, body.status, body.token_id, body.code, body.key)
    found = log.newest_first(
        before=body.cursor, since=body.since, matches=wanted.matches, faulty=body.faulty
    )
    page = list(islice(found, body.limit + 1))
    shown, more = page[: body.limit], page[body.limit :]
    return {
        "requests": [_listed(log, row, is_recorded=body.with_recordings) for row in shown],
        "next_cursor": shown[-1]["request_id"] if more else None,
    }


@handles(contract.show, refuses=(NotFound,))
def show(call: Call, body: FindRequest) -> ListedRequest:
    """Show a recent request, with headers and bodies if they were recorded."""
    row = call.request_log.find(body.request_id)
    if row is None:
        raise NotFound.of("request_id", f"There is no request '{body.request_id}' in the log.")
    return _listed(call.request_log, row, is_recorded=True)


def _listed(log: RequestLog, row: Request, *, is_recorded: bool) -> ListedRequest:
    if not is_recorded:
        return cast(ListedRequest, row)
    kept = log.recordings
    return {**row, "recording": kept.find(row["request_id"]) if kept is not None else None}
