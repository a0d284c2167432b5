"""Watching the bundled server: what it was asked and answered, and its log."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from tickiti_cli import local_finding
from tickiti_cli.command import Command, ListCommand, examples, verb
from tickiti_cli.contract import requests as contract
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import Database, ServerName
from tickiti_cli.output import Record, columns
from tickiti_cli.pages import Pages, tell_of_more
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import Format
from tickiti_cli.tail import Tail

app = verb()

ASK_SECONDS = 1.0
"""Soon enough for a person; each time the server is asked is a line in its own log."""

LOOK_SECONDS = 0.25
"""A look at a file costs next to nothing."""

REQUESTS = columns(
    "answered_at", "method", "path", "status", "milliseconds", "token_id", "code", "key_hint",
    "request_id",
)  # fmt: skip

Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
]


@app.command(
    cls=ListCommand,
    epilog=examples(
        "tickiti server requests --limit 20",
        "tickiti server requests -o ndjson --fields path,status,code",
    ),
)
def requests(ctx: typer.Context, *, follow: Follow = False) -> None:
    """Show what the server answered lately, the newest last; never bodies, headers or tokens.

    The server keeps its newest 10,000 requests in memory, since its start. The lasting record is
    its log: tickiti server logs.
    """
    runtime: Runtime = ctx.obj
    if follow:
        _refuse_a_document(runtime)
    pages = _pages(runtime, everything=runtime.globals.all)
    newest = _oldest_first(pages)
    tell_of_more(
        pages.more, runtime, "There are older requests; --all lists every one that is kept."
    )
    if follow:
        runtime.output.rows(_endless(runtime, newest), REQUESTS, as_lines=True)
    else:
        runtime.output.rows(newest, REQUESTS, empty="No requests.")


@app.command(
    cls=Command,
    epilog=examples("tickiti server logs", "tickiti server logs --lines 1000 -o ndjson"),
)
def logs(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    follow: Follow = False,
    lines: Annotated[int, typer.Option(min=0, metavar="N", help="The last N lines.")] = 50,
) -> None:
    """Show the end of a detached server's log; exit 13 if there is none.

    It is the file server.log beside the database. At 10 MiB it becomes server.log.1, which replaces
    the one before; -f goes on with the new one. A server in the foreground writes to its standard
    error instead.
    """
    runtime: Runtime = ctx.obj
    if follow:
        _refuse_a_document(runtime)
    with Tail(local_finding.log_of(local_finding.sought(runtime, name, db))) as tail:
        newest = tail.newest(lines)
        shown = _every_line(runtime, tail, newest) if follow else newest
        runtime.output.rows(({"line": line} for line in shown), columns("line"), as_lines=True)


def _every_line(runtime: Runtime, tail: Tail, lines: Iterable[str]) -> Iterator[str]:
    """These lines, then whatever is written."""
    while True:
        yield from lines
        runtime.streams.pause(LOOK_SECONDS)
        lines = tail.lines()


def _endless(runtime: Runtime, rows: list[Record]) -> Iterator[Record]:
    """These rows, then whatever comes."""
    since: dict[str, Any] = {}
    while True:
        yield from rows
        since = {"since": rows[-1]["request_id"]} if rows else since
        runtime.streams.pause(ASK_SECONDS)
        rows = _oldest_first(_pages(runtime, since, everything=True))


def _pages(runtime: Runtime, since: dict[str, Any] | None = None, *, everything: bool) -> Pages:
    return runtime.client.pages(
        contract.index,
        since or {},
        member="requests",
        limit=runtime.globals.limit,
        everything=everything,
    )


def _oldest_first(pages: Pages) -> list[Record]:
    """The server tells the newest first; a log is read the other way round."""
    return [*pages][::-1]


def _refuse_a_document(runtime: Runtime) -> None:
    if runtime.globals.watch is not None:
        raise UsageProblem("--follow goes on by itself: leave --watch out.")
    if runtime.output.format is Format.JSON:
        raise UsageProblem("--follow never ends, so it is no JSON document: use -o ndjson.")
