"""Listing what was said: on one ticket, or wherever the filters find it."""

from functools import partial
from typing import Annotated

import typer

from tickiti_cli import said
from tickiti_cli.command import ListCommand, examples, verb
from tickiti_cli.contract import tickets
from tickiti_cli.options import Number
from tickiti_cli.output import columns
from tickiti_cli.pages import Pages, tell_of_more
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "created_at", "created_by_email", "is_internal", "plain_text")


@app.command(
    "list",
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
    raw_html: Annotated[
        bool, typer.Option("--raw-html", help="Show their HTML as stored.")
    ] = False,
) -> None:
    """List what was said on a ticket: pinned responses first, then oldest to newest."""
    runtime: Runtime = ctx.obj
    found = runtime.client.call(tickets.responses, {"ticket_number": number}).data["responses"]
    if raw_html:
        found = [{**response, "plain_text": response["html"]} for response in found]
    most = len(found) if runtime.globals.all else runtime.globals.limit
    runtime.output.rows(found[:most], LISTED, empty="No responses.")
    tell_of_more(len(found) > most, runtime, "There are more responses; --all lists every one.")


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti response query --by-staff --created-from 2026-01-01",
        "tickiti response query --queue Inbox --public --all -o ndjson",
        "tickiti response query --ticket 220009 --fields id,created_at,html --json",
    ),
)
def query(
    ctx: typer.Context,
    *,
    ticket: said.Ticket = None,
    queue: said.Queue = None,
    queue_id: said.QueueId = None,
    internal: said.Internal = None,
    by_staff: said.ByStaff = None,
    created_from: said.CreatedFrom = None,
    created_to: said.CreatedTo = None,
    include_deleted: said.Deleted = False,
) -> None:
    """List what was said on all tickets, oldest first.

    A filter given twice matches either value. MOMENT is YYYY-MM-DD or 'YYYY-MM-DD HH:MM:SS', UTC.
    """
    runtime: Runtime = ctx.obj
    wanted = said.query_of(
        ticket_number=ticket,
        queue=queue,
        queue_id=queue_id,
        is_internal=internal,
        staff_response=by_staff,
        created_from=created_from,
        created_to=created_to,
        include_deleted=include_deleted,
    )
    output = runtime.output
    pages = Pages(
        partial(runtime.client.call, tickets.responses_query),
        {**wanted, **said.large_of(output.shown(said.SHOWN))},
        member="responses",
        limit=None if runtime.globals.all else runtime.globals.limit,
        most=said.MOST_ROWS,
    )
    output.rows(pages, said.SHOWN, empty="No responses.")
    tell_of_more(pages.more, runtime, "There are more responses; --all lists every one.")
