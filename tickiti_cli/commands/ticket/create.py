"""`tickiti ticket create`: creates a ticket."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.ticket.parts.shape import Flags, to_request
from tickiti_cli.contract import classic
from tickiti_cli.input.body import BodyFormat
from tickiti_cli.input.options import (
    Attach,
    Body,
    BodyFile,
    BodyFlags,
    BodyKind,
    Editor,
    FileFlags,
    From,
    Internal,
    Upload,
    sender_of,
)
from tickiti_cli.input.template_data import Data, DataJson, data_of
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.input.attached_files import AttachedFiles

app = verb()


Subject = Annotated[str | None, typer.Option("--subject", "-s", metavar="TEXT", help="Subject")]
Template = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Use this template", autocompletion=offering("<template>")),
]
Intervention = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Request a decision with this intervention",
        autocompletion=offering("<intervention>"),
    ),
]
Uid = Annotated[
    str | None, typer.Option(metavar="UID", help="Unique ID of the record in your system")
]
Queue = Annotated[str | None, typer.Option(metavar="QUEUE", help="Queue (default: Inbox)")]
AsOriginator = Annotated[
    bool, typer.Option("--as-originator", help="Post the first response as the requester")
]
Assign = Annotated[
    str | None,
    typer.Option(
        metavar="EMAIL|team:ID|@me",
        help="Assign to a staff member or a team",
        autocompletion=offering("<staff>", "@me"),
    ),
]
Priority = Annotated[
    str | None,
    typer.Option(
        metavar="PRIORITY",
        help="Priority",
        click_type=Choice(
            ("low", "normal", "high", "urgent"), also=("10", "20", "30", "40"), case_sensitive=False
        ),
    ),
]
Status = Annotated[
    str | None,
    typer.Option(
        metavar="STATUS",
        help="Status",
        click_type=Choice(("open", "on-hold", "closed"), case_sensitive=False),
    ),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Keep on hold until DATE, such as 2026-11-24, monday or 2w"),
]
Participant = Annotated[list[str] | None, typer.Option(metavar="EMAIL", help="Add a participant")]
StrictTags = Annotated[
    bool, typer.Option("--strict-tags", help="Reject an unknown @name or #hashtag in the body")
]


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " -s 'Sole cracked' -b 'At mile 14.'",
        "echo 'At mile 14.' | tickiti ticket create --from marcus@trailblazers-club.example"
        " -s 'Sole cracked' --body-file - --json",
        "echo 'At **mile 14**.' | tickiti ticket create --from marcus@trailblazers-club.example"
        " -s 'Sole cracked' --body-file - --body-format md",
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " --template warranty.received -d name=Marcus -d order.id=4711",
        "tickiti ticket create --from marcus@trailblazers-club.example -s 'Sole cracked'"
        " --attach sole.png",
        "tickiti ticket create --from marcus@trailblazers-club.example"
        " --intervention discount_request --uid SP-2412-0489 -d customer=Marcus -d price=99.90",
    ),
)
def create(
    ctx: typer.Context,
    *,
    sender: From = None,
    subject: Subject = None,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
    template: Template = None,
    intervention: Intervention = None,
    uid: Uid = None,
    data: Data = None,
    data_json: DataJson = None,
    queue: Queue = None,
    internal: Internal = False,
    as_originator: AsOriginator = False,
    attach: Attach = None,
    file: Upload = None,
    assign: Assign = None,
    priority: Priority = None,
    status: Status = None,
    until: Until = None,
    participant: Participant = None,
    strict_tags: StrictTags = False,
) -> None:
    """Create a ticket

    The flags from --assign to --strict-tags need a server of October 2026 or later.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"originator_email_address": sender_of(runtime, sender)}
    attached = FileFlags(attach, file).read()
    text = BodyFlags(body, body_file, editor, body_format)
    written = text.source(attached and attached.embedded)
    request |= to_request(
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
    more = (assign, priority, status, until, participant or None, strict_tags)
    created = _send(runtime, request, more, attached)
    number = created.id("ticket_number")
    runtime.output.done(created, said=f"Created ticket {number}.", plain=number)


def _send(
    runtime: Runtime,
    request: dict[str, Any],
    more: tuple[Any, ...],
    attached: "AttachedFiles | None",
) -> Accepted:
    """Send the request, with the profile's queue where it names none. Only v1 takes files and the
    members that `more` stands for."""
    _name_queue(runtime, request)
    is_more = any(value not in (None, False) for value in more)
    if not (is_more or (attached and attached.uploads)):
        if runtime.config.connection.api != "classic":
            request.setdefault("is_public", True)
        return runtime.client.call(classic.create_ticket, request).written
    from tickiti_cli.commands.ticket.parts.ignored import tell_ignored  # noqa: PLC0415 - rare
    from tickiti_cli.commands.ticket.parts.opening import OpeningFlags, with_opening  # noqa: PLC0415 - rare
    from tickiti_cli.contract.v1 import tickets  # noqa: PLC0415 - only v1 needs the rows

    whole = with_opening(runtime, request, OpeningFlags(*more))
    if attached:
        created = attached.send(runtime, tickets.create, whole).written
    else:
        created = runtime.client.call(tickets.create, whole).written
    tell_ignored(runtime, created)
    return created


def _name_queue(runtime: Runtime, request: dict[str, Any]) -> None:
    """Add the profile's queue to a request without one. An intervention has a queue of its own."""
    queue = runtime.config.connection.members.get("queue")
    if queue and "intervention" not in request:
        place = request if "template_identifier" in request else request["data"]
        place.setdefault("queue_name", queue)
