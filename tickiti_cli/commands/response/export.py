"""What was said, into a file."""

import typer

from tickiti_cli import said
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.options import Members, Out, OutFormat, Resume
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
def export(
    ctx: typer.Context,
    *,
    out: Out,
    file_format: OutFormat = None,
    resume: Resume = False,
    fields: Members = None,
    ticket: said.Ticket = None,
    queue: said.Queue = None,
    queue_id: said.QueueId = None,
    internal: said.Internal = None,
    by_staff: said.ByStaff = None,
    created_from: said.CreatedFrom = None,
    created_to: said.CreatedTo = None,
    include_deleted: said.Deleted = False,
) -> None:
    """Write what was said to a file, oldest first, so that none is missed while more is said.

    The file has another name, FILE.part, until it is complete. A filter given twice matches
    either value. MOMENT is YYYY-MM-DD or 'YYYY-MM-DD HH:MM:SS', UTC. The members are id,
    ticket_number, created_at, updated_at, created_by_email, staff_response, is_internal,
    is_pinned, is_email_sourced, plain_text, html and attachments; a page of two hundred responses
    is what --max-time and --retries count for.
    """
    runtime: Runtime = ctx.obj
    wanted = said.query_of(
        ticket_number=ticket,
        queue=queue,
        queue_id=queue_id,
        is_internal=internal,
        staff_response=by_staff,
        created_from=created_from,
        created_to=created_to,
        include_deleted=include_deleted,
    )
    from tickiti_cli.bulk import exporting, kinds  # noqa: PLC0415 - no other command needs it

    exporting.Export(
        runtime, kinds.RESPONSES, wanted, out=out, chosen=file_format, fields=fields
    ).run(resumes=resume)
