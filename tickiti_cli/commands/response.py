"""`tickiti response`: what was said on tickets."""

from typing import Annotated

import typer

from tickiti_cli.command import Command, examples
from tickiti_cli.contract import tickets
from tickiti_cli.groups import noun
from tickiti_cli.options import Number
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("What was said on tickets.")

LISTED = columns("id", "created_at", "created_by_email", "is_internal", "plain_text")


@app.command(
    "list",
    cls=Command,
    epilog=examples(
        "tickiti response list 220009",
        "tickiti response list 220009 -o ndjson --fields id,staff_response,html",
    ),
)
def list_responses(
    ctx: typer.Context,
    *,
    number: Number,
    raw_html: Annotated[
        bool, typer.Option("--raw-html", help="Show their HTML as stored.")
    ] = False,
) -> None:
    """List what was said on a ticket: pinned responses first, then oldest to newest."""
    runtime: Runtime = ctx.obj
    said = runtime.client.call(tickets.responses, {"ticket_number": number}).data["responses"]
    if raw_html:
        said = [{**response, "plain_text": response["html"]} for response in said]
    runtime.output.rows(said, LISTED, empty="No responses.")
