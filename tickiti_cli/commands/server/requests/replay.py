"""`tickiti server requests replay`: sends a recorded request again."""

import base64
import json
import re
from typing import Annotated, Any

import typer

from tickiti_cli.api.connection import relay
from tickiti_cli.commands.server.requests.options import RequestId
from tickiti_cli.config.addresses import checked_url, refuse_open_wire
from tickiti_cli.contract.bundled.test_mode import requests as contract
from tickiti_cli.output.format import columns
from tickiti_cli.output.streams import redact_tokens
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns("url", "status", "milliseconds", "idempotency_key", "reply_body")

SIGNING = re.compile(r"whsec_[0-9A-Za-z+/=_-]+")
"""The signing secret of an intervention."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti ticket list -p test > requests.txt; tickiti server requests replay -p test"
        ' "$(tickiti server requests -p test --limit 1 --fields request_id)"',
    ),
)
def replay(
    ctx: typer.Context,
    *,
    request: RequestId,
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="Send to the server at URL, without a token")
    ] = None,
    same_key: Annotated[
        bool, typer.Option("--same-key", help="Send the same Idempotency-Key, not a new one")
    ] = False,
) -> None:
    """Send a recorded request again

    Goes to the same server with your token. Only the path, headers and body go to the address of
    --to; neither your token nor that of the request does. Tokens and signing secrets of the answer
    are redacted. Exits with 0 for an answer of any status. Needs a server that was started with
    --test.
    """
    runtime: Runtime = ctx.obj
    base_url = runtime.config.connection.base_url if to is None else checked_url(to, "--to")
    asked = {"request_id": request, "same_key": same_key}
    repeated = runtime.client.call(contract.replay, asked).data
    url = f"{base_url}{repeated['path']}"
    headers = _headers(repeated)
    if to is None and repeated["had_token"]:
        refuse_open_wire(url, allow_http=runtime.globals.allow_http)
        headers.append(("Authorization", f"Bearer {runtime.config.token}"))
    seconds = runtime.config.setting("timeout").value
    content = _content(repeated)
    answer = relay.relay(repeated["method"], url, headers, content, seconds=seconds)
    runtime.output.show(
        {
            "url": url,
            "status": answer.status,
            "milliseconds": answer.milliseconds,
            "idempotency_key": repeated["key"],
            "reply_headers": [[name, _safe(value)] for name, value in answer.headers],
            "reply_body": _read(answer.body, is_json=runtime.output.is_json),
        },
        SHOWN,
    )


def _headers(repeated: Any) -> list[tuple[str, str]]:
    """The headers of the request, with its key."""
    headers = relay.passed_on([(name, value) for name, value in repeated["headers"]])
    return headers + ([("Idempotency-Key", repeated["key"])] if repeated["key"] else [])


def _content(repeated: Any) -> bytes:
    body: str = repeated["body"]
    return base64.b64decode(body) if repeated["is_base64"] else body.encode()


def _safe(text: str) -> str:
    """The text with `[token]` and `[secret]` instead of tokens and signing secrets."""
    return SIGNING.sub("[secret]", redact_tokens(text))


def _read(body: bytes, *, is_json: bool) -> Any:
    """The body as JSON output shows it: parsed; its text where it is not JSON."""
    text = _safe(body.decode("utf-8", "replace"))
    if not is_json:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
