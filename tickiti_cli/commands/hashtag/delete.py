"""`tickiti hashtag delete`: removes a hashtag from all tickets."""

from typing import Annotated

import typer

from tickiti_cli.contract.v1 import settings
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti hashtag delete outdated --yes"))
def delete(
    ctx: typer.Context,
    *,
    tag: Annotated[
        str,
        typer.Argument(
            metavar="TAG", help="Hashtag, with or without #", autocompletion=offering("<hashtag>")
        ),
    ],
) -> None:
    """Remove a hashtag from all tickets"""
    runtime: Runtime = ctx.obj
    name = tag.removeprefix("#")
    runtime.confirm(f"Remove hashtag '#{name}' from all tickets?")
    runtime.client.call(settings.hashtags_delete, {"tag": name})
    runtime.client.names.drop("hashtag", name)
    runtime.output.done(
        {"tag": name}, said=f"Removed hashtag '#{name}' from all tickets.", plain=name
    )
