"""Tickets into a file."""

from typing import Annotated

import typer

from tickiti_cli import filters
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.options import FileFormat
from tickiti_cli.runtime import Runtime

app = verb()

Out = Annotated[
    str, typer.Option(metavar="FILE", help="Write to this file when complete, or - for stdout.")
]
How = Annotated[
    FileFormat | None, typer.Option("--format", help="How (by the file's name; - is ndjson).")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on where a run that was cut short stopped, if any.")
]
Members = Annotated[
    str | None, typer.Option("--fields", metavar="A,B,C", help="Write these members only.")
]


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
    file_format: How = None,
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
    from tickiti_cli.bulk import exporting  # noqa: PLC0415 - no other command needs it

    export = exporting.Export(
        runtime,
        wanted,
        chosen=exporting.format_for(out, file_format),
        fields=[name.strip() for name in fields.split(",")] if fields else None,
    )
    if out == "-":
        export.stream(resumes=resume)
        return
    written = export.write(out, resumes=resume)
    said = f"Wrote {written['tickets']} tickets to {out}."
    runtime.output.done(written, said=said, plain=written["tickets"])
