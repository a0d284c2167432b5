"""Tokens as they are, and what tokens can do."""

from typing import Annotated, Any

import typer

from tickiti_cli import finding
from tickiti_cli.command import Command, ListCommand, examples, verb
from tickiti_cli.contract import catalogue, tokens
from tickiti_cli.contract.endpoint import Ability, Access
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.options import OwnToken, Token, past_moment_of, seconds_of
from tickiti_cli.output import columns
from tickiti_cli.pages import tell_of_more
from tickiti_cli.presets import PRESETS
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "name", "status", "family", "last_used_at", "expires_at", "overlap_until")
SHOWN = columns(
    "id", "name", "status", "family", "abilities", "created_at", "last_used_at", "expires_at",
    "overlap_until",
)  # fmt: skip
AUDITED = columns(
    "occurred_at", "action", "token_id", "token_name", "actor_token_id", "actor_name", "request_id"
)


@app.command(
    "list",
    cls=Command,
    epilog=examples("tickiti token list", "tickiti token list --expiring 14d --json"),
)
def list_tokens(
    ctx: typer.Context,
    *,
    expiring: Annotated[
        str | None, typer.Option(metavar="14d", help="Only what expires within this time.")
    ] = None,
    unused_for: Annotated[
        str | None, typer.Option(metavar="90d", help="Only what was not used for this time.")
    ] = None,
) -> None:
    """List the server's tokens; never their secrets.

    With --expiring it is a check: exit 13 if a token expires within that time, 0 if none does.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, int] = {}
    if expiring is not None:
        request["expiring_within"] = seconds_of(expiring, "--expiring")
    if unused_for is not None:
        request["unused_for"] = seconds_of(unused_for, "--unused-for")
    listed = runtime.client.call(tokens.index, request).data["tokens"]
    runtime.output.rows(listed, LISTED, empty="No tokens.")
    if expiring is not None and listed:
        counted = "1 token expires" if len(listed) == 1 else f"{len(listed)} tokens expire"
        hint = "Renew each: tickiti token rotate ID --expires 90d"
        raise ConditionNotMet(f"{counted} within {expiring}.", hint=hint)


@app.command(cls=Command, epilog=examples("tickiti token view --self", "tickiti token view 1"))
def view(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: OwnToken = False,
) -> None:
    """Show a token: what it may do, when it was used and until when it works."""
    runtime: Runtime = ctx.obj
    finding.refuse_both(token, own=own)
    row = finding.own(runtime) if own else finding.find(runtime, str(token))
    runtime.output.show(row, SHOWN)


@app.command(
    cls=ListCommand,
    epilog=examples("tickiti token audit --since 7d", "tickiti token audit 1 --all --json"),
)
def audit(
    ctx: typer.Context,
    *,
    token: Annotated[
        str | None, typer.Argument(metavar="ID|NAME", help="What was done to this token.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="7d|DATE", help="Only what happened since then.")
    ] = None,
) -> None:
    """Show who minted, rotated, retired, revoked or pruned tokens, the newest first.

    Nothing is ever taken from this list, and no secret is in it. JSON has the details.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {}
    request |= {"since": past_moment_of(since, "--since")} if since is not None else {}
    request |= {"id": finding.id_of(runtime, token)} if token is not None else {}
    pages = runtime.client.pages(
        tokens.audit,
        request,
        member="audit",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages, AUDITED, empty="Nothing was done to tokens.")
    tell_of_more(pages.more, runtime, "There is more; --all lists everything.")


@app.command(
    cls=Command, epilog=examples("tickiti token abilities", "tickiti token abilities --json")
)
def abilities(ctx: typer.Context) -> None:
    """List every ability, the presets that hold it and the endpoints it opens."""
    runtime: Runtime = ctx.obj
    rows = [
        {
            "ability": ability.value,
            "presets": [name for name, held in PRESETS.items() if ability in held],
            "endpoints": _opened_by(ability),
        }
        for ability in Ability
    ]
    runtime.output.rows(rows, columns("ability", "presets", "endpoints"))


def _opened_by(ability: Ability) -> list[str]:
    rows = catalogue.CATALOGUE.values()
    return [row.name for row in rows if row.access is Access.ABILITY and ability in row.needs]
