"""`tickiti token list`: the tokens of the server, never their secrets."""

from typing import Annotated

import typer

from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.durations import seconds_of
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd

app = verb()

LISTED = columns(
    "id", "name", "status", "family", "last_used_at", "expires_at", "overlap_until",
    leaving=("family", "overlap_until", "last_used_at", "expires_at"),
)  # fmt: skip


@app.command(
    cls=RowsCommand,
    epilog=examples("tickiti token list", "tickiti token list --expiring 6h --json"),
)
def list_tokens(
    ctx: typer.Context,
    *,
    expiring: Annotated[
        str | None, typer.Option(metavar="14d", help="Only tokens that expire within this time")
    ] = None,
    unused_for: Annotated[
        str | None, typer.Option(metavar="90d", help="Only tokens unused for this time")
    ] = None,
) -> None:
    """List tokens.

    Secrets are never shown. With --expiring, exits with 13 if a token expires within that time, 0
    if none does.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, int] = {}
    if expiring is not None:
        request["expiring_within"] = seconds_of(expiring, "--expiring")
    if unused_for is not None:
        request["unused_for"] = seconds_of(unused_for, "--unused-for")
    listed = ChosenBackEnd(runtime).list(request).rows
    runtime.output.rows(listed, LISTED, empty="No tokens.")
    if expiring is not None and listed:
        counted = "1 token expires" if len(listed) == 1 else f"{len(listed)} tokens expire"
        hint = "Rotate each one: tickiti token rotate ID --expires 90d"
        raise ConditionNotMet(f"{counted} within {expiring}.", hint=hint)
