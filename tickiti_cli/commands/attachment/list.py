"""`tickiti attachment list`: lists the attachments of a ticket."""

import typer

from tickiti_cli.commands.attachment.files import files_of
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns(
    "id", "response_id", "name", "mime_type", "file_size", "is_inline",
    leaving=("is_inline", "mime_type", "response_id", "file_size"),
)  # fmt: skip


@app.command(
    cls=RowsCommand,
    epilog=examples("tickiti attachment list 220009", "tickiti attachment list 220009 --json"),
)
def list_attachments(ctx: typer.Context, *, number: Number) -> None:
    """List the attachments of a ticket"""
    runtime: Runtime = ctx.obj
    runtime.output.rows(files_of(runtime, number), LISTED, empty="No attachments.")
