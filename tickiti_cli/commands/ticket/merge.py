"""`tickiti ticket merge`: merges two tickets."""

import typer

from tickiti_cli.commands.ticket.parts.options import Other
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import ConfirmedWriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedWriteCommand, epilog=examples("tickiti ticket merge 220012 220013 --yes"))
def merge(ctx: typer.Context, *, number: Number, other: Other) -> None:
    """Merge two tickets

    The newer ticket is merged into the older one and deleted.
    """
    runtime: Runtime = ctx.obj
    if not (runtime.globals.dry_run or runtime.globals.print_curl):
        runtime.confirm(f"Merge tickets {number} and {other}? The newer one is deleted.")
    request = {"ticket_number": number, "other_ticket_number": other}
    merged = runtime.client.call(tickets.merge, request).written
    survivor = merged.id("ticket_number")
    said = f"Merged ticket {merged.id('merged_ticket_number')} into {survivor}."
    runtime.output.done(merged, said=said, plain=survivor)
