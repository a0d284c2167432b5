"""`tickiti token audit`: who minted, rotated, retired, revoked or pruned tokens."""

from typing import Annotated, Any

import typer

from tickiti_cli.contract.bundled import tokens
from tickiti_cli.encoding import is_number
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Since, Until
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import selection
from tickiti_cli.tokens.back_ends.bundled import BundledTokens

app = verb()

AUDITED = columns(
    "occurred_at", "action", "token_id", "token_name", "actor_token_id", "actor_name", "request_id",
    leaving=("request_id", "actor_token_id", "actor_name", "token_name"),
)  # fmt: skip


@app.command(
    cls=ListCommand,
    epilog=examples("tickiti token audit --since 7d", "tickiti token audit 1 --all --json"),
)
def audit(
    ctx: typer.Context,
    *,
    token: Annotated[
        str | None,
        typer.Argument(
            metavar="ID|NAME", help="Only events of this token", autocompletion=offering("<token>")
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show the token audit log, newest first.

    The log is append-only and contains no secrets. Use --json for all details.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {}
    asked = TimeRange.of(since, until, member="occurred_at")
    request |= {"since": asked.start.isoformat(timespec="seconds")} if asked.start else {}
    request |= {"id": _id_of(runtime, token)} if token is not None else {}
    pages = runtime.client.pages(
        tokens.audit,
        request,
        member="audit",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages.within(asked), AUDITED, empty="No token events.")
    runtime.tell_of_more(pages.part, "events")


def _id_of(runtime: Runtime, token: str) -> int:
    """Return the given id, or that of the newest token of that name. A token that was pruned is in
    the log alone. Raises NothingFound."""
    if is_number(token):
        logged = runtime.client.call(tokens.audit, {"id": int(token), "limit": 1})
        if logged.data["audit"]:
            return int(token)
    return int(selection.find(BundledTokens(runtime.client), token)["id"])
