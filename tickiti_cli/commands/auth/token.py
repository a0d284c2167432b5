"""`tickiti auth token`: prints the token in use, for a script."""

import typer

from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti auth token -p local",
        'export TICKITI_API_TOKEN="$(tickiti auth token)"',
    ),
)
def token(ctx: typer.Context) -> None:
    """Print the token in use.

    The curl commands of --print-curl read TICKITI_API_TOKEN. The server is not contacted.
    """
    runtime: Runtime = ctx.obj
    runtime.senders.tell_of_unused_token(runtime.config)
    runtime.output.value("token", runtime.config.token)
