"""The views of the request log: the list, and one request with both bodies."""

from collections.abc import Mapping
from typing import Any

from tickiti_server.api import requests
from tickiti_server.api.call import Call
from tickiti_server.api.requests import FindRequest, RequestIndex
from tickiti_server.logs.recording import Message
from tickiti_server.page import curl
from tickiti_server.page.indenting import indented
from tickiti_server.page.templating import Asked, Shown

FILTERS = ("path", "status", "method", "code")
STATUSES = ("2xx", "3xx", "4xx", "5xx")


def index(call: Call, asked: Asked) -> Shown:
    chosen = {name: asked.query.get(name, "").strip() for name in FILTERS}
    path = chosen["path"]
    body = {**chosen, "cursor": asked.query.get("cursor"), "path": f"*{path}*" if path else ""}
    body["method"] = chosen["method"].upper()
    found = requests.index(call, RequestIndex.model_validate(body))
    return Shown("requests.html", {**found, "chosen": chosen, "statuses": STATUSES})


def show(call: Call, asked: Asked) -> Shown:
    found = requests.show(call, FindRequest(request_id=asked.parts[1]))
    recording = found["recording"]
    values: dict[str, Any] = {
        "request": found,
        "command": curl.command(found, recording, asked.base_url),
        "is_recording": call.request_log.recordings is not None,
        "parts": [],
        "query": recording["query"] if recording else "",
    }
    if recording:
        values["parts"] = [
            _part("Request", recording["request"]),
            _part("Reply", recording["reply"]),
        ]
    return Shown("request.html", values)


def _part(name: str, message: Message | None) -> Mapping[str, Any]:
    """One direction of a request, with a body that a person can read."""
    if message is None:
        return {"name": name, "message": None, "body": ""}
    body = message["body"]
    return {
        "name": name,
        "message": message,
        "body": body if message["is_base64"] else indented(body),
    }
