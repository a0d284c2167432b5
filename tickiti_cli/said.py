"""The filters of what was said, for `response query` and `response export`, and their request.

The rule of this file: the large members of a response are asked for only where they are shown.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tickiti_cli.options import instant_of, ticket_number
from tickiti_cli.output import columns

SHOWN = columns(
    "id", "ticket_number", "created_at", "created_by_email", "is_internal", "plain_text"
)
COLUMNS = columns(
    "id", "ticket_number", "created_at", "updated_at", "created_by_email", "staff_response",
    "is_internal", "is_pinned", "is_email_sourced", "plain_text", "html", "attachments",
)  # fmt: skip
"""All that the contract says of a response that was found by a query."""

LARGE = ("html", "plain_text", "attachments")
"""What the contract lets a query leave out."""

MOST_ROWS = 200
"""A page by the contract's own default: a body may be large, and memory holds one page."""

Ticket = Annotated[
    list[int] | None,
    typer.Option("--ticket", metavar="NUMBER", parser=ticket_number, help="Said on this ticket."),
]
Queue = Annotated[list[str] | None, typer.Option(help="The name of the ticket's queue.")]
QueueId = Annotated[
    list[int] | None, typer.Option(metavar="ID", min=1, help="The id of the ticket's queue.")
]
Internal = Annotated[
    bool | None, typer.Option("--internal/--public", help="For staff only, or for everybody.")
]
ByStaff = Annotated[
    bool | None, typer.Option("--by-staff/--by-others", help="Said by staff, or not.")
]
CreatedFrom = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Said on that day, at that second, or later.")
]
CreatedTo = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Said on that day, at that second, or before.")
]
Deleted = Annotated[
    bool, typer.Option("--include-deleted", help="Also what was deleted, where it is kept.")
]


def query_of(*, include_deleted: bool, **given: object) -> dict[str, Any]:
    """The request's filters: those that were given, under the names of the endpoint."""
    for name in ("created_from", "created_to"):
        if given.get(name) is not None:
            given[name] = instant_of(str(given[name]), f"--{name.replace('_', '-')}")
    wanted = {name: value for name, value in given.items() if value not in (None, [])}
    return wanted | ({"include_deleted": True} if include_deleted else {})


def large_of(fields: Sequence[str] | None) -> dict[str, Any]:
    """What the request says of the large members, where these fields are shown; None: all.

    A field that nobody knows gets all of them: who misspelt one is told every name.
    """
    known = {column.key for column in COLUMNS}
    if fields is None or not known.issuperset(fields):
        return {}
    return {"fields": [name for name in LARGE if name in fields]}
