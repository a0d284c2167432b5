"""`tickiti callback list`: lists the callbacks of interventions."""

from functools import partial
from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.callback.options import LISTED
from tickiti_cli.contract.bundled import callbacks as contract
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.vocabulary import CALLBACK_STATES
from tickiti_cli.errors import NothingFound, TickitiError
from tickiti_cli.input.ticket_filters import unless_empty
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Since, Until, ticket_number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ListCommand,
    epilog=examples("tickiti callback list", "tickiti callback list --state dead --json"),
)
def list_callbacks(
    ctx: typer.Context,
    *,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE",
            help="Delivery state",
            click_type=Choice(CALLBACK_STATES),
        ),
    ] = None,
    intervention: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of the intervention",
            autocompletion=offering("<intervention>"),
        ),
    ] = None,
    ticket: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", parser=ticket_number, help="Number of the ticket"),
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """List callbacks, newest first

    A callback in state `retry` is attempted again at next_at; after about three days it is `dead`.
    A `failed` callback is not retried: its receiver answered 410, or its address is not allowed.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(since, until)
    given = {"state": state, "intervention": intervention, "ticket_number": ticket}
    pages = runtime.client.pages(
        contract.index,
        {name: value for name, value in given.items() if value is not None},
        member="callbacks",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    refuse = partial(_refuse_unknown, runtime, intervention)
    runtime.output.rows(unless_empty(pages.within(asked), refuse), LISTED, empty="No callbacks.")
    runtime.tell_of_more(pages.part, "callbacks")


def _refuse_unknown(runtime: Runtime, intervention: str | None) -> None:
    """Raise NothingFound for an intervention that does not exist, if the token may list them."""
    if intervention is None:
        return
    try:
        lookup.row_of(runtime.client, lookup.INTERVENTION, intervention)
    except NothingFound:
        raise
    except (ApiError, TickitiError):
        return
