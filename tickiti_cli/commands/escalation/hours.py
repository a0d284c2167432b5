"""`tickiti escalation hours`: shows or changes the business hours."""

from typing import Annotated, Any

import typer

from tickiti_cli.commands.escalation.business_hours import hours_by_day, rows_of, same_hours
from tickiti_cli.config.settings import Format
from tickiti_cli.contract.v1 import workflow
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

WEEK = columns("day", "start", "end")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti escalation hours",
        "tickiti escalation hours --days mon-fri --start 09:00 --end 17:30",
        "tickiti escalation hours --day mon=09:00-17:00 --day sat=10:00-14:00",
        "tickiti escalation hours --always",
    ),
)
def hours(
    ctx: typer.Context,
    *,
    days: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Business days, such as mon-fri")
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="Start of each business day")
    ] = None,
    end: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="End of each business day")
    ] = None,
    day: Annotated[
        list[str] | None,
        typer.Option(metavar="DAY=START-END", help="Hours of one day; other days are closed"),
    ] = None,
    always: Annotated[
        bool, typer.Option("--always", help="Count every minute, day and night")
    ] = False,
) -> None:
    """Show or set the business hours

    Escalation rules count only the minutes of business hours.
    """
    runtime: Runtime = ctx.obj
    changes = _changes(days, start, end, day=day or [], always=always)
    if not changes:
        _show(runtime)
        return
    runtime.client.call(workflow.business_hours_update, changes)
    runtime.output.done(changes, said="Updated the business hours.", plain=changes["mode"])


def _changes(
    days: str | None, start: str | None, end: str | None, *, day: list[str], always: bool
) -> dict[str, Any]:
    is_same = (days, start, end) != (None, None, None)
    if [is_same, bool(day), always].count(True) > 1:
        raise UsageProblem("Give --days, --start and --end, or --day, or --always.")
    if always:
        return {"mode": "always"}
    if day:
        return hours_by_day(day)
    return same_hours(days, start, end) if is_same else {}


def _show(runtime: Runtime) -> None:
    """Show the hours, which the reply has next to the rules."""
    reply = runtime.client.call(workflow.escalations_index, {})
    found = reply.bare.get("business_hours") if isinstance(reply.bare, dict) else None
    if not isinstance(found, dict):
        runtime.output.remark("This server does not show its business hours.")
    elif runtime.output.format is Format.TABLE and not runtime.globals.fields:
        runtime.output.rows(rows_of(found), WEEK)  # a person reads times, not minutes
    else:
        runtime.output.show(found, columns(*found))
