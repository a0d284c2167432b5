"""Many tickets from a file."""

from typing import Annotated

import typer

from tickiti_cli.bulk.manner import Manner, refuse_one_key
from tickiti_cli.command import WriteCommand, examples, verb
from tickiti_cli.options import (
    Again,
    AtError,
    Jobs,
    KeyFrom,
    Lines,
    LinesFormat,
    OnError,
    OtherToken,
    Report,
)
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    "import",
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket import tickets.csv",
        "tickiti ticket import tickets.csv --map E-Mail=from --key-from Reference --jobs 8",
        "tickiti ticket import tickets.ndjson --report report.csv",
    ),
)
def import_tickets(
    ctx: typer.Context,
    *,
    file: Lines,
    file_format: LinesFormat = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds."),
    ] = None,
    key_from: KeyFrom = None,
    jobs: Jobs = 1,
    on_error: AtError = OnError.CONTINUE,
    report: Report = None,
    again: Again = False,
    other_token: OtherToken = False,
) -> None:
    """Open a ticket for each line of a file. Run again after a crash, it sends what is not done.

    A line is known by what it says: the file may be edited, moved or piped between two runs. Lines
    that were done in the last 30 days are not sent again, unless --again or --key-from say so.

    Fields are the long flags of `ticket create`: from, subject, body, queue, ... and data.NAME. A
    column is the field of its own name unless --map says otherwise.
    """
    runtime: Runtime = ctx.obj
    refuse_one_key(runtime.globals.idempotency_key)
    from tickiti_cli.bulk import importing, tickets  # noqa: PLC0415 - no other command needs its 10 ms

    manner = Manner.of(
        key_from=key_from,
        jobs=jobs,
        on_error=on_error,
        report=report,
        again=again,
        other_token=other_token,
    )
    plan = tickets.plan(
        runtime, file, file_format=file_format, mapping=mapping or [], manner=manner
    )
    if runtime.globals.dry_run or runtime.globals.print_curl:
        importing.preview(runtime, plan)
        return
    importing.send(runtime, plan, "imported")
