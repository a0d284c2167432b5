"""The filters of `response query` and `response export`, and the request that they make.

Rule: a request names the large members of a response only where a column shows them.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.output.format import columns
from tickiti_cli.parser.dates import FORMS, TimeRange
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import address_of, ticket_number

SHOWN = columns(
    "id", "ticket_number", "created_at", "created_by_email", "is_internal", "plain_text",
    leaving=("is_internal", "created_by_email", "created_at"),
)  # fmt: skip
COLUMNS = columns(
    "id", "ticket_number", "created_at", "updated_at", "created_by_email", "staff_response",
    "is_internal", "is_pinned", "is_email_sourced", "plain_text", "html", "attachments",
    "body_chars", "is_audit_only", "audit",
)  # fmt: skip
"""All members of a response that the contract lists for a query."""

CREATED = ("--created-from", "--created-to")

LARGE = ("html", "plain_text", "attachments")
"""The members that a query may leave out."""

MOST_ROWS = 200
"""The contract's default page: a body may be large, and memory holds one page."""

MEMBERS = {
    "ticket": "ticket_number", "response": "response_id", "author": "created_by_email",
    "internal": "is_internal", "by_staff": "staff_response", "empty": "is_empty",
    "attachments": "has_attachments",
}  # fmt: skip
"""The request's member for a flag, where the two differ."""


class ResponseFilters(NamedTuple):
    """The flags that filter responses. A flag given several times matches any of its values."""

    ticket: Annotated[
        list[int] | None,
        typer.Option(
            "--ticket", metavar="NUMBER", parser=ticket_number, help="Responses on this ticket"
        ),
    ] = None
    response: Annotated[
        list[int] | None, typer.Option("--id", metavar="ID", min=1, help="Response ID")
    ] = None
    author: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="EMAIL|@me",
            help="Author's e-mail address",
            autocompletion=offering("<staff>", "@me"),
        ),
    ] = None
    queue: Annotated[
        list[str] | None, typer.Option(metavar="QUEUE", help="Queue of the ticket, by name")
    ] = None
    queue_id: Annotated[
        list[int] | None, typer.Option(metavar="ID", min=1, help="Queue of the ticket, by ID")
    ] = None
    internal: Annotated[
        bool | None,
        typer.Option("--internal/--public", help="Internal notes only, or public responses only"),
    ] = None
    by_staff: Annotated[
        bool | None,
        typer.Option("--by-staff/--by-others", help="Responses by staff only, or by others only"),
    ] = None
    attachments: Annotated[
        bool | None,
        typer.Option(
            "--with-attachments/--without-attachments", help="Only with or only without attachments"
        ),
    ] = None
    empty: Annotated[bool, typer.Option("--empty", help="Only responses without text")] = False
    created_from: Annotated[
        str | None,
        typer.Option(
            CREATED[0], "--since", metavar="DATE", help=f"Created on or after DATE: {FORMS}"
        ),
    ] = None
    created_to: Annotated[
        str | None,
        typer.Option(CREATED[1], "--until", metavar="DATE", help="Created on or before DATE"),
    ] = None
    include_deleted: Annotated[
        bool,
        typer.Option(
            "--include-deleted", help="Include deleted responses, if the server keeps them"
        ),
    ] = False
    metadata_only: Annotated[
        bool, typer.Option("--metadata-only", help="Omit texts and attachments")
    ] = False

    def to_query(self) -> dict[str, Any]:
        """The members of the request, for the flags that were given. Raises UsageProblem for a
        malformed date."""
        given = {MEMBERS.get(field, field): value for field, value in self._asdict().items()}
        created = TimeRange.of(self.created_from, self.created_to, CREATED)
        given["created_from"], given["created_to"] = created.seconds()
        if self.author is not None:
            given["created_by_email"] = address_of(self.author, "--by")
        wanted = {name: value for name, value in given.items() if value not in (None, [])}
        for name in ("include_deleted", "metadata_only", "is_empty"):
            if not wanted[name]:
                del wanted[name]
        return wanted


def large_of(fields: Sequence[str] | None) -> dict[str, Any]:
    """Return the request's `fields`: the large members among the shown ones. None shows all.

    An unknown field requests all of them, so that the error can list every name.
    """
    known = {column.key for column in COLUMNS}
    if fields is None or not known.issuperset(fields):
        return {}
    return {"fields": [name for name in LARGE if name in fields]}
