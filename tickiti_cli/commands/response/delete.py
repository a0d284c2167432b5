"""`tickiti response delete`: deletes a response."""

import typer

from tickiti_cli.commands.response.options import ResponseId
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import ConfirmedWriteCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedWriteCommand, epilog=examples("tickiti response delete 7 --yes"))
def delete(ctx: typer.Context, *, response: ResponseId) -> None:
    """Delete a response"""
    runtime: Runtime = ctx.obj
    if not (runtime.globals.dry_run or runtime.globals.print_curl):
        runtime.confirm(f"Delete response {response}?")
    deleted = runtime.client.call(tickets.response_delete, {"response_id": response}).written
    runtime.output.done(deleted, said=f"Deleted response {response}.", plain=response)
