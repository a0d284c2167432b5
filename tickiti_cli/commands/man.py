"""`tickiti man`: the manual."""

from typing import Annotated

import typer

from tickiti_cli import manual
from tickiti_cli.command import Command, examples, offering, verb
from tickiti_cli.nouns import NOUNS
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command, epilog=examples("tickiti man", "tickiti man ticket", "tickiti man scripting")
)
def man(
    ctx: typer.Context,
    *,
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="PAGE",
            help="A command, config.5 or scripting.",
            autocompletion=offering(*NOUNS, "config.5", "scripting"),
        ),
    ] = None,
) -> None:
    """Show a page of the manual; in a pipe, as plain text."""
    runtime: Runtime = ctx.obj
    found = manual.find(page)
    if runtime.streams.is_terminal(runtime.streams.stdout):
        manual.open_in_man(found)
    runtime.output.text(manual.as_text(found))
