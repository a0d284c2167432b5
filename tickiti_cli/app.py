"""The root of the command line."""

from typing import Annotated

import typer

from tickiti_cli import __version__
from tickiti_cli.command import examples
from tickiti_cli.nouns import NounGroup

app = typer.Typer(
    cls=NounGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer passes it by position
    if value:
        typer.echo(f"tickiti {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=False,
    no_args_is_help=True,
    epilog=examples(
        "tickiti server start --demo --detach",
        "tickiti ticket create --from marcus@trailblazers-club.example -s Cracked -b 'At mile 14'",
        "tickiti ticket list --json",
    ),
)
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """The command line of the Tickiti helpdesk."""
