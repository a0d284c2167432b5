"""`tickiti outbox view`: shows an outgoing mail."""

from typing import Annotated

import typer

from tickiti_cli import paths
from tickiti_cli.commands.outbox.options import Id
from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.output.browser import open_safely
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHOWN = columns(
    "id", "to", "mailbox", "subject", "message_id", "state", "attempts", "next_at", "last_error",
    "created_at", "sent_at", "text",
)  # fmt: skip


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti outbox view "$(tickiti outbox list --limit 1 --fields id)"',
        'tickiti outbox view "$(tickiti outbox list --limit 1 --fields id)" --open',
    ),
)
def view(
    ctx: typer.Context,
    *,
    mail: Id,
    open_it: Annotated[bool, typer.Option("--open", help="Open the mail in the browser")] = False,
) -> None:
    """Show an outgoing mail

    With --open, the browser loads no remote content.
    """
    runtime: Runtime = ctx.obj
    shown = runtime.client.call(contract.show, {"id": mail}).data
    if open_it:
        folder = paths.pages_dir(runtime.environ)
        page = open_safely(shown["html"], title=shown["subject"], folder=folder)
        runtime.output.remark(f"Opened {page}")
    else:
        runtime.output.show(shown, SHOWN)
