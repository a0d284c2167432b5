"""`tickiti ticket wait`: waits until a ticket has a status or a number of responses."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickiti_cli.api import wait as waiting
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.contract.vocabulary import TICKET_STATUSES
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

if TYPE_CHECKING:
    from tickiti_cli.api.client import Client

app = verb()

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
        typer.Option(
            metavar="CONDITION", help="status=open|on-hold|closed, reply or 'responses>N'"
        ),
    ],
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 300.0,
) -> None:
    """Wait until a ticket meets a condition

    `reply` is a public response that arrives during the wait. 'responses>N' counts all responses
    that `tickiti ticket view` shows; without the quotes, the shell writes to a file named N. Exits
    with 13 if the time is up.
    """
    runtime: Runtime = ctx.obj
    is_met = _condition(until)  # before a server is looked for
    watch = _Watch(runtime.client, number, is_met)
    met = waiting.until(
        watch.look,
        seconds=timeout,
        late=lambda: f"Ticket {number} has {watch.state} after {timeout:g} s, not {until}.",
        output=runtime.output,
        pause=runtime.streams.pause,
    )
    runtime.output.show(met, WAITED)


class _Watch:
    """A ticket that is asked for repeatedly, and its state in the last answer."""

    def __init__(
        self, client: "Client", number: int, is_met: Callable[[dict[str, Any]], bool]
    ) -> None:
        self._client = client
        self._number = number
        self._is_met = is_met
        self._seen: dict[str, Any] = {}

    def look(self, left: float) -> dict[str, Any] | None:
        """Return the ticket if it meets the condition. `left` is the time for the request."""
        request = {"ticket_number": self._number}
        shown = self._client.call(tickets.show, request, within=left).data
        responses = shown["responses"]
        replies = sum(map(_is_reply, responses))
        ticket = {**shown["ticket"], "responses": len(responses)}
        before = self._seen.get("replies_before", replies)
        self._seen = {**ticket, "replies": replies, "replies_before": before}
        return ticket if self._is_met(self._seen) else None

    @property
    def state(self) -> str:
        """The state of the ticket in the words of --until: `status=open and 2 responses`."""
        count = self._seen["responses"]
        return f"status={self._seen['status']} and {count} response{'' if count == 1 else 's'}"


def _is_reply(response: dict[str, Any]) -> bool:
    """True for a public text; a recorded change of the ticket is a response without a text."""
    return not (response.get("is_internal") or response.get("is_audit_only"))


def _condition(text: str) -> Callable[[dict[str, Any]], bool]:
    """Parse --until into a predicate of the ticket. Raises UsageProblem."""
    name, _, status = text.partition("=")
    if name == "status" and status in TICKET_STATUSES:
        return lambda ticket: bool(ticket["status"] == status)
    if text == "reply":
        return lambda ticket: bool(ticket["replies"] > ticket["replies_before"])
    if found := _MORE.fullmatch(text):
        least = int(found[1])
        return lambda ticket: bool(ticket["responses"] > least)
    near = nearest(status, TICKET_STATUSES) if name == "status" else ""
    raise UsageProblem(
        f"--until: '{text}' is not status=open|on-hold|closed, reply or 'responses>N', "
        f"in quotes.{near}"
    )
