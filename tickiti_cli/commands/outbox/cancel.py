"""`tickiti outbox cancel`: cancels an unsent mail."""

import typer

from tickiti_cli.commands.outbox.options import Id
from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti outbox cancel "$(tickiti outbox list --state retry --limit 1 --fields id)"'
    ),
)
def cancel(ctx: typer.Context, *, mail: Id) -> None:
    """Cancel a mail that was not sent yet

    The mail stays listed as failed, and `tickiti outbox release` can still send it. A mail that
    the SMTP server may have accepted cannot be cancelled.
    """
    runtime: Runtime = ctx.obj
    cancelled = runtime.client.call(contract.cancel, {"id": mail}).data
    runtime.output.done(cancelled, said=f"Cancelled mail {mail}.", plain=mail)
