"""`tickiti perspective edit`: edits a perspective."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.perspective.options import (
    Conditions,
    Description,
    Orders,
    Perspective,
    members_of,
)
from tickiti_cli.contract.v1 import settings
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti perspective edit Urgent --condition 'priority is urgent' --order updated_at:desc",
        "tickiti perspective edit Urgent --personal",
        "tickiti perspective edit Urgent --no-conditions",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    perspective: Perspective,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="New name")] = None,
    conditions: Conditions = None,
    no_conditions: Annotated[
        bool, typer.Option("--no-conditions", help="Remove all conditions")
    ] = False,
    orders: Orders = None,
    no_orders: Annotated[bool, typer.Option("--no-orders", help="Sort by latest activity")] = False,
    description: Description = None,
    shared: Annotated[
        bool | None,
        typer.Option("--shared/--personal", help="Share with all staff, or only its owner"),
    ] = None,
) -> None:
    """Edit a perspective

    New conditions replace all existing ones, and so do new sort orders. Fields without a
    flag keep their values.
    """
    runtime: Runtime = ctx.obj
    no_rows: list[dict[str, Any]] = []
    if (conditions and no_conditions) or (orders and no_orders):
        flag = "condition" if conditions and no_conditions else "order"
        raise UsageProblem(f"Give --{flag} or --no-{flag}s, not both.")
    changes = members_of(
        runtime, name=name, description=description, conditions=conditions, orders=orders
    )
    changes |= {"conditions": no_rows} if no_conditions else {}
    changes |= {"orders": no_rows} if no_orders else {}
    changes |= {"shared": shared} if shared is not None else {}
    if not changes:
        raise UsageProblem("Nothing to change: add --condition, --order, --name or another flag.")
    row = lookup.row_of(runtime.client, lookup.PERSPECTIVE, perspective)
    request = {"perspective_id": row["id"], **changes}
    runtime.client.call(settings.perspectives_update, request)
    edited = {**row, **changes}
    runtime.client.names.change("perspective", row["name"], edited["name"])
    runtime.output.done(edited, said=f"Updated perspective '{edited['name']}'.", plain=row["id"])
