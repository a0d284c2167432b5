"""`tickiti outbox release`: retries a mail now."""

import typer

from tickiti_cli.commands.outbox.options import Id
from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        'tickiti outbox release "$(tickiti outbox list --state retry --limit 1 --fields id)"'
    ),
)
def release(ctx: typer.Context, *, mail: Id) -> None:
    """Retry a failed, uncertain or delayed mail now

    First check whether an uncertain mail has arrived. Each attempt has the same Message-ID.
    """
    runtime: Runtime = ctx.obj
    released = runtime.client.call(contract.release, {"id": mail}).accepted
    runtime.output.done(released, said=f"Mail {mail} will be sent again.", plain=mail)
