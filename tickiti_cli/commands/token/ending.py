"""Tokens that are to work no longer."""

from typing import Annotated

import typer

from tickiti_cli import finding
from tickiti_cli.command import ConfirmedCommand, examples, verb
from tickiti_cli.contract import tokens
from tickiti_cli.options import OwnToken
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti token revoke 2 --yes", "tickiti token revoke --self --yes"),
)
def revoke(
    ctx: typer.Context,
    *,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="The tokens' ids.")
    ] = None,
    own: OwnToken = False,
) -> None:
    """Revoke tokens: they stop working at once and for good."""
    runtime: Runtime = ctx.obj
    finding.refuse_both(ids or None, own=own)
    wanted = [finding.own(runtime)["id"]] if own else ids or []
    names = ", ".join(str(token_id) for token_id in wanted)
    runtime.confirm(f"Revoke token {names}?")
    revoked = runtime.client.call(tokens.revoke, {"ids": wanted}).data
    runtime.output.done(revoked, said=f"Revoked token {names}.", plain=names)
