"""`tickiti response copy`: copies responses to another ticket."""

import typer

from tickiti_cli.commands.response.options import ResponseIds, Target, named
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=WriteCommand, epilog=examples("tickiti response copy 3 --to 220010"))
def copy(ctx: typer.Context, *, responses: ResponseIds, target: Target) -> None:
    """Copy responses to another ticket"""
    runtime: Runtime = ctx.obj
    request = {"response_ids": responses, "target_ticket_number": target}
    done = runtime.client.call(tickets.response_copy, request).written
    ids = [str(row.get("response_id")) for row in done.rows("responses")]
    said = f"Copied {named(responses)} to ticket {target}."
    runtime.output.done(done, said=said, plain=" ".join(ids))
