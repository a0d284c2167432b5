"""`tickiti man`: the manual."""

from typing import Annotated

import typer

from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.registry import NOUNS
from tickiti_cli.reference.manual import viewer
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
            help="Command, config.5 or scripting",
            autocompletion=offering(*NOUNS, "config.5", "scripting"),
        ),
    ] = None,
) -> None:
    """Show a manual page.

    In a pipe it is plain text.
    """
    runtime: Runtime = ctx.obj
    found = viewer.find(page)
    if runtime.streams.is_terminal(runtime.streams.stdout):
        viewer.open_in_man(found)
    runtime.sure_output.text(viewer.as_text(found))
