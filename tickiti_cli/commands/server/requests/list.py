"""`tickiti server requests list`: the newest requests and their status codes."""

from collections.abc import Iterable, Iterator
from typing import Any

import typer

from tickiti_cli.api.paging import Pages
from tickiti_cli.commands.server.follow import Follow, refuse_endless_document
from tickiti_cli.commands.server.requests.options import REQUESTS, Filters
from tickiti_cli.contract.bundled import requests as contract
from tickiti_cli.output.format import Record
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

POLL_SECONDS = 1.0
"""Short enough for a person. Not shorter, because each poll is a line in the server's own log."""


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti server requests --limit 20",
        "tickiti server requests list --path '/api/*' --status 4xx",
        "tickiti server requests -o ndjson --fields path,status,code",
    ),
)
@expand_flags
def list_requests(ctx: typer.Context, *, follow: Follow = False, filters: Filters) -> None:
    """Show recent requests and their status codes.

    Newest last. The server keeps its last 10,000 requests in memory; for the permanent record see
    tickiti server logs. Of several servers on one database, each shows its own requests, whose IDs
    begin with its name. Headers and bodies are kept with server start --record-bodies or --test:
    see tickiti server requests view.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(filters.since, filters.until, member="answered_at")
    if follow:
        refuse_endless_document(runtime)
    wanted = filters.to_members()
    pages = _pages(runtime, wanted, everything=runtime.globals.all)
    newest = _oldest_first(pages.within(asked))
    _tell_whose(runtime, newest)
    runtime.tell_of_more(pages.part, "requests")
    if follow:
        runtime.output.rows(_follow_requests(runtime, wanted, newest), REQUESTS, as_lines=True)
    else:
        runtime.output.rows(newest, REQUESTS, empty="No requests.")


def _follow_requests(
    runtime: Runtime, wanted: dict[str, Any], rows: list[Record]
) -> Iterator[Record]:
    """Yield the rows, then each request that comes later."""
    since: dict[str, Any] = {}
    while True:
        yield from rows
        since = {"since": rows[-1]["request_id"]} if rows else since
        runtime.streams.pause(POLL_SECONDS)
        rows = _oldest_first(_pages(runtime, wanted | since, everything=True))


def _tell_whose(runtime: Runtime, rows: list[Record]) -> None:
    """Name the server that has answered, where it is one of several on a database."""
    request_id = str(rows[-1].get("request_id", "")) if rows else ""
    node, _, _ = request_id.rpartition("-")[0].rpartition("-")
    if node:
        runtime.output.remark(f"These are the requests of the server '{node}' only.")


def _pages(runtime: Runtime, wanted: dict[str, Any], *, everything: bool) -> Pages:
    return runtime.client.pages(
        contract.index,
        wanted,
        member="requests",
        limit=runtime.globals.limit,
        everything=everything,
    )


def _oldest_first(pages: Iterable[Record]) -> list[Record]:
    """Reverse the pages, because the server lists the newest first and a log shows it last."""
    return [*pages][::-1]
