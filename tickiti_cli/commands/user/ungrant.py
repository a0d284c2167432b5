"""`tickiti user ungrant`: takes every right on a queue from a user."""

import typer

from tickiti_cli.api import lookup
from tickiti_cli.commands.user.options import Queue, User
from tickiti_cli.contract.v1 import administration
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti user ungrant erin@trailblazers-club.example Sales --yes"),
)
def ungrant(ctx: typer.Context, *, user: User, queue: Queue) -> None:
    """Remove a user's rights on a queue.

    The queue's tickets are then hidden from the user.
    """
    runtime: Runtime = ctx.obj
    person = lookup.row_of(runtime.client, lookup.USER, user)
    place = lookup.row_of(runtime.client, lookup.QUEUE, queue)
    runtime.confirm(f"Remove all rights of {person['email']} on queue '{place['name']}'?")
    where = {"user": person["id"], "queue": place["id"]}
    runtime.client.call(administration.users_queue_detach, {}, **where)
    said = f"Removed all rights of {person['email']} on queue '{place['name']}'."
    runtime.output.done(where, said=said, plain=person["id"])
