"""`tickiti queue`: where tickets lie."""

from typing import Annotated, Any

import typer

from tickiti_cli import arranged
from tickiti_cli.command import Command, ConfirmedCommand, examples
from tickiti_cli.contract import workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.outcomes import carried_out
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Where tickets lie: list, make, rename, empty.")

LISTED = columns("id", "name", "ticket_count", "built_in")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The queue's name, or its id.")]
Mailbox = Annotated[
    str | None, typer.Option(metavar="NAME", help="The mailbox that its mail leaves from.")
]


@app.command("list", cls=Command, epilog=examples("tickiti queue list"))
def list_queues(ctx: typer.Context) -> None:
    """List the queues and how many tickets lie in each."""
    runtime: Runtime = ctx.obj
    runtime.output.rows(arranged.queues(runtime), LISTED, empty="No queues.")


@app.command(
    cls=Command,
    epilog=examples("tickiti queue create Returns", "tickiti queue create Repairs --mailbox local"),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    mailbox: Mailbox = None,
) -> None:
    """Make a queue."""
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"name": name, **_leaving_from(runtime, mailbox)}
    runtime.client.call(workflow.queues_create, request)
    with carried_out():
        made = arranged.queue(runtime, name.strip())
    runtime.output.done(made, said=f"Made queue '{made['name']}'.", plain=made["id"])


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti queue edit Wholesale --name 'Wholesale orders'",
        "tickiti queue edit Support --mailbox local",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Call it this.")
    ] = None,
    mailbox: Mailbox = None,
) -> None:
    """Rename a queue, or have its mail leave from another mailbox."""
    runtime: Runtime = ctx.obj
    if new_name is None and mailbox is None:
        raise UsageProblem("Say what to change: --name NAME or --mailbox NAME.")
    row = arranged.queue(runtime, name)
    changes = {"name": row["name"], "outgoing_mailbox_id": row.get("outgoing_mailbox_id")}
    changes |= {"name": new_name} if new_name is not None else {}
    changes |= _leaving_from(runtime, mailbox)
    runtime.client.call(workflow.queues_update, {"queue_id": row["id"], **changes})
    with carried_out():
        edited = arranged.queue(runtime, str(changes["name"]).strip())
    runtime.output.done(edited, said=f"Changed queue '{edited['name']}'.", plain=edited["id"])


@app.command(
    cls=ConfirmedCommand,
    epilog=examples(
        "tickiti queue delete 'Old orders' --yes",
        "tickiti queue delete Returned --move-to Support --yes",
    ),
)
def delete(
    ctx: typer.Context,
    *,
    name: Name,
    move_to: Annotated[
        str | None, typer.Option(metavar="NAME", help="Move its tickets to this queue first.")
    ] = None,
) -> None:
    """Delete a queue. One with tickets stays, unless they are moved to another one."""
    runtime: Runtime = ctx.obj
    row = arranged.queue(runtime, name)
    target = arranged.queue(runtime, move_to) if move_to is not None else None
    if target is not None and target["id"] == row["id"]:
        raise UsageProblem("--move-to: the tickets are in this queue already; name another one.")
    moved = f" and move its tickets to '{target['name']}'" if target else ""
    runtime.confirm(f"Delete queue '{row['name']}'{moved}?")
    if target is not None:
        between = {"from_queue_id": row["id"], "to_queue_id": target["id"]}
        runtime.client.call(workflow.queues_move, between)
    runtime.client.call(workflow.queues_delete, {"queue_id": row["id"]})
    runtime.output.done(row, said=f"Deleted queue '{row['name']}'.", plain=row["id"])


def _leaving_from(runtime: Runtime, mailbox: str | None) -> dict[str, Any]:
    if mailbox is None:
        return {}
    return {"outgoing_mailbox_id": arranged.mailbox(runtime, mailbox)["id"]}
