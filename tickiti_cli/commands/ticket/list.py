"""`tickiti ticket list`: lists tickets by filters or a perspective."""

from functools import partial

import typer

from tickiti_cli.api.paging import DayPages, Pages
from tickiti_cli.contract import classic
from tickiti_cli.input import ticket_filters
from tickiti_cli.input.author import with_owner
from tickiti_cli.input.ticket_filters import TicketFilters
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "number", "subject", "status", "priority", "queue_name", "originator_email", "updated_at",
    leaving=("priority", "queue_name", "originator_email", "updated_at"),
)  # fmt: skip


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti ticket list --status open --queue Inbox",
        "tickiti ticket list --all -o ndjson",
        "tickiti ticket list --search subject_content=plate --created-from 2026-01-01",
        "tickiti ticket list --perspective Urgent --hashtag vip",
    ),
)
@expand_flags
def list_tickets(
    ctx: typer.Context,
    *,
    filters: TicketFilters,
) -> None:
    """List tickets, latest activity first

    A perspective has an order of its own. Repeat a filter to match any of several values. --sort
    number and --sort updated:desc sort all tickets; other columns sort only the rows shown.
    """
    runtime: Runtime = ctx.obj
    filters = with_owner(runtime, filters)
    pages = Pages(
        DayPages(partial(runtime.client.call, classic.tickiti_api_index), runtime.output.remark),
        {**filters.to_query(), **_order(runtime.globals.sort)},
        member="tickets",
        limit=None if runtime.globals.all else runtime.globals.limit,
    )
    rows = ticket_filters.unless_empty(
        pages.within(filters.period), partial(ticket_filters.refuse_unknown, runtime, filters)
    )
    runtime.output.rows(rows, LISTED, empty="No tickets.")
    runtime.tell_of_more(pages.part, "tickets")


def _order(sort: str | None) -> dict[str, str]:
    """The order of the request, where the API knows the order that --sort asks for."""
    if sort is None:
        return {}
    from tickiti_cli.output.tables.arrange import is_order  # noqa: PLC0415 - of --sort alone

    if is_order(sort, "number"):
        return {"order": "number"}
    return {"order": "activity"} if is_order(sort, "updated_at", is_descending=True) else {}
