"""The flags that the verbs of `tickiti report` share, and how they ask and show."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.api import lookup
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.v1 import reports
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import Column, Record, columns
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.dates import day_of, utc_today_before
from tickiti_cli.runtime import Runtime

QUEUE = lookup.Kind("queue", (reports.meta,), "queues")
"""The queues as the reports name them: this list needs reports:read alone."""

GroupBy = Annotated[
    str | None,
    typer.Option(
        metavar="PERIOD",
        help="Length of each period: day (default), week or month",
        click_type=Choice(("day", "week", "month")),
    ),
]


class RangeFlags(NamedTuple):
    """Which days and which queues count."""

    date_from: Annotated[
        str | None,
        typer.Option("--from", "--since", metavar="DATE", help="First day (default: 30 days ago)"),
    ] = None
    date_to: Annotated[
        str | None,
        typer.Option("--to", "--until", metavar="DATE", help="Last day (default: today)"),
    ] = None
    queue: Annotated[
        list[str] | None, typer.Option(metavar="QUEUE", help="Only tickets in QUEUE")
    ] = None


def show(
    runtime: Runtime,
    row: Endpoint,
    flags: RangeFlags,
    *,
    shape: Sequence[Column],
    group_by: str | None = None,
) -> None:
    """Ask for a report and show its rows. A report of an unknown shape is shown unchanged."""
    first, last = _days(flags, runtime)
    request: Record = {
        "date_from": first,
        "date_to": last,
        "group_by": group_by,
        "queue_id": _queue_ids(runtime, flags.queue or []),
    }
    given = {name: value for name, value in request.items() if value}
    reply = runtime.client.call(row, given)
    found = reply.bare
    rows = found.get("rows") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(line, dict) for line in rows):
        runtime.output.raw(reply.body, reply.text)
        return
    runtime.output.rows(rows, _present(rows, shape), empty="No data for this period.")


def _days(flags: RangeFlags, runtime: Runtime) -> tuple[str | None, str | None]:
    """The first and the last day, which the server counts in UTC. Raises UsageProblem."""
    first = day_of(flags.date_from, "--from") if flags.date_from is not None else None
    last = day_of(flags.date_to, "--to") if flags.date_to is not None else None
    if first and last and first > last:
        raise UsageProblem(f"--from {first} is later than --to {last}.")
    if first and (today := utc_today_before(first)):
        # East of Greenwich the server would refuse `--from today` for the first hours of the day.
        runtime.output.remark(f"Reports count days in UTC, where today is {today}.")
        first = today
    return first, last


def _queue_ids(runtime: Runtime, names: Sequence[str]) -> list[Any]:
    return [lookup.row_of(runtime.client, QUEUE, name)["id"] for name in names]


def _present(rows: Sequence[Record], shape: Sequence[Column]) -> Sequence[Column]:
    """The columns of our own reports, or those of the first row, because the rows of a vendor's
    install are not documented."""
    if rows and not any(column.key in rows[0] for column in shape):
        return columns(*rows[0])
    return shape
