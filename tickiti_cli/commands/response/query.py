"""`tickiti response query`: searches the responses of all tickets."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from tickiti_cli.api.connection.json_body import Members
from tickiti_cli.api.paging import Pages
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.input import response_filters
from tickiti_cli.input.author import with_owner
from tickiti_cli.input.response_filters import ResponseFilters
from tickiti_cli.input.ticket_filters import refuse_unknown_queue, unless_empty
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN_METADATA = [column for column in response_filters.SHOWN if column.key != "plain_text"]
GROUPS = columns("value", "count")


class Grouping(StrEnum):
    """The fields by which the server counts responses."""

    TICKET_NUMBER = "ticket_number"
    CREATED_BY_EMAIL = "created_by_email"
    QUEUE = "queue"
    IS_INTERNAL = "is_internal"
    STAFF_RESPONSE = "staff_response"
    DAY = "day"


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti response query --by-staff --created-from 2026-01-01",
        "tickiti response query --queue Inbox --public --all -o ndjson",
        "tickiti response query --ticket 220009 --fields id,created_at,html --json",
        "tickiti response query --by anna@sole-trader.example --with-attachments",
        "tickiti response query --created-from 2026-01-01 --group-by day",
    ),
)
@expand_flags
def query(
    ctx: typer.Context,
    *,
    count: Annotated[
        bool, typer.Option("--count", help="Print only the number of responses")
    ] = False,
    group_by: Annotated[
        Grouping | None, typer.Option(metavar="FIELD", help="Count responses by FIELD")
    ] = None,
    filters: ResponseFilters,
) -> None:
    """Search the responses of all tickets

    Oldest responses come first. Repeat a filter to match any of several values.
    """
    runtime: Runtime = ctx.obj
    filters = with_owner(runtime, filters)
    wanted = filters.to_query()
    if count or group_by is not None:
        _count(runtime, wanted, group_by, is_total=count)
        return
    output = runtime.output
    shown = SHOWN_METADATA if filters.metadata_only else response_filters.SHOWN
    pages = Pages(
        partial(runtime.client.call, tickets.responses_query),
        {**wanted, **response_filters.large_of(output.shown(shown))},
        member="responses",
        limit=None if runtime.globals.all else runtime.globals.limit,
        most=response_filters.MOST_ROWS,
    )
    refuse = partial(refuse_unknown_queue, runtime, filters.queue)
    output.rows(unless_empty(pages, refuse), shown, empty="No responses.")
    part = pages.part
    if part.has_more and runtime.streams.is_terminal(runtime.streams.stderr):
        part = part._replace(total=_number_of(runtime, wanted))
    runtime.tell_of_more(part, "responses")


def _number_of(runtime: Runtime, wanted: Mapping[str, Any]) -> int | None:
    """The number of all responses for a person; None where the server does not tell."""
    try:
        reply = runtime.client.call(tickets.responses_query, {**wanted, "count_only": True})
    except (ApiError, TickitiError):
        return None
    count = reply.accepted.get("count")
    return count if type(count) is int else None


def _count(
    runtime: Runtime, wanted: Mapping[str, Any], group_by: Grouping | None, *, is_total: bool
) -> None:
    """Show the number of the responses, or that of each group. Raises UsageProblem."""
    if group_by is None:
        reply = runtime.client.call(tickets.responses_query, {**wanted, "count_only": True})
        runtime.output.value("count", Members(reply.accepted)["count"])
        return
    if is_total:
        raise UsageProblem("Give --count or --group-by, not both.")
    found = runtime.client.call(tickets.responses_query, {**wanted, "group_by": group_by}).accepted
    runtime.output.rows(found.rows("groups"), GROUPS, empty="No responses.")
