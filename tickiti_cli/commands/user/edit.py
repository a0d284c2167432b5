"""`tickiti user edit`: changes the roles of a user."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.user.options import IsAdmin, IsApiUser, IsStaff, User, roles_of
from tickiti_cli.contract.v1 import administration
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command, epilog=examples("tickiti user edit erin@trailblazers-club.example --admin")
)
def edit(
    ctx: typer.Context,
    *,
    user: User,
    staff: IsStaff = None,
    admin: IsAdmin = None,
    api_account: IsApiUser = None,
) -> None:
    """Edit a user's roles.

    Changes apply from the next request.
    """
    runtime: Runtime = ctx.obj
    changes = roles_of(staff=staff, admin=admin, api_account=api_account)
    if not changes:
        raise UsageProblem("Nothing to change: add --staff, --admin or --api-account.")
    row = lookup.row_of(runtime.client, lookup.USER, user)
    kept = ("is_staff", "is_admin", "tonic_notifications")
    request = {name: bool(row.get(name)) for name in kept} | changes
    runtime.client.call(administration.users_update, request, user=row["id"])
    edited = {**row, **request}
    runtime.output.done(edited, said=f"Updated user {row['email']}.", plain=row["id"])
