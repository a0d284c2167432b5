"""`tickiti auth can`: whether the token in use has an ability."""

from typing import Annotated

import typer

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.errors import Lacking, UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import closest
from tickiti_cli.tokens.current import lacking

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti auth can create-ticket ticket-respond", "tickiti auth can mail:read"),
)
def can(
    ctx: typer.Context,
    *,
    abilities: Annotated[
        list[str],
        typer.Argument(
            metavar="ABILITY...",
            help="Ability (see: tickiti token abilities)",
            autocompletion=offering(*Ability),
        ),
    ],
) -> None:
    """Check what the token may do; exit 5 if it may not.

    A vendor's install is probed with empty requests that have no effect: 422 means allowed, 403
    means not allowed.
    """
    runtime: Runtime = ctx.obj
    wanted = [_ability(name) for name in abilities]
    client = runtime.senders.sender_of(runtime.config, journal=None, is_probe=True)
    missing = lacking(client, wanted)
    if missing:
        raise Lacking(f"The token in use lacks {', '.join(missing)}.")
    names = ", ".join(wanted)
    runtime.output.done({"abilities": wanted}, said=f"The token in use has {names}.", plain=names)


def _ability(name: str) -> Ability:
    """Return the ability of a name. Raises UsageProblem with the nearest name."""
    try:
        return Ability(name)
    except ValueError:
        near = closest(name, Ability)
        meant = f" Did you mean '{near}'?" if near else ""
        raise UsageProblem(
            f"There is no ability '{name}'.{meant}", hint="See: tickiti token abilities"
        ) from None
