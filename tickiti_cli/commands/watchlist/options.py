"""The flags that several verbs of `tickiti watchlist` share, and the members of a request
that they fill."""

from typing import Annotated, Any

import typer

from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.options import ticket_number

Watchlist = Annotated[str, typer.Argument(metavar="WATCHLIST", help="Watchlist name or ID")]
Icon = Annotated[str | None, typer.Option(metavar="ICON", help="Icon, such as eye")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="Description")]
Display = Annotated[
    str | None,
    typer.Option(
        "--display",
        metavar="list|card",
        help="How the web interface shows its tickets",
        click_type=Choice(("list", "card")),
    ),
]
Numbers = Annotated[
    list[int],
    typer.Argument(metavar="NUMBER...", parser=ticket_number, help="Ticket numbers"),
]


def members_of(
    *, name: str | None, icon: str | None, description: str | None, display: str | None
) -> dict[str, Any]:
    """Return the members whose flags were given."""
    members = {"name": name, "icon": icon, "description": description, "display_mode": display}
    return {member: value for member, value in members.items() if value is not None}
