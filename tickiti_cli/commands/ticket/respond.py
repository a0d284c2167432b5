"""`tickiti ticket respond`: replies to a ticket, or changes it."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from tickiti_cli.commands.ticket.parts.attributes import AttributeFlags
from tickiti_cli.commands.ticket.parts.ignored import tell_ignored
from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.options import BodyFlags, FileFlags, Internal, sender_of
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.dates import coming_day_of
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()


class NewStatus(StrEnum):
    OPEN = "open"
    ON_HOLD = "on-hold"
    CLOSED = "closed"


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket respond 220009 --from anna@sole-trader.example -b 'A new pair is coming.'",
        "tickiti ticket respond 220009 --from anna@sole-trader.example --status on-hold"
        " --until 2030-12-31",
        "tickiti ticket respond 220009 --from anna@sole-trader.example -b 'Here it is.'"
        " --status closed --add coach@trailblazers-club.example",
        "tickiti ticket respond 220009 --from anna@sole-trader.example --attach report.pdf",
    ),
)
@expand_flags
def respond(
    ctx: typer.Context,
    *,
    number: Number,
    sender: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="EMAIL",
            help="Author's e-mail address",
            autocompletion=offering("<staff>", "@me"),
        ),
    ] = None,
    text: BodyFlags,
    internal: Internal = False,
    status: Annotated[NewStatus | None, typer.Option(metavar="STATUS", help="New status")] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Keep on hold until DATE, such as 2026-11-24, monday or 2w"
        ),
    ] = None,
    files: FileFlags,
    attributes: AttributeFlags,
) -> None:
    """Reply to a ticket, change it, or both

    A public reply reopens the ticket unless --keep-status is given.

    --status closed, the flags from --assign to --full-email, and files other than images need a
    server of October 2026 or later.
    """
    runtime: Runtime = ctx.obj
    held = _hold(status, until)
    author = sender_of(runtime, sender)
    more = attributes.to_request(runtime)
    attached = files.read()
    content = text.source(attached and attached.embedded).html(runtime)
    if content is None and not (held or attributes.changes or attached):
        raise UsageProblem(
            "Nothing to send: add --body TEXT, --body-file FILE, --editor or --attach FILE, "
            "or a change such as --status or --assign."
        )
    request: dict[str, Any] = {"ticket_number": number, "from_email": author}
    request |= {"content": content} if content is not None else {}
    request |= {"is_internal": True} if internal else {}
    row = _endpoint(held, more)
    request |= {**held, **more}
    send = partial(attached.send, runtime) if attached else runtime.client.call
    responded = send(row, request).written
    tell_ignored(runtime, responded)
    done = _done(is_empty=content is None and not attached, is_internal=internal)
    reopened = " and reopened it" if responded.get("reopened") else ""
    said = f"{done} ticket {number}{reopened}."
    runtime.output.done(responded, said=said, plain=responded.id("response_id"))


def _done(*, is_empty: bool, is_internal: bool) -> str:
    """Return the words of the sentence that stand before the ticket."""
    if is_empty:
        return "Updated"
    return "Added an internal note to" if is_internal else "Replied to"


def _hold(status: NewStatus | None, until: str | None) -> Mapping[str, Any]:
    """Return the members for --status and --until. Raises UsageProblem."""
    if status is NewStatus.ON_HOLD and until is None:
        raise UsageProblem("--status on-hold needs --until DATE.")
    if until is not None and status not in (None, NewStatus.ON_HOLD):
        raise UsageProblem(f"--until puts the ticket on hold: leave out --status {status}.")
    members = {"status": status.value} if status else {}
    return members | (
        {"on_hold_until": coming_day_of(until, "--until")} if until is not None else {}
    )


def _endpoint(held: Mapping[str, Any], more: Mapping[str, Any]) -> Endpoint:
    """Return the row of both generations, or v1's for what it alone can do."""
    is_classic = held.get("status") != "closed" and ("status" in held or not held)
    if is_classic and not more:
        return classic.ticket_respond
    from tickiti_cli.contract.v1 import tickets  # noqa: PLC0415 - only v1 needs the rows

    return tickets.respond
