"""`tickiti response view`: shows a response."""

from typing import Annotated

import typer

from tickiti_cli.commands.response.options import ResponseId
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.response_filters import SHOWN
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command, epilog=examples("tickiti response view 1", "tickiti response view 1 --json")
)
def view(
    ctx: typer.Context,
    *,
    response: ResponseId,
    raw_html: Annotated[bool, typer.Option("--raw-html", help="Show the HTML as stored")] = False,
) -> None:
    """Show a response"""
    runtime: Runtime = ctx.obj
    data = runtime.client.call(tickets.response_show, {"response_id": response}).data
    found = data.get("response", data)
    shown = {**found, "plain_text": found.get("html")} if raw_html else found
    runtime.output.show(shown, SHOWN)
