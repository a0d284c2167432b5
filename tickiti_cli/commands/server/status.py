"""`tickiti server status`: whether the bundled server runs."""

import typer

from tickiti_cli.bundled_server import selection
from tickiti_cli.commands.server.state import STATUS, TEST_STATUS, row_of
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=Command, epilog=examples("tickiti server status", "tickiti server status --json"))
def status(ctx: typer.Context, *, name: ServerName = None, db: Database = None) -> None:
    """Show whether the server is running.

    Exits with 13 if the server is not running.
    """
    runtime: Runtime = ctx.obj
    sought = selection.select(runtime, name, db)
    if sought.running is None:
        raise ConditionNotMet(sought.sentence, hint=sought.start)
    if not runtime.globals.quiet:
        shown = TEST_STATUS if sought.running.test else STATUS
        runtime.output.show(row_of(sought.running, sought.database), shown)
