"""`tickiti attachment delete`: deletes an attachment."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.attachment.options import AttachmentId
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.parser.command import ConfirmedWriteCommand, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=ConfirmedWriteCommand,
    epilog=examples("tickiti attachment delete 220009 1 --reason 'a passport' --yes"),
)
def delete(
    ctx: typer.Context,
    *,
    number: Number,
    attachment: AttachmentId,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Reason, recorded on the response")
    ] = None,
) -> None:
    """Delete an attachment permanently

    The response records the file name, who deleted the file, and the reason.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"ticket_number": number, "response_attachment_id": attachment}
    request |= {"reason": reason} if reason is not None else {}
    if not (runtime.globals.dry_run or runtime.globals.print_curl):
        runtime.confirm(f"Delete attachment {attachment} of ticket {number}?")
    deleted = runtime.client.call(tickets.attachment_delete, request).written
    name = deleted.get("name")
    said = f"Deleted attachment {attachment}{f' ({name})' if name else ''}."
    runtime.output.done(deleted, said=said, plain=attachment)
