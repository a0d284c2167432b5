"""`tickiti token edit`: changes what a token may do, and from where."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.choices import Choice, Network
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import selection
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd

app = verb()

ANYWHERE = "none"
"""The word of --allowed-ip that lets a token be used from anywhere."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token edit 4 --name warehouse-2",
        "tickiti token edit 4 --ability tickets:read --allowed-ip 192.0.2.0/24",
        "tickiti token edit 4 --allowed-ip none",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    token: Annotated[
        str,
        typer.Argument(
            metavar="ID|NAME", help="Token ID or name", autocompletion=offering("<token>")
        ),
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="New name")] = None,
    ability: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ABILITY",
            help="Ability; the given ones replace all current ones",
            click_type=Choice([*Ability]),
        ),
    ] = None,
    allowed_ip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="IP address or network it may be used from; none: anywhere",
            click_type=Network(ANYWHERE),
        ),
    ] = None,
) -> None:
    """Edit a token.

    Changes apply from the next request.
    """
    runtime: Runtime = ctx.obj
    changes = _changes(name, ability, allowed_ip)
    back_end = ChosenBackEnd(runtime)
    token_id = int(selection.find(back_end, token)["id"])
    row = back_end.edit(token_id, changes)
    runtime.output.done(row, said=f"Updated token {token_id}.", plain=token_id)


def _changes(
    name: str | None, ability: list[str] | None, allowed_ip: list[str] | None
) -> dict[str, Any]:
    """The members that change. Raises UsageProblem if no flag names a change."""
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if ability:
        changes["abilities"] = sorted({*ability})
    if allowed_ip:
        changes["allowed_ip"] = None if allowed_ip == [ANYWHERE] else ",".join(allowed_ip)
    if not changes:
        raise UsageProblem("Nothing to change: add --name, --ability or --allowed-ip.")
    return changes
