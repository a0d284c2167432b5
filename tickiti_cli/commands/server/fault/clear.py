"""`tickiti server fault clear`: removes faults."""

from typing import Annotated

import typer

from tickiti_cli.contract.bundled.test_mode import faults as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti server fault clear -p test"),
)
def clear(
    ctx: typer.Context,
    *,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="Fault ID (default: all faults)")
    ] = None,
) -> None:
    """Remove all faults, or those of these IDs"""
    runtime: Runtime = ctx.obj
    asked = {"ids": ids} if ids else {}
    cleared = runtime.client.call(contract.clear, asked).accepted
    count = cleared["cleared"]
    runtime.output.done(cleared, said=f"Removed faults: {count}.", plain=count)
