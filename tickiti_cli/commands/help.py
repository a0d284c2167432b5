"""`tickiti help`: topics that belong to no single command."""

from typing import Annotated

import typer

from tickiti_cli.command import Command, examples, offering, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.surface import topics
from tickiti_cli.surface.entries import TOPICS

app = verb()


@app.command(
    cls=Command, epilog=examples("tickiti help", "tickiti help exit-codes", "tickiti help cron")
)
def explain(
    ctx: typer.Context,
    *,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC",
            help="A topic; without one, where to begin.",
            autocompletion=offering(*TOPICS),
        ),
    ] = None,
) -> None:
    """Explain a topic: exit codes, variables, output, keys, tokens, cron jobs."""
    runtime: Runtime = ctx.obj
    runtime.output.text(topics.topic(topic) if topic is not None else topics.overview())
