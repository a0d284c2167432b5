"""`tickiti token retire`: ends the overlap of a rotated token."""

from typing import Annotated

import typer

from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.parser.durations import seconds_of
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import selection
from tickiti_cli.tokens.back_ends.back_end import BackEnd, Row
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti token retire 3 --yes", "tickiti token retire 5 --if-idle 1h --yes"),
)
def retire(
    ctx: typer.Context,
    *,
    token: Annotated[
        str,
        typer.Argument(
            metavar="ID|NAME",
            help="ID or name of the old token",
            autocompletion=offering("<token>"),
        ),
    ],
    if_idle: Annotated[
        str | None, typer.Option(metavar="1h", help="Only if unused for this time")
    ] = None,
) -> None:
    """End the overlap of a rotated token.

    With --if-idle, exits with 13 if the token was used within that time. Last use has one-minute
    resolution.
    """
    runtime: Runtime = ctx.obj
    idle = {} if if_idle is None else {"if_idle": seconds_of(if_idle, "--if-idle")}
    back_end = ChosenBackEnd(runtime)
    old = _old_token(back_end, token)
    titled = selection.titled([old])
    runtime.confirm(f"Retire token {titled}?")
    retired = back_end.retire(int(old["id"]), idle)
    runtime.output.done(retired, said=f"Retired token {titled}.", plain=old["id"])


def _old_token(back_end: BackEnd, wanted: str) -> Row:
    """Return the token to end. The vendor's tokens have no overlap, so that a name has to be that
    of one live token."""
    back_end.list()
    status = None if back_end.is_vendor else "overlap"
    return selection.live(back_end, [wanted], status=status)[0]
