"""`tickiti token view`: one token of the server."""

import typer

from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import OwnToken, Token
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import selection
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd

app = verb()

SHOWN = columns(
    "id", "name", "status", "family", "abilities", "created_at", "last_used_at", "expires_at",
    "overlap_until", "allowed_ip",
)  # fmt: skip


@app.command(cls=Command, epilog=examples("tickiti token view --self", "tickiti token view 1"))
def view(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: OwnToken = False,
) -> None:
    """Show a token's abilities, last use and expiry."""
    runtime: Runtime = ctx.obj
    selection.refuse_both(token, own=own)
    back_end = ChosenBackEnd(runtime)
    row = back_end.own() if own else selection.find(back_end, str(token))
    runtime.output.show(row, SHOWN)
