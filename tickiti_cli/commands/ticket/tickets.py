"""Opening, answering, listing and showing single tickets."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from tickiti_cli import filters, locations
from tickiti_cli.bodies import Written
from tickiti_cli.command import Command, ListCommand, WriteCommand, examples, verb
from tickiti_cli.contract import classic, tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import (
    Body,
    BodyFile,
    BodyFormat,
    BodyKind,
    Editor,
    From,
    Internal,
    Number,
    address_of,
    day_of,
)
from tickiti_cli.output import columns
from tickiti_cli.pages import Pages, tell_of_more
from tickiti_cli.pictures import Attach
from tickiti_cli.runtime import Runtime
from tickiti_cli.ticket_shapes import Flags, request_of
from tickiti_cli.values import Data, DataJson, data_of

app = verb()

LISTED = columns(
    "number", "subject", "status", "priority", "queue_name", "originator_email", "updated_at"
)
SHOWN = columns(
    "number", "subject", "status", "priority", "originator_email", "assigned_to_email",
    "on_hold_until", "created_at", "updated_at",
)  # fmt: skip
RESPONSES = columns("id", "created_at", "created_by_email", "is_internal", "plain_text")


class NewStatus(StrEnum):
    OPEN = "open"
    ON_HOLD = "on-hold"


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket create --from marcus@trailblazers-club.example -s Cracked -b 'At mile 14'",
        "echo 'At mile 14' | tickiti ticket create --from marcus@trailblazers-club.example"
        " -s Cracked --body-file - --json",
        "echo '*At* mile 14' | tickiti ticket create --from marcus@trailblazers-club.example"
        " -s Cracked --body-file - --body-format md",
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " --template warranty.received -d name=Marcus -d order.id=4711",
        "tickiti ticket create --from marcus@trailblazers-club.example -s Cracked"
        " --attach sole.png",
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " --intervention discount_request --uid SP-2412-0489 -d customer=Marcus -d price=99.90",
    ),
)
def create(
    ctx: typer.Context,
    *,
    sender: From,
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", help="What it is about.")
    ] = None,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
    template: Annotated[
        str | None, typer.Option(metavar="ID", help="Begin with this template.")
    ] = None,
    intervention: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask staff for this decision.")
    ] = None,
    uid: Annotated[
        str | None, typer.Option(metavar="UID", help="The record's id in your system, used once.")
    ] = None,
    data: Data = None,
    data_json: DataJson = None,
    queue: Annotated[str | None, typer.Option(help="The queue's name (Inbox).")] = None,
    internal: Internal = False,
    as_originator: Annotated[
        bool, typer.Option("--as-originator", help="Show the sender as the author.")
    ] = False,
    attach: Attach = None,
) -> None:
    """Open a ticket."""
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"originator_email_address": address_of(sender, "--from")}
    written = Written(body, body_file, in_editor=editor, kind=body_format, attached=attach)
    request |= request_of(
        Flags(
            subject=subject,
            has_content=written.is_given,
            content=lambda: written.html(runtime),
            template=template,
            intervention=intervention,
            uid=uid,
            values=data_of(data, data_json),
            queue=queue,
        )
    )
    request |= {"is_public": False} if internal else {}
    request |= {"use_passed_originator_as_responder": True} if as_originator else {}
    created = runtime.call(classic.create_ticket, request).written
    number = created.id("ticket_number")
    runtime.output.done(created, said=f"Opened ticket {number}.", plain=number)


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket respond 220009 --from anna@sole-trader.example -b 'A new pair is coming.'",
        "tickiti ticket respond 220009 --from anna@sole-trader.example --status on-hold"
        " --until 2030-12-31",
    ),
)
def respond(
    ctx: typer.Context,
    *,
    number: Number,
    sender: From,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
    internal: Internal = False,
    status: Annotated[NewStatus | None, typer.Option(help="Set it while answering.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="On hold until then, YYYY-MM-DD.")
    ] = None,
    attach: Attach = None,
) -> None:
    """Answer a ticket; an answer reopens it."""
    runtime: Runtime = ctx.obj
    if (status is NewStatus.ON_HOLD) != (until is not None):
        raise UsageProblem("--status on-hold and --until DATE go together.")
    author = address_of(sender, "--from")
    held = {"on_hold_until": day_of(until, "--until")} if until is not None else {}
    written = Written(body, body_file, in_editor=editor, kind=body_format, attached=attach)
    content = written.html(runtime)
    if content is None and status is None:
        raise UsageProblem(
            "Say something: --body TEXT, --body-file FILE, --editor or --attach FILE, "
            "or set --status."
        )
    request: dict[str, Any] = {"ticket_number": number, "from_email": author}
    request |= {"content": content} if content is not None else {}
    request |= {"is_internal": True} if internal else {}
    request |= {"status": status.value} if status else {}
    request |= held
    responded = runtime.call(classic.ticket_respond, request).written
    said = (
        f"Answered ticket {number}{', which is open again' if responded.get('reopened') else ''}."
    )
    runtime.output.done(responded, said=said, plain=responded.id("response_id"))


@app.command(
    "list",
    cls=ListCommand,
    epilog=examples(
        "tickiti ticket list --status open --queue Inbox",
        "tickiti ticket list --all -o ndjson",
        "tickiti ticket list --search subject_content=plate --created-from 2026-01-01",
        "tickiti ticket list --perspective Urgent --hashtag vip",
    ),
)
def list_tickets(
    ctx: typer.Context,
    *,
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
    """List tickets, newest activity first, or as the perspective sorts them.

    A filter given twice matches either value.
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
    pages = Pages(
        partial(runtime.call, classic.tickiti_api_index),
        wanted,
        member="tickets",
        limit=None if runtime.globals.all else runtime.globals.limit,
    )
    rows = filters.unless_no_such_queue(runtime, pages, queue)
    runtime.output.rows(rows, LISTED, empty="No tickets.")
    tell_of_more(pages.more, runtime, "There are more tickets; --all lists every one.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti ticket view 220009",
        "tickiti ticket view 220009 --json",
        "tickiti ticket view 220009 --web",
    ),
)
def view(
    ctx: typer.Context,
    *,
    number: Number,
    no_responses: Annotated[
        bool, typer.Option("--no-responses", help="Show the ticket alone.")
    ] = False,
    raw_html: Annotated[
        bool, typer.Option("--raw-html", help="Show the responses' HTML as stored.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web", help="Show it in a browser, which loads nothing for it.")
    ] = False,
) -> None:
    """Show a ticket and what was said on it; with --fields, those of the ticket."""
    runtime: Runtime = ctx.obj
    if web and raw_html:
        raise UsageProblem("--web and --raw-html contradict each other: give one of them.")
    shown = runtime.client.call(tickets.show, {"ticket_number": number}).data
    if web:
        _open(runtime, shown["ticket"], [] if no_responses else shown["responses"])
        return
    if no_responses or runtime.globals.fields:
        runtime.output.show(shown["ticket"], SHOWN)
        return
    responses = shown["responses"]
    if raw_html:
        responses = [{**response, "plain_text": response["html"]} for response in responses]
    runtime.output.thread(
        shown["ticket"], responses, shape=SHOWN, response_shape=RESPONSES, whole=shown
    )


def _open(runtime: Runtime, ticket: Mapping[str, Any], responses: Sequence[Any]) -> None:
    from tickiti_cli.browser import open_safely  # noqa: PLC0415 - few look at it there
    from tickiti_cli.ticket_page import page_of  # noqa: PLC0415 - as above

    members = [column.key for column in SHOWN if column.key not in ("number", "subject")]
    page = page_of(ticket, responses, members=members)
    title, folder = f"Ticket {ticket['number']}", locations.pages_dir(runtime.environ)
    runtime.output.remark(f"Opened {open_safely(page, title=title, folder=folder)}")
