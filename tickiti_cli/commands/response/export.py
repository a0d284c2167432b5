"""`tickiti response export`: writes responses to a file."""

from functools import partial

import typer

from tickiti_cli.bulk.options import Members, Out, OutFormat, Resume
from tickiti_cli.input.author import with_owner
from tickiti_cli.input.response_filters import ResponseFilters
from tickiti_cli.input.ticket_filters import refuse_unknown_queue
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti response export --out responses.csv --resume",
        "tickiti response export --by-staff --created-from 2026-01-01 --out staff.ndjson",
        "tickiti response export --out - --fields id,ticket_number,plain_text --format csv",
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
    filters: ResponseFilters,
) -> None:
    """Export responses to a file

    Responses are sorted by age, oldest first, so that none is missed while new ones arrive. The
    file is named FILE.part until the export is complete.

    Repeat a filter to match any of several values. --max-time and --retries apply to each page of
    200 responses, or of 1000 where they are small.

    Fields: id, ticket_number, created_at, updated_at, created_by_email, staff_response,
    is_internal, is_pinned, is_email_sourced, plain_text, html, attachments, body_chars,
    is_audit_only, audit.
    """
    runtime: Runtime = ctx.obj
    filters = with_owner(runtime, filters)
    from tickiti_cli.bulk.export import export_job, export_kinds  # noqa: PLC0415 - no other command needs it

    export_job.ExportJob(
        runtime,
        export_kinds.RESPONSES,
        filters.to_query(),
        out=out,
        chosen=file_format,
        fields=fields,
        if_empty=partial(refuse_unknown_queue, runtime, filters.queue),
    ).run(resumes=resume)
