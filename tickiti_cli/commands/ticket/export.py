"""Tickets into a file."""

import typer

from tickiti_cli import filters
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.options import Members, Out, OutFormat, Resume
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
def export(
    ctx: typer.Context,
    *,
    out: Out,
    file_format: OutFormat = None,
    resume: Resume = False,
    fields: Members = None,
    perspective: filters.Perspective = None,
    status: filters.Status = None,
    queue: filters.Queue = None,
    subject: filters.Subject = None,
    raised_by: filters.RaisedBy = None,
    assigned: filters.Assigned = None,
    priority: filters.Priority = None,
    hashtag: filters.Hashtag = None,
    created_from: filters.OnOrAfter = None,
    created_to: filters.OnOrBefore = None,
    updated_from: filters.OnOrAfter = None,
    updated_to: filters.OnOrBefore = None,
    search: filters.Search = None,
) -> None:
    """Write tickets to a file, by number, so that none is missed while they change.

    The file has another name, FILE.part, until it is complete. A filter given twice matches
    either value. --max-time and --retries count for each page of a thousand tickets.
    """
    runtime: Runtime = ctx.obj
    wanted = filters.search_of(
        perspective,
        search,
        status=status,
        queue=queue,
        subject=subject,
        raised=raised_by,
        assigned=assigned,
        priority=priority,
        hashtag=hashtag,
        created_from=created_from,
        created_to=created_to,
        updated_from=updated_from,
        updated_to=updated_to,
    )
    from tickiti_cli.bulk import exporting, kinds  # noqa: PLC0415 - no other command needs it

    exporting.Export(
        runtime, kinds.TICKETS, wanted, out=out, chosen=file_format, fields=fields
    ).run(resumes=resume)
