"""`tickiti alias list`: the user's aliases."""

import typer

from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=RowsCommand, epilog=examples("tickiti alias list", "tickiti alias list --json"))
def list_aliases(ctx: typer.Context) -> None:
    """List aliases

    Aliases are read from your config.toml; aliases in a project file are ignored.
    """
    runtime: Runtime = ctx.obj
    rows = [
        {"name": name, "command": line} for name, line in sorted(runtime.config.aliases.items())
    ]
    runtime.output.rows(rows, columns("name", "command"), empty="No aliases.")
