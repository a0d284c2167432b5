"""Doing with a ticket what staff do in the vendor's web interface."""

from typing import Annotated, Any

import typer

from tickiti_cli import arranged
from tickiti_cli.choices import PRIORITIES
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.contract import staff
from tickiti_cli.errors import ForeignReply, UsageProblem
from tickiti_cli.options import Number, address_of
from tickiti_cli.replies import Accepted
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server act 220009 --assign erin@trailblazers-club.example --priority high",
        "tickiti server act 220009 --hashtag vip --hashtag berlin --watch 'Berlin Marathon'",
        "tickiti server act 220009 --close",
    ),
)
def act(
    ctx: typer.Context,
    *,
    number: Number,
    close: Annotated[bool, typer.Option("--close", help="Close it; a hold ends.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open it; a hold ends.")] = False,
    assign: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Give it to this member of staff.")
    ] = None,
    priority: Annotated[
        str | None,
        typer.Option(
            metavar="PRIORITY", help="low, normal, high or urgent.", click_type=PRIORITIES
        ),
    ] = None,
    hashtag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Mark it, beside other hashtags.")
    ] = None,
    watch: Annotated[
        str | None, typer.Option(metavar="LIST", help="Put it on this watchlist: its name or id.")
    ] = None,
) -> None:
    """Do with a ticket what staff do in the vendor's web interface; all of it, or nothing."""
    runtime: Runtime = ctx.obj
    if close and reopen:
        raise UsageProblem("--close and --reopen contradict each other: give one of them.")
    request: dict[str, Any] = {"close": True} if close else {}
    request |= {"reopen": True} if reopen else {}
    request |= {"assign": address_of(assign, "--assign")} if assign is not None else {}
    request |= {"priority": priority} if priority is not None else {}
    request |= {"hashtags": hashtag} if hashtag else {}
    if not request and watch is None:
        raise UsageProblem("Say what to do: --close, --assign EMAIL or another flag.")
    if watch is not None:
        request["watchlist"] = _watchlist_id(runtime, watch)
    acted = runtime.client.call(staff.act, {"ticket_number": number, **request}).accepted
    runtime.output.done(acted, said=_said(acted), plain=number)


def _watchlist_id(runtime: Runtime, watchlist: str) -> int:
    found = str(arranged.watchlist(runtime, watchlist)["id"])
    if not (found.isascii() and found.isdigit()):
        raise ForeignReply("The server's 'id' of the watchlist is not a number.", status=200)
    return int(found)


def _said(acted: Accepted) -> str:
    """The ticket as it is now, in a sentence."""
    priorities = {"10": "low", "20": "normal", "30": "high", "40": "urgent"}
    priority = str(acted.id("priority"))
    said = f"Ticket {acted.id('ticket_number')} is {acted.id('status')}"
    said += f", its priority {priorities.get(priority, priority)}"
    said += f", assigned to {acted['assigned_to_email']}" if acted["assigned_to_email"] else ""
    tags = acted["hashtags"]
    return f"{said}{''.join(f', #{tag}' for tag in tags) if isinstance(tags, list) else ''}."
