"""`tickiti ticket export`: writes tickets to a file."""

from functools import partial

import typer

from tickiti_cli.bulk.options import Members, Out, OutFormat, Resume
from tickiti_cli.input.author import with_owner
from tickiti_cli.input.ticket_filters import TicketFilters, refuse_unknown
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti ticket export --out tickets.csv --resume",
        "tickiti ticket export --status open --created-from 2026-01-01 --out open.ndjson",
        "tickiti ticket export --out - --fields number,subject --format csv",
    ),
)
@expand_flags
def export(
    ctx: typer.Context,
    *,
    out: Out,
    file_format: OutFormat = None,
    resume: Resume = False,
    fields: Members = None,
    filters: TicketFilters,
) -> None:
    """Export tickets to a file

    Tickets are sorted by number, so that none is missed while others change. The file is named
    FILE.part until the export is complete.

    Repeat a filter to match any of several values. --max-time and --retries apply to each page of
    1,000 tickets.
    """
    runtime: Runtime = ctx.obj
    filters = with_owner(runtime, filters)
    from tickiti_cli.bulk.export import export_job, export_kinds  # noqa: PLC0415 - no other command needs it

    export_job.ExportJob(
        runtime,
        export_kinds.TICKETS,
        filters.to_query(),
        out=out,
        chosen=file_format,
        fields=fields,
        chosen_rows=filters.period,
        if_empty=partial(refuse_unknown, runtime, filters),
    ).run(resumes=resume)
