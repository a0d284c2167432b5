"""The flags that the commands of teams share, and the members behind them."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.runtime import Runtime

Team = Annotated[str, typer.Argument(metavar="TEAM", help="Team name or ID")]


def ids_of(runtime: Runtime, users: Sequence[str]) -> list[Any]:
    """The ids of users that are named by email address or id. Raises NothingFound."""
    return [lookup.row_of(runtime.client, lookup.USER, user)["id"] for user in users]
