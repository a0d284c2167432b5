"""`tickiti op resume`: finishes operations whose outcome is unknown."""

from typing import Annotated

import typer

from tickiti_cli.api.journal.token_family import FLAG, HELP
from tickiti_cli.commands.op.finish import Finisher
from tickiti_cli.commands.op.options import LISTED
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti op resume "$(tickiti op list --limit 1 --fields id)"',
        "tickiti op resume --all-pending -q",
    ),
)
def resume(
    ctx: typer.Context,
    *,
    operation: Annotated[
        str | None, typer.Argument(metavar="ID", help="Operation ID (see: tickiti op list)")
    ] = None,
    all_pending: Annotated[
        bool, typer.Option("--all-pending", help="Resume all operations without a definite answer")
    ] = False,
    other_token: Annotated[bool, typer.Option(FLAG, help=HELP)] = False,
) -> None:
    """Finish an operation exactly once.

    Sends the same key and the same bytes again. A server recognises a key only from the same token
    family: the token that sent it and its rotations. With a token of another family nothing is sent
    unless --other-token is given. An operation that a test server has lost by a reset is not sent.
    """
    runtime: Runtime = ctx.obj
    if (operation is None) == (not all_pending):
        raise UsageProblem("Give an operation ID or --all-pending.")
    finisher = Finisher(runtime, takes_other_tokens=other_token)
    if operation is not None:
        finished = finisher.finish(runtime.journal.find(operation))
        said = f"Operation {operation}: {finished['state']}."
        runtime.output.done(finished, said=said, plain=operation)
        return
    rows = finisher.finish_all(runtime.journal.pending())
    runtime.output.rows(rows, LISTED, empty="No pending operations.")
