"""The root of the command line."""

import typer

from tickiti_cli.parser.command import examples
from tickiti_cli.parser.registry import NounGroup

app = typer.Typer(
    cls=NounGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(
    no_args_is_help=True,
    epilog=examples(
        "tickiti server start --demo --detach",
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " -s 'Sole cracked' -b 'At mile 14.'",
        "tickiti ticket list --json",
    ),
)
def root() -> None:
    """Work with the Tickiti helpdesk from the command line."""
