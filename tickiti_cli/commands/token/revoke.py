"""`tickiti token revoke`: revokes tokens."""

from typing import Annotated, Any

import typer

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import ConfirmedCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import OwnToken
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import selection
from tickiti_cli.tokens.back_ends.back_end import BackEnd, Row
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd

app = verb()

MOST_AT_ONCE = 1000
"""Limit of the server: tokens that it revokes in one request."""


@app.command(
    cls=ConfirmedCommand,
    epilog=examples(
        "tickiti token revoke 7 --yes",
        "tickiti token revoke --expired --yes",
        "tickiti token revoke --self --yes",
    ),
)
def revoke(
    ctx: typer.Context,
    *,
    token: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID|NAME...", help="Token IDs or names", autocompletion=offering("<token>")
        ),
    ] = None,
    own: OwnToken = False,
    expired: Annotated[bool, typer.Option("--expired", help="Revoke all expired tokens")] = False,
) -> None:
    """Revoke tokens, effective immediately."""
    runtime: Runtime = ctx.obj
    back_end = ChosenBackEnd(runtime)
    wanted = _selected(back_end, token or [], own=own, expired=expired)
    ids = [int(row["id"]) for row in wanted]
    if wanted:
        runtime.confirm(f"Revoke token {selection.titled(wanted)}?")
    said = f"Revoked token {selection.titled(wanted)}." if wanted else "No expired tokens."
    plain = ", ".join(map(str, ids))
    runtime.output.done({"tokens": _revoke(back_end, ids)}, said=said, plain=plain)


def _selected(back_end: BackEnd, named: list[str], *, own: bool, expired: bool) -> list[Row]:
    """Return the named tokens, or those that a flag selects. Raises UsageProblem, NothingFound."""
    if bool(named) + own + expired != 1:
        raise UsageProblem("Give token IDs or names, --self or --expired: one of the three.")
    if expired:
        return [*back_end.list({"status": "expired"}).rows]
    if own:
        return [back_end.own()]
    return selection.live(back_end, named)


def _revoke(back_end: BackEnd, ids: list[int]) -> list[dict[str, Any]]:
    parts = [ids[start : start + MOST_AT_ONCE] for start in range(0, len(ids), MOST_AT_ONCE)]
    return [row for part in parts for row in back_end.revoke(part)]
