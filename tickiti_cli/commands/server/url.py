"""`tickiti server url`: the address of the running server."""

import typer

from tickiti_cli.bundled_server import selection
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server url"))
def url(ctx: typer.Context, *, name: ServerName = None, db: Database = None) -> None:
    """Show the running server's URL."""
    runtime: Runtime = ctx.obj
    sought = selection.select(runtime, name, db)
    running = sought.running
    if running is None or not running.port:
        raise ConditionNotMet(sought.sentence, hint=sought.start)
    runtime.output.value("base_url", running.base_url)
