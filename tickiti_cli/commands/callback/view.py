"""`tickiti callback view`: shows a callback and its signed payload."""

from collections.abc import Mapping
from typing import Any

import typer

from tickiti_cli.commands.callback.options import LISTED, Id
from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = (*LISTED, *columns("delivered_at", "body", "history"))


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti callback view "$(tickiti callback list --limit 1 --fields id)"',
        'tickiti callback view "$(tickiti callback list --limit 1 --fields id)"'
        " --json --fields body",
    ),
)
def view(ctx: typer.Context, *, callback: Id) -> None:
    """Show a callback and its signed payload

    The history has the last 20 attempts, each with the first 64 KiB of the answer.
    """
    runtime: Runtime = ctx.obj
    found = runtime.client.call(contract.show, {"id": callback}).data
    runtime.output.show(found if runtime.output.is_json else flat(found), SHOWN)


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """The callback with its attempts as lines of text. A server of an older version sends none."""
    attempts = [_told(attempt) for attempt in found.get("history", ())]
    return {**found, "history": "\n".join(attempts) or None}


def _told(attempt: Mapping[str, Any]) -> str:
    """An attempt as a person reads it: the moment, the status or the error, the answer."""
    told = f"{attempt['attempted_at']} {attempt['code'] or attempt['error']}"
    return f"{told}: {attempt['reply_body']}" if attempt["reply_body"] else told
