"""`tickiti server requests view`: one request with its headers and bodies."""

from typing import Any

import typer

from tickiti_cli.commands.server.requests.options import REQUESTS, RequestId
from tickiti_cli.contract.bundled import requests as contract
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = (
    *REQUESTS,
    *columns("query", "request_headers", "request_body", "reply_headers", "reply_body"),
)

NOT_RECORDED = (
    "Headers and bodies were not recorded: start the server with --record-bodies or --test."
)


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti server requests view "$(tickiti server requests --limit 1 --fields request_id)"',
        'tickiti server requests view "$(tickiti server requests --limit 1 --fields request_id)"'
        " --json",
    ),
)
def view(ctx: typer.Context, *, request: RequestId) -> None:
    """Show a request with its headers and bodies

    Tokens, passwords and signing secrets are redacted. The first 64 KiB of each body are kept, of
    the last 1,000 requests.
    """
    runtime: Runtime = ctx.obj
    found = runtime.client.call(contract.show, {"request_id": request}).data
    if found["recording"] is None:
        runtime.output.remark(NOT_RECORDED)
    runtime.output.show(found if runtime.output.is_json else _flat(found), SHOWN)


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    """The row with the recording's messages as fields of their own."""
    recording = found["recording"] or {}
    flat = {**found, "query": recording.get("query")}
    for name in ("request", "reply"):
        message = recording.get(name) or {}
        headers = message.get("headers") or []
        flat[f"{name}_headers"] = "\n".join(f"{key}: {value}" for key, value in headers) or None
        flat[f"{name}_body"] = _body(message) if message else None
    return flat


def _body(message: dict[str, Any]) -> str:
    if message["is_base64"]:
        return f"({message['size']:,} bytes, not text; in base64 with --json)"
    note = "" if message["is_whole"] else f"\n(incomplete: {message['size']:,} bytes were sent)"
    return f"{message['body']}{note}"
