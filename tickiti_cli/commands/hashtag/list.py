"""`tickiti hashtag list`: lists hashtags."""

import typer

from tickiti_cli.contract.v1 import settings
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("tag", "count")


@app.command(cls=RowsCommand, epilog=examples("tickiti hashtag list"))
def list_hashtags(ctx: typer.Context) -> None:
    """List hashtags and their ticket counts"""
    runtime: Runtime = ctx.obj
    rows = runtime.client.call(settings.hashtags_index, {}).rows("hashtags")
    runtime.client.names.keep("hashtag", (row.get("tag") for row in rows))
    runtime.output.rows(rows, LISTED, empty="No hashtags.")
