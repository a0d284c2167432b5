"""`tickiti help`: topics that belong to no single command."""

from typing import Annotated

import typer

from tickiti_cli.command import Command, examples, offering, verb
from tickiti_cli.groups import show_help
from tickiti_cli.nouns import NOUNS
from tickiti_cli.runtime import Runtime
from tickiti_cli.surface import topics
from tickiti_cli.surface.entries import TOPICS

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti help", "tickiti help exit-codes", "tickiti help cron", "tickiti help ticket create"
    ),
)
def explain(
    ctx: typer.Context,
    *,
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC|COMMAND]...",
            help="A topic or a command; without one, where to begin.",
            autocompletion=offering(*TOPICS),
        ),
    ] = None,
) -> None:
    """Explain a topic or a command: exit codes, variables, output, keys, tokens, cron jobs."""
    runtime: Runtime = ctx.obj
    if not topic:
        runtime.output.text(topics.overview())
    elif topic[0] in NOUNS and topic[0] not in TOPICS:
        show_help(ctx.find_root(), topic)
    else:
        runtime.output.text(topics.topic(" ".join(topic)))
