"""`tickiti server requests wait`: waits until requests have arrived."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import wait as waiting
from tickiti_cli.commands.server.requests.options import REQUESTS, Filters
from tickiti_cli.contract.bundled import requests as contract
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=RowsCommand,
    epilog=examples(
        "tickiti server requests wait --path '/api/*' --timeout 60",
        "tickiti server requests wait --method POST --count 2 --since -5m",
    ),
)
@expand_flags
def wait(
    ctx: typer.Context,
    *,
    filters: Filters,
    count: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Number of requests to wait for")
    ] = 1,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 30.0,
) -> None:
    """Wait until matching requests have arrived

    Requests from before the wait count too, unless --since leaves them out. Shows the newest
    that match. Exits with 13 if the time is up.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(filters.since, filters.until, member="answered_at")
    wanted: dict[str, Any] = {**filters.to_members(), "limit": count}
    found: list[dict[str, Any]] = []

    def look(left: float) -> list[dict[str, Any]] | None:
        reply = runtime.client.call(contract.index, wanted, within=left)
        found[:] = [row for row in reply.data["requests"] if asked.covers(row)]
        return found if len(found) >= count else None

    def late() -> str:
        return f"Only {len(found)} of {count} matching requests arrived within {timeout:g} s."

    rows = waiting.until(
        look, seconds=timeout, late=late, output=runtime.output, pause=runtime.streams.pause
    )
    runtime.output.rows(rows[::-1], REQUESTS)
