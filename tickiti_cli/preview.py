"""A request that is shown, not sent: as JSON, or as a curl command that does the same."""

import json
import shlex
from typing import TYPE_CHECKING, Any

from tickiti_cli import locations
from tickiti_cli.contract.endpoint import Access

if TYPE_CHECKING:
    from tickiti_cli.replies import Request


def as_record(request: "Request") -> dict[str, Any]:
    """What would be sent, the token aside."""
    return {
        "method": "POST",
        "url": request.url,
        "idempotency_key": request.key,
        "body": json.loads(request.content),
    }


def as_curl(request: "Request") -> str:
    """A line for a shell; the token comes from the environment and is never printed."""
    parts = ["curl", "-X", "POST", shlex.quote(request.url)]
    headers = {name: value for name, value in request.headers.items() if name != "User-Agent"}
    for name, value in headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if request.endpoint.access is not Access.PUBLIC:
        parts += ["-H", f'"Authorization: Bearer ${locations.API_TOKEN}"']
    return " ".join([*parts, "-d", shlex.quote(request.content.decode())])
