"""Emptying the request log, and what to send to repeat one of its requests."""

from typing import Annotated
from uuid import uuid4

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled.test_mode import requests as contract
from tickiti_cli.contract.errors import Conflict, NotFound
from tickiti_server.api.handler import handles
from tickiti_server.api.requests import FindRequest
from tickiti_server.api.test_mode.control import Control
from tickiti_server.logs.secrets import TOKEN
from tickiti_server.validation.fields import Flag

KEY = "idempotency-key"


class ReplayRequest(FindRequest):
    same_key: Annotated[
        Flag, Field(description="Keep the Idempotency-Key, in place of a new one.")
    ] = False


class Replay(TypedDict):
    method: Annotated[str, Field(examples=["POST"])]
    path: Annotated[str, Field(description="With its query.", examples=["/api/create_ticket"])]
    headers: Annotated[
        list[tuple[str, str]],
        Field(description="Without the token.", examples=[[["content-type", "application/json"]]]),
    ]
    body: Annotated[str, Field(examples=["{}"])]
    is_base64: Annotated[bool, Field(examples=[False])]
    had_token: Annotated[bool, Field(description="Whether it carried a token.", examples=[True])]
    key: Annotated[
        str | None,
        Field(
            description="The Idempotency-Key to send.",
            examples=["7b4f3c2e-9d6a-4f8b-9e7c-2c3a4b5e6f7a"],
        ),
    ]


class Cleared(TypedDict):
    cleared: Annotated[int, Field(description="How many requests were in the log.", examples=[7])]


@handles(contract.replay, refuses=(NotFound, Conflict))
async def replay(control: Control, body: ReplayRequest) -> Replay:
    """Show what to send to repeat a recorded request, with a new Idempotency-Key."""
    log = control.request_log
    row = log.find(body.request_id)
    recording = log.recordings.find(body.request_id) if log.recordings is not None else None
    if row is None or recording is None:
        raise NotFound.of("request_id", f"There is no recording of request '{body.request_id}'.")
    sent = recording["request"]
    if sent["is_redacted"] or not sent["is_whole"]:
        why = "has a secret" if sent["is_redacted"] else "is longer than what was kept of it"
        raise Conflict(f"Request '{body.request_id}' cannot be repeated: its body {why}.")
    headers = {name.lower(): value for name, value in sent["headers"]}
    key = headers.pop(KEY, None)
    had_token = TOKEN.decode() in headers.pop("authorization", "")
    query = recording["query"]
    return {
        "method": row["method"],
        "path": row["path"] + (f"?{query}" if query else ""),
        "headers": [*headers.items()],
        "body": sent["body"],
        "is_base64": sent["is_base64"],
        "had_token": had_token,
        "key": key if key is None or body.same_key else str(uuid4()),
    }


@handles(contract.clear)
async def clear(control: Control) -> Cleared:
    """Forget every request of the log and its recordings."""
    return {"cleared": control.request_log.clear()}
