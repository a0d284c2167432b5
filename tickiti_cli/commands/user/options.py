"""The flags that the commands of users share, and the members that they stand for."""

from typing import Annotated

import typer

from tickiti_cli.parser.global_flags import offering

User = Annotated[
    str,
    typer.Argument(
        metavar="USER", help="User's e-mail address or ID", autocompletion=offering("<user>")
    ),
]
Queue = Annotated[str, typer.Argument(metavar="QUEUE", help="Queue name or ID")]
IsStaff = Annotated[
    bool | None, typer.Option("--staff/--no-staff", help="Make the user staff, or not")
]
IsAdmin = Annotated[
    bool | None, typer.Option("--admin/--no-admin", help="Make the user an admin, or not")
]
IsApiUser = Annotated[
    bool | None,
    typer.Option("--api-account/--person", help="Mark as an API account, exempt from queue rights"),
]


def roles_of(
    *, staff: bool | None, admin: bool | None, api_account: bool | None
) -> dict[str, bool]:
    """The members of the flags that were given."""
    given = {"is_staff": staff, "is_admin": admin, "is_api_user": api_account}
    return {name: value for name, value in given.items() if value is not None}
