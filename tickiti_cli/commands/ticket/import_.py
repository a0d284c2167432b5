"""`tickiti ticket import`: creates a ticket for each row of a file."""

from typing import Annotated

import typer

from tickiti_cli.bulk.options import BulkFlags, Lines, LinesFlags, refuse_one_key
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket import tickets.csv",
        "tickiti ticket import orders.csv --map Department=queue --key-from Reference --jobs 8",
        "tickiti ticket import tickets.ndjson --report report.csv",
    ),
)
@expand_flags
def import_tickets(
    ctx: typer.Context,
    *,
    file: Lines,
    lines: LinesFlags,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="Map a column to a field"),
    ] = None,
    flags: BulkFlags,
) -> None:
    """Create a ticket for each row of a file

    If interrupted, run the same command again: rows that were sent are skipped. Rows are compared
    by content, so the file may be edited, moved or piped between runs. Rows sent in the last 30
    days are skipped unless --again is given. With --key-from, rows are equal if their keys are.

    Fields are those of the flags of `ticket create`: from, subject, body, body-format, queue,
    internal, as-originator, template, intervention, uid, and data.NAME for values of a template.
    Other flags, such as --priority, have no field. A column fills the field of its name, unless
    --map names another one.
    """
    runtime: Runtime = ctx.obj
    refuse_one_key(runtime.globals.idempotency_key)
    from tickiti_cli.bulk import import_job, ticket_records  # noqa: PLC0415 - no other command needs its 10 ms

    options, dialect = flags.parse(), lines.parse()
    plan = ticket_records.plan(
        runtime, file, dialect=dialect, mapping=mapping or [], options=options
    )
    if runtime.globals.dry_run or runtime.globals.print_curl:
        import_job.preview(runtime, plan)
        return
    import_job.send(runtime, plan, "imported")
