"""`tickiti op`: writes that were begun, and how they ended."""

from itertools import islice
from typing import Annotated

import typer

from tickiti_cli.command import Command, ConfirmedCommand, ListCommand, examples
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.journal import State
from tickiti_cli.output import columns
from tickiti_cli.pages import tell_of_more
from tickiti_cli.resuming import Resuming, row
from tickiti_cli.runtime import Runtime
from tickiti_cli.token_family import FLAG, HELP

app = noun("Writes that were begun: look at them, finish them.")

LISTED = columns("id", "state", "endpoint", "idempotency_key", "first_sent_at")
SHOWN = columns(
    "id", "state", "endpoint", "idempotency_key", "profile", "base_url", "token_id",
    "first_sent_at", "closed_at", "result", "body",
)  # fmt: skip

OPEN = (State.PENDING, State.DAMAGED)

Operation = Annotated[str, typer.Argument(metavar="ID", help="As `tickiti op list` shows it.")]


@app.command(
    "list", cls=ListCommand, epilog=examples("tickiti op list", "tickiti op list --pending --json")
)
def list_operations(
    ctx: typer.Context,
    *,
    pending: Annotated[
        bool, typer.Option("--pending", help="Those without a definite answer only.")
    ] = False,
) -> None:
    """List operations, newest first."""
    runtime: Runtime = ctx.obj
    limit = None if runtime.globals.all else runtime.globals.limit
    found = runtime.journal.every()
    wanted = (entry for entry in found if not pending or entry.state in OPEN)
    rows = [row(entry) for entry in islice(wanted, limit)]
    runtime.output.rows(rows, LISTED, empty="No operations.")
    more = next(wanted, None) is not None
    tell_of_more(more, runtime, "There are more operations; --all lists every one.")


@app.command(cls=Command, epilog=examples("tickiti op view 20261124T090000-4711053f"))
def view(ctx: typer.Context, *, operation: Operation) -> None:
    """Show an operation: what was sent, under which key, and what came of it."""
    runtime: Runtime = ctx.obj
    entry = runtime.journal.find(operation)
    runtime.output.show({**row(entry), "body": entry.body}, SHOWN)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti op resume 20261124T090000-4711053f", "tickiti op resume --all-pending -q"
    ),
)
def resume(
    ctx: typer.Context,
    *,
    operation: Annotated[
        str | None, typer.Argument(metavar="ID", help="As `tickiti op list` shows it.")
    ] = None,
    all_pending: Annotated[
        bool, typer.Option("--all-pending", help="Every one without a definite answer.")
    ] = False,
    other_token: Annotated[bool, typer.Option(FLAG, help=HELP)] = False,
) -> None:
    """Finish an operation: the same key and the same bytes, so it happens exactly once.

    A server knows a key by the family of its token: the token that sent it, and those that
    rotations made of it. Under another one it is not sent unless you say so.
    """
    runtime: Runtime = ctx.obj
    if (operation is None) == (not all_pending):
        raise UsageProblem("Give the operation's ID, or --all-pending.")
    resuming = Resuming(runtime, takes_other_tokens=other_token)
    if operation is not None:
        finished = resuming.one(runtime.journal.find(operation))
        said = f"Operation {operation}: {finished['state']}."
        runtime.output.done(finished, said=said, plain=operation)
        return
    rows = resuming.all(runtime.journal.pending())
    runtime.output.rows(rows, LISTED, empty="No operation is pending.")


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti op forget 20261124T090000-4711053f -y"))
def forget(ctx: typer.Context, *, operation: Operation) -> None:
    """Remove an operation from the journal; whether it was done stays as it is."""
    runtime: Runtime = ctx.obj
    entry = runtime.journal.look(operation)
    if entry.state in OPEN:
        runtime.confirm(f"Operation {operation} has no definite answer yet. Forget it?")
    runtime.journal.forget(entry)
    runtime.output.done({"id": operation}, said=f"Forgot {operation}.", plain=operation)
