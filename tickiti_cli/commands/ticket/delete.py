"""`tickiti ticket delete`: deletes tickets in one request."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.author import ME, owner_of
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import ConfirmedWriteCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime

app = verb()

FOUND = columns(
    "number", "subject", "status", "queue_name", "originator_email",
    leaving=("queue_name", "originator_email"),
)  # fmt: skip


@app.command(
    cls=ConfirmedWriteCommand,
    epilog=examples(
        "tickiti ticket delete 220009 --yes",
        "tickiti ticket delete --raised-by spam@shoes.example --queue Inbox --preview",
    ),
)
def delete(
    ctx: typer.Context,
    *,
    numbers: Numbers = None,  # type: ignore[assignment] # typer gives an empty list
    raised_by: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL|@me",
            help="Delete all tickets of this requester",
            autocompletion=offering("@me"),
        ),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="QUEUE", help="Only tickets in QUEUE")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="List the tickets without deleting them")
    ] = False,
) -> None:
    """Delete tickets

    If one of them cannot be deleted, none is. Undo with `tickiti ticket restore`.
    """
    runtime: Runtime = ctx.obj
    if raised_by == ME:
        raised_by = owner_of(runtime, f"--raised-by {ME}: give your e-mail address instead.")
    request = _selected(numbers or [], raised_by, queue)
    if preview:
        found = runtime.client.call(tickets.delete, {**request, "dry_run": True}).accepted
        runtime.output.rows(found.rows("tickets"), FOUND, empty="No tickets.")
        return
    if not (runtime.globals.dry_run or runtime.globals.print_curl):
        runtime.confirm(f"Delete {_wording(request)}?")
    deleted = runtime.client.call(tickets.delete, request).written
    names = [str(row.get("number")) for row in deleted.rows("tickets")]
    said = f"Deleted {len(names)} ticket{'' if len(names) == 1 else 's'}."
    runtime.output.done(deleted, said=said, plain=" ".join(names))


def _selected(numbers: list[int], raised_by: str | None, queue: str | None) -> dict[str, Any]:
    """Return the members that select tickets. Raises UsageProblem."""
    if bool(numbers) == (raised_by is not None):
        raise UsageProblem("Give ticket numbers or --raised-by EMAIL.")
    if raised_by is None:
        if queue is not None:
            raise UsageProblem("--queue needs --raised-by EMAIL.")
        return {"ticket_numbers": [*Selection.of(numbers).numbers]}
    found = {"originator_email": address_of(raised_by, "--raised-by")}
    return found | ({"queue": queue} if queue is not None else {})


def _wording(request: Mapping[str, Any]) -> str:
    if "originator_email" in request:
        place = f" in queue {request['queue']}" if "queue" in request else ""
        return f"all tickets of {request['originator_email']}{place}"
    numbers = request["ticket_numbers"]
    return f"ticket{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
