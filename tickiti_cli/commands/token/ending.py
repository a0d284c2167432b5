"""Tokens that are to work no longer."""

from typing import Annotated, Any

import typer

from tickiti_cli import finding
from tickiti_cli.command import ConfirmedCommand, examples, verb
from tickiti_cli.contract import tokens
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import OwnToken, seconds_of
from tickiti_cli.runtime import Runtime

app = verb()

MOST_AT_ONCE = 1000
"""Tokens that a server revokes in one request."""


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti token retire 2 --yes", "tickiti token retire 2 --if-idle 1h --yes"),
)
def retire(
    ctx: typer.Context,
    *,
    token: Annotated[
        str, typer.Argument(metavar="ID|NAME", help="The old token, by its id or its name.")
    ],
    if_idle: Annotated[
        str | None, typer.Option(metavar="1h", help="Only if it was not used for this time.")
    ] = None,
) -> None:
    """End the overlap of a rotated token now; exit 13 if it is not idle.

    A use is noted once a minute, so a token counts as idle a minute later than it is.
    """
    runtime: Runtime = ctx.obj
    idle = {} if if_idle is None else {"if_idle": seconds_of(if_idle, "--if-idle")}
    token_id = finding.live(runtime, [token], status="overlap")[0]
    runtime.confirm(f"Retire token {token_id}?")
    retired = runtime.client.call(tokens.retire, {"id": token_id, **idle}).accepted
    runtime.output.done(retired, said=f"Retired token {token_id}.", plain=token_id)


@app.command(
    cls=ConfirmedCommand,
    epilog=examples(
        "tickiti token revoke 2 --yes",
        "tickiti token revoke --self --yes",
        "tickiti token revoke --expired --yes",
    ),
)
def revoke(
    ctx: typer.Context,
    *,
    token: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID|NAME...", help="The tokens, by their ids or names."),
    ] = None,
    own: OwnToken = False,
    expired: Annotated[
        bool, typer.Option("--expired", help="Every token that has expired.")
    ] = False,
) -> None:
    """Revoke tokens: they stop working at once and for good."""
    runtime: Runtime = ctx.obj
    wanted = _wanted(runtime, token or [], own=own, expired=expired)
    names = ", ".join(str(token_id) for token_id in wanted)
    if wanted:
        runtime.confirm(f"Revoke token {names}?")
    said = f"Revoked token {names}." if wanted else "No token has expired."
    runtime.output.done({"tokens": _revoked(runtime, wanted)}, said=said, plain=names)


def _wanted(runtime: Runtime, named: list[str], *, own: bool, expired: bool) -> list[int]:
    """The ids of what was named, or of what a flag says. Raises UsageProblem, NothingFound."""
    if bool(named) + own + expired != 1:
        raise UsageProblem("Name tokens, or say --self or --expired; one of the three.")
    if expired:
        listed = runtime.client.call(tokens.index, {"status": "expired"}).data["tokens"]
        return [row["id"] for row in listed]
    if own:
        return [finding.own(runtime)["id"]]
    return finding.live(runtime, named)


def _revoked(runtime: Runtime, ids: list[int]) -> list[dict[str, Any]]:
    parts = [ids[start : start + MOST_AT_ONCE] for start in range(0, len(ids), MOST_AT_ONCE)]
    replies = [runtime.client.call(tokens.revoke, {"ids": part}).accepted for part in parts]
    return [row for reply in replies for row in reply.rows("tokens")]
