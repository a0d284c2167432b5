"""`tickiti ticket tag`: adds and removes hashtags, on the bundled server."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.contract.bundled import staff
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket tag 220009 --add vip --add berlin",
        "tickiti ticket tag 220009 --add paris --remove '#vip'",
    ),
)
@expand_flags
def tag(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Hashtag to add", autocompletion=offering("<hashtag>")),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Hashtag to remove", autocompletion=offering("<hashtag>")),
    ] = None,
    several: BatchFlags,
) -> None:
    """Add or remove hashtags

    Only the bundled server offers this.
    """
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    if not (add or remove):
        raise UsageProblem("Nothing to change: add --add TAG or --remove TAG.")
    members: dict[str, Any] = {"hashtags": add} if add else {}
    members |= {"remove_hashtags": remove} if remove else {}
    change = Change(staff.act, members, lambda number: f"Updated the hashtags of ticket {number}.")
    batch.send(runtime, selection, change, several)
