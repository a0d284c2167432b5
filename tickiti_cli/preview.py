"""A request that is shown, not sent: as JSON, or as a curl command that does the same."""

import json
import shlex
from typing import TYPE_CHECKING, Any

from tickiti_cli import locations
from tickiti_cli.contract.endpoint import Access

if TYPE_CHECKING:
    from tickiti_cli.replies import Request


MOST_ARGUMENT = 100_000
"""Bytes of a body that is an argument of curl; Linux takes one of 128 KiB at most."""

END = "END_OF_BODY"


def as_record(request: "Request") -> dict[str, Any]:
    """What would be sent, the token aside."""
    return {
        "method": "POST",
        "url": request.url,
        "idempotency_key": request.key,
        "body": json.loads(request.content),
    }


def as_curl(request: "Request") -> str:
    """Lines for any POSIX shell; the token comes from the environment and is never printed.

    A long body is a here-document. `head` takes the line break from its end, so that the same bytes
    are sent: a key that was used for the body stands for it.
    """
    parts = ["curl", "-X", "POST", shlex.quote(request.url)]
    headers = {name: value for name, value in request.headers.items() if name != "User-Agent"}
    for name, value in headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if request.endpoint.access is not Access.PUBLIC:
        parts += ["-H", f'"Authorization: Bearer ${locations.API_TOKEN}"']
    command, body = " ".join(parts), request.content.decode()
    if len(request.content) <= MOST_ARGUMENT:
        return f"{command} -d {shlex.quote(body)}"
    end = _end_of(body)
    return f"head -c {len(request.content)} <<'{end}' | {command} --data-binary @-\n{body}\n{end}"


def _end_of(body: str) -> str:
    """A word that is no line of the body."""
    lines, end = set(body.split("\n")), END
    while end in lines:
        end += "_"
    return end
