"""`tickiti user grant`: gives a user rights on a queue."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.user.options import Queue, User
from tickiti_cli.contract.v1 import administration
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti user grant erin@trailblazers-club.example Sales --view --manage",
        "tickiti user grant erin@trailblazers-club.example Sales --no-delete",
    ),
)
def grant(
    ctx: typer.Context,
    *,
    user: User,
    queue: Queue,
    view: Annotated[
        bool | None, typer.Option("--view/--no-view", help="View and answer tickets of the queue")
    ] = None,
    manage: Annotated[
        bool | None, typer.Option("--manage/--no-manage", help="Manage tickets of the queue")
    ] = None,
    delete: Annotated[
        bool | None, typer.Option("--delete/--no-delete", help="Delete tickets of the queue")
    ] = None,
) -> None:
    """Set a user's rights on a queue.

    Rights without a flag stay as they are.
    """
    runtime: Runtime = ctx.obj
    given = {"can_view": view, "can_manage": manage, "can_delete": delete}
    rights = {name: value for name, value in given.items() if value is not None}
    if not rights:
        raise UsageProblem("Nothing to change: add --view, --manage or --delete.")
    person = lookup.row_of(runtime.client, lookup.USER, user)
    place = lookup.row_of(runtime.client, lookup.QUEUE, queue)
    where = {"user": person["id"], "queue": place["id"]}
    runtime.client.call(administration.users_queue_upsert, rights, **where)
    said = f"Updated the rights of {person['email']} on queue '{place['name']}'."
    runtime.output.done({**where, **rights}, said=said, plain=person["id"])
