"""`tickiti server logs`: the end of the log of a detached server."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from tickiti_cli.bundled_server import selection
from tickiti_cli.bundled_server.log_tail import LogTail
from tickiti_cli.commands.server.follow import Follow, refuse_endless_document
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Database, ServerName
from tickiti_cli.runtime import Runtime

app = verb()

POLL_SECONDS = 0.25
"""Short, because polling a file is cheap."""


@app.command(
    cls=Command,
    epilog=examples("tickiti server logs", "tickiti server logs --lines 1000 -o ndjson"),
)
def logs(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    follow: Follow = False,
    lines: Annotated[int, typer.Option(min=0, metavar="N", help="Show the last N lines")] = 50,
) -> None:
    """Show the log of a detached server.

    Exits with 13 if there is no log. The log is the file server.log beside the database. At 10 MiB
    it is renamed to server.log.1, replacing the previous one; -f continues with the new file. A
    server on PostgreSQL logs to servers/NAME.log in the state directory. A server in the foreground
    logs to standard error.
    """
    runtime: Runtime = ctx.obj
    if follow:
        refuse_endless_document(runtime)
    with LogTail(selection.log_of(selection.select(runtime, name, db))) as tail:
        newest = tail.newest(lines)
        shown = _follow_lines(runtime, tail, newest) if follow else newest
        runtime.output.rows(({"line": line} for line in shown), columns("line"), as_lines=True)


def _follow_lines(runtime: Runtime, tail: LogTail, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, then each line that is written later."""
    while True:
        yield from lines
        runtime.streams.pause(POLL_SECONDS)
        lines = tail.lines()
