"""`tickiti server act`: changes a ticket as staff do in the vendor's web interface."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import lookup
from tickiti_cli.api.reply import Accepted
from tickiti_cli.contract.bundled import staff
from tickiti_cli.contract.vocabulary import PRIORITY_WORDS
from tickiti_cli.errors import ForeignReply, UsageProblem
from tickiti_cli.input.ticket_filters import PRIORITY_CHOICE
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Number, address_of
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    hidden=True,
    epilog=examples(
        "tickiti server act 220009 --assign erin@trailblazers-club.example --priority high",
        "tickiti server act 220009 --hashtag vip --hashtag berlin --watch Marathon",
        "tickiti server act 220009 --close",
    ),
)
def act(
    ctx: typer.Context,
    *,
    number: Number,
    close: Annotated[bool, typer.Option("--close", help="Close the ticket; ends a hold")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open the ticket; ends a hold")] = False,
    assign: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL",
            help="Assign to a staff member",
            autocompletion=offering("<staff>"),
        ),
    ] = None,
    priority: Annotated[
        str | None,
        typer.Option(
            metavar="PRIORITY",
            help="Priority: low, normal, high or urgent",
            click_type=PRIORITY_CHOICE,
        ),
    ] = None,
    hashtag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Hashtag to add", autocompletion=offering("<hashtag>")),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Add the ticket to this watchlist (name or ID)",
            autocompletion=offering("<watchlist>"),
        ),
    ] = None,
) -> None:
    """Perform staff actions on a ticket.

    If one action is refused, none is performed.
    """
    runtime: Runtime = ctx.obj
    if close and reopen:
        raise UsageProblem("--close and --reopen contradict each other: give one of them.")
    given = {
        "close": close,
        "reopen": reopen,
        "assign": address_of(assign, "--assign") if assign is not None else "",
        "priority": priority,
        "hashtags": hashtag,
    }
    request: dict[str, Any] = {name: value for name, value in given.items() if value}
    if not request and watch is None:
        raise UsageProblem("Nothing to do: add --close, --assign EMAIL or another flag.")
    if watch is not None:
        request["watchlist"] = _watchlist_id(runtime, watch)
    acted = runtime.client.call(staff.act, {"ticket_number": number, **request}).accepted
    runtime.output.done(acted, said=_sentence(acted), plain=number)


def _watchlist_id(runtime: Runtime, watchlist: str) -> int:
    found = str(lookup.row_of(runtime.client, lookup.WATCHLIST, watchlist)["id"])
    if not (found.isascii() and found.isdigit()):
        raise ForeignReply("The server's 'id' of the watchlist is not a number.", status=200)
    return int(found)


def _sentence(acted: Accepted) -> str:
    """Describe the changed ticket in one sentence."""
    priority = str(acted.id("priority"))
    said = f"Ticket {acted.id('ticket_number')} is {acted.id('status')}"
    said += f", its priority {PRIORITY_WORDS.get(priority, priority)}"
    said += f", assigned to {acted['assigned_to_email']}" if acted["assigned_to_email"] else ""
    tags = acted["hashtags"]
    return f"{said}{''.join(f', #{tag}' for tag in tags) if isinstance(tags, list) else ''}."
