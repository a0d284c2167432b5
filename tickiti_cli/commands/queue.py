"""`tickiti queue`: lists, creates, edits and deletes queues."""

from contextlib import nullcontext
from http import HTTPStatus
from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.api.journal.outcome import partly_done
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import tickets, workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, ConfirmedCommand, RowsCommand, examples
from tickiti_cli.parser.groups import noun
from tickiti_cli.runtime import Runtime

app = noun()

LISTED = columns("id", "name", "ticket_count", "built_in")

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="Queue name or ID")]
Mailbox = Annotated[
    str | None, typer.Option(metavar="MAILBOX", help="Mailbox that sends the queue's e-mail")
]


@app.command("list", cls=RowsCommand, epilog=examples("tickiti queue list"))
def list_queues(ctx: typer.Context) -> None:
    """List queues and their ticket counts

    Without the ability workflow:read, the list has no counts.
    """
    runtime: Runtime = ctx.obj
    runtime.output.rows(_queues(runtime), LISTED, empty="No queues.")


def _queues(runtime: Runtime) -> list[lookup.Row]:
    """Return the queues. A definite 403 of workflow/queues leads to tickets/queues."""
    try:
        return lookup.rows_of(runtime.client, lookup.QUEUE)
    except ApiError as refusal:
        if refusal.status != HTTPStatus.FORBIDDEN or refusal.is_foreign:
            raise
        try:
            rows = runtime.client.call(tickets.queues, {}).rows("queues")
        except ApiError:
            raise refusal from None
        runtime.client.names.keep("queue", (row.get("name") for row in rows))
        return rows


@app.command(
    cls=Command,
    epilog=examples("tickiti queue create Returns", "tickiti queue create Repairs --mailbox local"),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new queue")],
    mailbox: Mailbox = None,
) -> None:
    """Create a queue"""
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"name": name, **_leaving_from(runtime, mailbox)}
    runtime.client.call(workflow.queues_create, request)
    made = lookup.written_row(runtime.client, lookup.QUEUE, name.strip(), request)
    runtime.output.done(made, said=f"Created queue '{made['name']}'.", plain=made.id("id"))


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti queue edit Wholesale --name 'Wholesale orders'",
        "tickiti queue edit Support --mailbox local",
        "tickiti queue edit Support --no-track-resolutions",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="New name")] = None,
    mailbox: Mailbox = None,
    track_resolutions: Annotated[
        bool | None,
        typer.Option(
            "--track-resolutions/--no-track-resolutions",
            help="Require a resolution when a ticket is closed",
        ),
    ] = None,
) -> None:
    """Edit a queue"""
    runtime: Runtime = ctx.obj
    if new_name is None and mailbox is None and track_resolutions is None:
        raise UsageProblem(
            "Nothing to change: add --name NAME, --mailbox MAILBOX or --track-resolutions."
        )
    row = lookup.row_of(runtime.client, lookup.QUEUE, name)
    changes = {"name": row["name"], "outgoing_mailbox_id": row.get("outgoing_mailbox_id")}
    changes |= {"name": new_name} if new_name is not None else {}
    changes |= _leaving_from(runtime, mailbox)
    changes |= {"track_resolutions": track_resolutions} if track_resolutions is not None else {}
    runtime.client.call(workflow.queues_update, {"queue_id": row["id"], **changes})
    new_row = {**row, **changes}
    name_now = str(changes["name"]).strip()
    edited = lookup.written_row(runtime.client, lookup.QUEUE, name_now, new_row)
    runtime.output.done(edited, said=f"Updated queue '{name_now}'.", plain=row["id"])


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
        str | None, typer.Option(metavar="QUEUE", help="Move its tickets to QUEUE first")
    ] = None,
) -> None:
    """Delete a queue

    A queue that still has tickets is deleted only with --move-to.
    """
    runtime: Runtime = ctx.obj
    row = lookup.row_of(runtime.client, lookup.QUEUE, name)
    target = lookup.row_of(runtime.client, lookup.QUEUE, move_to) if move_to is not None else None
    if target is not None and target["id"] == row["id"]:
        raise UsageProblem("--move-to: give a queue other than the one to delete.")
    moved = f" and move its tickets to '{target['name']}'" if target else ""
    runtime.confirm(f"Delete queue '{row['name']}'{moved}?")
    if target is not None:
        between = {"from_queue_id": row["id"], "to_queue_id": target["id"]}
        runtime.client.call(workflow.queues_move, between)
    so_far = f"Its tickets are in queue '{target['name']}' now." if target else ""
    with partly_done(so_far) if target else nullcontext():
        runtime.client.call(workflow.queues_delete, {"queue_id": row["id"]})
    runtime.client.names.drop("queue", row["name"])
    runtime.output.done(row, said=f"Deleted queue '{row['name']}'.", plain=row["id"])


def _leaving_from(runtime: Runtime, mailbox: str | None) -> dict[str, Any]:
    if mailbox is None:
        return {}
    return {"outgoing_mailbox_id": lookup.row_of(runtime.client, lookup.MAILBOX, mailbox)["id"]}
