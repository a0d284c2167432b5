"""Opening, answering, listing and showing single tickets."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from tickiti_cli import bodies
from tickiti_cli.command import Command, ListCommand, WriteCommand, examples, offering, verb
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
)
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import Data, DataJson, Values, data_of

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
    data: Data = None,
    data_json: DataJson = None,
    queue: Annotated[str | None, typer.Option(help="The queue's name (Inbox).")] = None,
    internal: Internal = False,
    as_originator: Annotated[
        bool, typer.Option("--as-originator", help="Show the sender as the author.")
    ] = False,
) -> None:
    """Open a ticket."""
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"originator_email_address": sender}
    values = data_of(data, data_json)
    if template is None:
        _refuse_incomplete(subject, values)
    content = bodies.content(runtime, text=body, file=body_file, in_editor=editor, kind=body_format)
    if template is None:
        request |= _with_content(subject, content, queue)
    else:
        request |= _with_template(template, values, queue, other=subject or content)
    request |= {"is_public": False} if internal else {}
    request |= {"use_passed_originator_as_responder": True} if as_originator else {}
    created = runtime.client.call(classic.create_ticket, request).written
    number = created["ticket_number"]
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
) -> None:
    """Answer a ticket; an answer reopens it."""
    runtime: Runtime = ctx.obj
    if (status is NewStatus.ON_HOLD) != (until is not None):
        raise UsageProblem("--status on-hold and --until DATE go together.")
    content = bodies.content(runtime, text=body, file=body_file, in_editor=editor, kind=body_format)
    if content is None and status is None:
        raise UsageProblem(f"Say something: {bodies.MISSING}, or set --status.")
    request: dict[str, Any] = {"ticket_number": number, "from_email": sender}
    request |= {"content": content} if content is not None else {}
    request |= {"is_internal": True} if internal else {}
    request |= {"status": status.value} if status else {}
    request |= {"on_hold_until": until} if until else {}
    responded = runtime.client.call(classic.ticket_respond, request).written
    said = f"Answered ticket {number}{', which is open again' if responded['reopened'] else ''}."
    runtime.output.done(responded, said=said, plain=responded["response_id"])


@app.command(
    "list",
    cls=ListCommand,
    epilog=examples(
        "tickiti ticket list --status open --queue Inbox",
        "tickiti ticket list --all -o ndjson",
        "tickiti ticket list --search subject_content=plate --created-from 2026-01-01",
    ),
)
def list_tickets(
    ctx: typer.Context,
    *,
    perspective: Annotated[
        str | None, typer.Option(metavar="NAME|ID", help="A saved view (All).")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="open, on-hold or closed.", autocompletion=offering("open", "on-hold", "closed")
        ),
    ] = None,
    queue: Annotated[list[str] | None, typer.Option(help="The queue's name.")] = None,
    subject: Annotated[list[str] | None, typer.Option(help="Part of the subject.")] = None,
    raised_by: Annotated[list[str] | None, typer.Option(help="The originator's address.")] = None,
    assigned: Annotated[list[str] | None, typer.Option(help="The assignee's address.")] = None,
    priority: Annotated[
        list[str] | None,
        typer.Option(
            help="low, normal, high or urgent.",
            autocompletion=offering("low", "normal", "high", "urgent"),
        ),
    ] = None,
    created_from: Annotated[str | None, typer.Option(metavar="DATE", help="On or after.")] = None,
    created_to: Annotated[str | None, typer.Option(metavar="DATE", help="On or before.")] = None,
    updated_from: Annotated[str | None, typer.Option(metavar="DATE", help="On or after.")] = None,
    updated_to: Annotated[str | None, typer.Option(metavar="DATE", help="On or before.")] = None,
    search: Annotated[
        list[str] | None, typer.Option(metavar="MODE=TOKEN", help="Any search mode of the API.")
    ] = None,
) -> None:
    """List tickets, newest activity first. A filter given twice matches either value."""
    runtime: Runtime = ctx.obj
    given: dict[str, list[str] | None] = {
        "status": status,
        "queue": queue,
        "subject": subject,
        "raised": raised_by,
        "assigned": assigned,
        "priority": priority,
        "created_from": [created_from] if created_from else None,
        "created_to": [created_to] if created_to else None,
        "updated_from": [updated_from] if updated_from else None,
        "updated_to": [updated_to] if updated_to else None,
    }
    wanted = _search_object(perspective, given, search or [])
    pages = runtime.client.pages(
        classic.tickiti_api_index,
        {"search_object": wanted} if wanted else {},
        member="tickets",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages, LISTED, empty="No tickets.")
    if pages.more:
        runtime.output.remark("There are more tickets; --all lists every one.")


@app.command(
    cls=Command,
    epilog=examples("tickiti ticket view 220009", "tickiti ticket view 220009 --json"),
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
) -> None:
    """Show a ticket and what was said on it; with --fields, those of the ticket."""
    runtime: Runtime = ctx.obj
    shown = runtime.client.call(tickets.show, {"ticket_number": number}).data
    if no_responses or runtime.globals.fields:
        runtime.output.show(shown["ticket"], SHOWN)
        return
    responses = shown["responses"]
    if raw_html:
        responses = [{**response, "plain_text": response["html"]} for response in responses]
    runtime.output.thread(
        shown["ticket"], responses, shape=SHOWN, response_shape=RESPONSES, whole=shown
    )


def _refuse_incomplete(subject: str | None, values: Values) -> None:
    if values:
        raise UsageProblem("-d and --data-json give a template its values: add --template ID.")
    if subject is None:
        raise UsageProblem("Say what the ticket is about: --subject TEXT, or --template ID.")


def _with_content(subject: str | None, content: str | None, queue: str | None) -> dict[str, Any]:
    if content is None:
        raise UsageProblem(f"Say what the ticket is about: {bodies.MISSING}.")
    data = {"subject": subject, "content": content}
    return {"data": data | ({"queue_name": queue} if queue is not None else {})}


def _with_template(
    template: str, values: Values, queue: str | None, *, other: str | None
) -> dict[str, Any]:
    if other is not None:
        raise UsageProblem(
            "--template has a subject and a content: leave --subject and --body out."
        )
    request: dict[str, Any] = {"template_identifier": template, "data": values}
    return request | ({"queue_name": queue} if queue is not None else {})


def _search_object(
    perspective: str | None, given: dict[str, list[str] | None], search: list[str]
) -> dict[str, Any]:
    """The API's search: a criterion for each filter."""
    criteria = [{"mode": mode, "tokens": tokens} for mode, tokens in given.items() if tokens]
    for term in search:
        mode, equals, token = term.partition("=")
        if not (mode and equals and token):
            raise UsageProblem(f"--search: '{term}' is not MODE=TOKEN, such as status=open.")
        criteria.append({"mode": mode, "tokens": [token]})
    wanted: dict[str, Any] = {"criteria": criteria} if criteria else {}
    if perspective is not None:
        is_id = perspective.isascii() and perspective.isdigit()
        name = "search_perspective_id" if is_id else "search_perspective"
        wanted[name] = int(perspective) if is_id else perspective
    return wanted
