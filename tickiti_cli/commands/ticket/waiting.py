"""Waiting for a ticket: until it has a status, or an answer."""

import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from tickiti_cli import waiting
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.contract import tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.options import Number
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = verb()

STATUSES = ("open", "on-hold", "closed")
WAITED = columns("number", "subject", "status", "responses")

_MORE = re.compile(r"responses>([0-9]{1,9})", re.ASCII)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti ticket wait 220009 --until 'responses>0' --timeout 600",
        "tickiti ticket wait 220009 --until 'responses>0' && tickiti ticket view 220009",
    ),
)
def wait(
    ctx: typer.Context,
    *,
    number: Number,
    until: Annotated[
        str,
        typer.Option(metavar="CONDITION", help="status=open|on-hold|closed, or 'responses>N'."),
    ],
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Seconds for the whole wait.")
    ] = 300.0,
) -> None:
    """Wait until a ticket is so; exit 13 if time is up. Responses are those that `view` shows.

    Put quotes around responses>N: a shell would write into a file named N.
    """
    runtime: Runtime = ctx.obj
    is_met = _condition(until)
    seen: dict[str, Any] = {}

    def look(left: float) -> dict[str, Any] | None:
        request = runtime.client.request(tickets.show, {"ticket_number": number})
        shown = runtime.client.send(request, within=left).data
        seen.update({**shown["ticket"], "responses": len(shown["responses"])})
        return seen if is_met(seen) else None

    def late() -> str:
        now = f"status={seen['status']} and {seen['responses']} responses"
        return f"Ticket {number} has {now} after {timeout:g} s, not {until}."

    runtime.output.show(waiting.until(runtime, look, seconds=timeout, late=late), WAITED)


def _condition(text: str) -> Callable[[dict[str, Any]], bool]:
    """Raises UsageProblem for what is no condition."""
    name, _, status = text.partition("=")
    if name == "status" and status in STATUSES:
        return lambda ticket: bool(ticket["status"] == status)
    if found := _MORE.fullmatch(text):
        least = int(found[1])
        return lambda ticket: bool(ticket["responses"] > least)
    near = nearest(status, STATUSES) if name == "status" else ""
    raise UsageProblem(
        f"--until: '{text}' is neither status=open|on-hold|closed nor 'responses>N', "
        f"in quotes.{near}"
    )
