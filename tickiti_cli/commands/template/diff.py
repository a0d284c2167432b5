"""`tickiti template diff`: compares a directory with the server."""

import typer

from tickiti_cli.commands.template.difference import NO_DIFFERENCE, Folder
from tickiti_cli.commands.template.folder import compare
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti template diff templates", "tickiti template diff templates --json"),
)
def diff(ctx: typer.Context, *, folder: Folder) -> None:
    """Compare a directory with the server's templates

    Prints a patch that would turn the server's templates into those of the directory.
    """
    runtime: Runtime = ctx.obj
    differences = compare(runtime, folder)
    records = [{**one.record, "patch": one.patch} for one in differences]
    runtime.output.patches(records, columns("change", "identifier", "patch"), empty=NO_DIFFERENCE)
