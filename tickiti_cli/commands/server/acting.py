"""Doing with a ticket what staff do in the vendor's web interface."""

from typing import Annotated, Any

import typer

from tickiti_cli import arranged
from tickiti_cli.choices import PRIORITIES
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.contract import staff
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import Number, address_of
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
        request["watchlist"] = int(arranged.watchlist(runtime, watch)["id"])
    acted = runtime.client.call(staff.act, {"ticket_number": number, **request}).data
    runtime.output.done(acted, said=_said(acted), plain=number)


def _said(acted: dict[str, Any]) -> str:
    """The ticket as it is now, in a sentence."""
    priorities = {10: "low", 20: "normal", 30: "high", 40: "urgent"}
    said = f"Ticket {acted['ticket_number']} is {acted['status']}"
    said += f", its priority {priorities.get(acted['priority'], acted['priority'])}"
    said += f", assigned to {acted['assigned_to_email']}" if acted["assigned_to_email"] else ""
    return f"{said}{''.join(f', #{tag}' for tag in acted['hashtags'])}."
