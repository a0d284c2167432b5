"""`tickiti help`: topics that belong to no single command."""

from typing import Annotated

import typer

from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.groups import show_help
from tickiti_cli.parser.help.layout import style
from tickiti_cli.parser.registry import NOUNS, TOPICS
from tickiti_cli.reference.manual import topics
from tickiti_cli.runtime import Runtime

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
            help="Topic or command (default: an overview)",
            autocompletion=offering(*TOPICS, *NOUNS),
        ),
    ] = None,
) -> None:
    """Show help for a command or topic."""
    runtime: Runtime = ctx.obj
    columns = style(is_terminal=False, is_bold=False).columns
    if not topic:
        runtime.sure_output.text(topics.overview(columns))
    elif topic[0] in NOUNS and topic[0] not in TOPICS:
        show_help(ctx.find_root(), topic)
    else:
        runtime.sure_output.text(topics.topic(" ".join(topic), columns))
