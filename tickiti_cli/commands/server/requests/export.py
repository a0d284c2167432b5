"""`tickiti server requests export`: requests as a HAR file for a browser's developer tools."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli import paths
from tickiti_cli.commands.server.requests.har import har_document
from tickiti_cli.commands.server.requests.options import Filters
from tickiti_cli.commands.server.requests.view import NOT_RECORDED
from tickiti_cli.contract.bundled import requests as contract
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.files.atomic_write import is_stdout, write_output
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()

MOST_AT_ONCE = 50
"""Requests of one page. Each may have two bodies of 64 KiB."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server requests export --har requests.har",
        "tickiti server requests export --har - --path '/api/*' --since -1h",
    ),
)
@expand_flags
def export(
    ctx: typer.Context,
    *,
    har: Annotated[
        Path, typer.Option("--har", metavar="FILE", help='Write HAR 1.2 to FILE ("-" for stdout)')
    ],
    filters: Filters,
) -> None:
    """Export requests as a HAR file

    Opens in the network panel of a browser's developer tools. Tokens, passwords and signing secrets
    are redacted. Bodies need a server that was started with --record-bodies or --test.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(filters.since, filters.until, member="answered_at")
    pages = runtime.client.pages(
        contract.index,
        {**filters.to_members(), "with_recordings": True},
        member="requests",
        limit=0,
        everything=True,
        most=MOST_AT_ONCE,
    )
    rows = [*pages.within(asked)][::-1]
    if not rows:
        raise ConditionNotMet("No request matches; nothing was written.")
    if all(row["recording"] is None for row in rows):
        runtime.output.remark(NOT_RECORDED)
    document = har_document(rows, runtime.config.connection.base_url)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if is_stdout(str(har)):
        runtime.output.raw(document, text)
        return
    write_output(paths.absolute(har), f"{text}\n".encode(), flag="--har")
    said = f"Wrote {har} (requests: {len(rows)})."
    runtime.output.done({"path": str(har), "requests": len(rows)}, said=said, plain=str(har))
