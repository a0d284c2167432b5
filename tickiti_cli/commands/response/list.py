"""`tickiti response list`: lists the responses of a ticket."""

from typing import Annotated

import typer

from tickiti_cli.api.paging import Part
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.options import Number, Since, Until
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "created_at", "created_by_email", "is_internal", "plain_text",
    leaving=("is_internal", "created_at", "created_by_email"),
)  # fmt: skip


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti response list 220009",
        "tickiti response list 220009 --all --json",
        "tickiti response list 220009 -o ndjson --fields id,staff_response,html",
    ),
)
def list_responses(
    ctx: typer.Context,
    *,
    number: Number,
    raw_html: Annotated[bool, typer.Option("--raw-html", help="Show the HTML as stored")] = False,
    since: Since = None,
    until: Until = None,
) -> None:
    """List the responses of a ticket

    Pinned responses come first, then oldest to newest.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(since, until)
    listed = runtime.client.call(tickets.responses, {"ticket_number": number}).data["responses"]
    found = [response for response in listed if asked.covers(response)]
    if raw_html:
        found = [{**response, "plain_text": response["html"]} for response in found]
    most = len(found) if runtime.globals.all else runtime.globals.limit
    runtime.output.rows(found[:most], LISTED, empty="No responses.")
    part = Part(len(found[:most]), len(found) > most, len(found))
    runtime.tell_of_more(part, "responses")
