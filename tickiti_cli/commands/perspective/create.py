"""`tickiti perspective create`: creates a perspective."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.perspective.options import Conditions, Description, Orders, members_of
from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti perspective create 'Open orders' --condition 'status is open'"
        " --condition 'queue is Sales' --order priority:desc --shared",
        "tickiti perspective create 'Nobody has it' --condition 'assigned is nobody'"
        " --condition 'status is not closed'",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new perspective")],
    conditions: Conditions = None,
    orders: Orders = None,
    description: Description = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Share with all staff (default: personal)")
    ] = False,
) -> None:
    """Create a perspective

    Show its tickets with `tickiti ticket list --perspective NAME`. Conditions on one field are
    alternatives; conditions on different fields must all match.

    Condition fields: subject, content, status, priority, queue, assigned, raised, participant,
    hashtag, watchlist, ticket_number.

    Sort fields: ticket_number, subject, status, priority, queue, assigned, raised, on_hold_until,
    created_at, updated_at.
    """
    runtime: Runtime = ctx.obj
    given = members_of(
        runtime, name=name, description=description, conditions=conditions, orders=orders
    )
    request: dict[str, Any] = {"conditions": [], "orders": [], **given, "shared": shared}
    made = runtime.client.call(settings.perspectives_create, request).accepted
    runtime.client.names.add("perspective", name)
    plain = made.id("perspective_id")
    row = lookup.made_row(runtime.client, lookup.PERSPECTIVE, made, plain, request)
    runtime.output.done(row, said=f"Created perspective '{name}'.", plain=plain)
