"""`tickiti user create`: adds a user."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.user.options import IsAdmin, IsApiUser, IsStaff, roles_of
from tickiti_cli.contract.v1 import administration
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti user create 'Ben Stone' ben@sole-trader.example",
        "tickiti user create 'Order import' orders@sole-trader.example --api-account",
    ),
)
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Full name")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="E-mail address")],
    staff: IsStaff = None,
    admin: IsAdmin = None,
    api_account: IsApiUser = None,
) -> None:
    """Create a user.

    The user is staff unless --no-staff is given. No mail is sent.
    """
    runtime: Runtime = ctx.obj
    request = {
        "name": name,
        "email": address_of(email, "EMAIL"),
        "is_staff": True,
        "is_admin": False,
        "tonic_notifications": False,
        **roles_of(staff=staff, admin=admin, api_account=api_account),
    }
    made = runtime.client.call(administration.users_create, request).accepted
    runtime.client.names.add("user", email)
    plain = made.id("user_id")
    row = lookup.made_row(runtime.client, lookup.USER, made, plain, request)
    runtime.output.done(row, said=f"Created user {email}.", plain=plain)
