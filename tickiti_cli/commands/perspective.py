"""`tickiti perspective`: saved views of the list of tickets."""

from typing import Annotated, Any

import typer

from tickiti_cli import arranged, views
from tickiti_cli.command import Command, ConfirmedCommand, examples
from tickiti_cli.contract import settings
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Saved views of the list of tickets.")

LISTED = columns("id", "name", "shared", "owner", "matches", "sorted_by")

Wanted = Annotated[str, typer.Argument(metavar="NAME", help="The perspective's name, or its id.")]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="TEXT",
        help="FIELD is|is not|contains VALUE. Those of one field are alternatives.",
    ),
]
Orders = Annotated[
    list[str] | None,
    typer.Option("--order", metavar="FIELD[:desc]", help="Sort by this; the first counts most."),
]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]


@app.command("list", cls=Command, epilog=examples("tickiti perspective list"))
def list_perspectives(ctx: typer.Context) -> None:
    """List the perspectives: the shared ones and your own."""
    runtime: Runtime = ctx.obj
    rows = [views.readable(row) for row in arranged.perspectives(runtime)]
    runtime.output.rows(rows, LISTED, empty="No perspectives.")


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
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    conditions: Conditions = None,
    orders: Orders = None,
    description: Description = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="For everybody; without it, for you alone.")
    ] = False,
) -> None:
    """Save a view: which tickets, and in what order. Use it with ticket list --perspective.

    Fields of conditions: subject, content, status, priority, queue, assigned, raised, participant,
    hashtag, watchlist, ticket_number. Fields of orders: ticket_number, subject, status, priority,
    queue, assigned, raised, on_hold_until, created_at, updated_at.
    """
    runtime: Runtime = ctx.obj
    given = _given(name=name, description=description, conditions=conditions, orders=orders)
    request: dict[str, Any] = {"conditions": [], "orders": [], **given, "shared": shared}
    made = runtime.client.call(settings.perspectives_create, request).accepted
    plain = made.id("perspective_id")
    runtime.output.done(made, said=f"Made perspective '{name}'.", plain=plain)


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
    perspective: Wanted,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Call it this.")] = None,
    conditions: Conditions = None,
    no_conditions: Annotated[
        bool, typer.Option("--no-conditions", help="Have every ticket.")
    ] = False,
    orders: Orders = None,
    no_orders: Annotated[
        bool, typer.Option("--no-orders", help="Newest activity first, as usual.")
    ] = False,
    description: Description = None,
    shared: Annotated[
        bool | None, typer.Option("--shared/--personal", help="For everybody, or its owner alone.")
    ] = None,
) -> None:
    """Change a perspective; conditions or orders that are given replace all there were."""
    runtime: Runtime = ctx.obj
    no_rows: list[dict[str, Any]] = []
    if (conditions and no_conditions) or (orders and no_orders):
        flag = "condition" if conditions and no_conditions else "order"
        raise UsageProblem(f"--{flag} and --no-{flag}s contradict each other: give one of them.")
    changes = _given(name=name, description=description, conditions=conditions, orders=orders)
    changes |= {"conditions": no_rows} if no_conditions else {}
    changes |= {"orders": no_rows} if no_orders else {}
    changes |= {"shared": shared} if shared is not None else {}
    if not changes:
        raise UsageProblem("Say what to change: --condition, --order, --name or another flag.")
    row = arranged.perspective(runtime, perspective)
    request = {"perspective_id": row["id"], **changes}
    runtime.client.call(settings.perspectives_update, request)
    edited = {**row, **changes}
    runtime.output.done(edited, said=f"Changed perspective '{edited['name']}'.", plain=row["id"])


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti perspective delete Outdated --yes"))
def delete(ctx: typer.Context, *, perspective: Wanted) -> None:
    """Delete a perspective; its tickets stay."""
    runtime: Runtime = ctx.obj
    row = arranged.perspective(runtime, perspective)
    runtime.confirm(f"Delete perspective '{row['name']}'?")
    runtime.client.call(settings.perspectives_delete, {"perspective_id": row["id"]})
    runtime.output.done(row, said=f"Deleted perspective '{row['name']}'.", plain=row["id"])


def _given(
    *,
    name: str | None,
    description: str | None,
    conditions: list[str] | None,
    orders: list[str] | None,
) -> dict[str, Any]:
    """The members that flags were given for."""
    members = {
        "name": name,
        "description": description,
        "conditions": views.conditions_of(conditions) if conditions else None,
        "orders": views.orders_of(orders) if orders else None,
    }
    return {member: value for member, value in members.items() if value is not None}
