"""The flags of `ticket respond` that change more than the thread, and the members they send.

Rule: the members belong to v1 alone; the classic endpoint does not know them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.commands.ticket.parts.assignee import assignee_of
from tickiti_cli.commands.ticket.parts.options import NewQueue, NewSubject, Resolved
from tickiti_cli.input.author import person_of
from tickiti_cli.input.ticket_filters import PRIORITY_CHOICE
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime


class AttributeFlags(NamedTuple):
    """The flags; each field has the name of its flag."""

    assign: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL|team:ID|@me|nobody",
            help="Assign to a staff member, a team or nobody",
            autocompletion=offering("<staff>", "@me", "nobody"),
        ),
    ] = None
    priority: Annotated[
        str | None,
        typer.Option(metavar="PRIORITY", help="New priority", click_type=PRIORITY_CHOICE),
    ] = None
    resolved: Resolved = None
    queue: NewQueue = None
    subject: NewSubject = None
    add: Annotated[list[str] | None, typer.Option(metavar="EMAIL", help="Add a participant")] = None
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="EMAIL", help="Remove a participant"),
    ] = None
    keep_status: Annotated[bool, typer.Option("--keep-status", help="Do not reopen the ticket")] = (
        False
    )
    full_email: Annotated[
        bool, typer.Option("--full-email", help="E-mail the full response to the participants")
    ] = False

    def to_request(self, runtime: Runtime) -> Mapping[str, Any]:
        """Return the members of the request, for the flags that were given. Raises UsageProblem."""
        assigned = None
        if self.assign is not None:
            assigned = assignee_of(runtime, self.assign, "--assign")
        given: dict[str, Any] = {
            "assigned_to_email": assigned,
            "priority": self.priority,
            "resolved": self.resolved,
            "queue": self.queue,
            "subject": self.subject,
            "add_participants": _addresses(runtime, self.add, "--add"),
            "remove_participants": _addresses(runtime, self.remove, "--remove"),
            "keep_status": self.keep_status or None,
            "send_full_email": self.full_email or None,
        }
        return {name: value for name, value in given.items() if value is not None}

    @property
    def changes(self) -> bool:
        """Whether a flag changes the ticket; the last two say only how an answer is given."""
        return any(value is not None and value != [] for value in self[:-2])


def _addresses(runtime: Runtime, given: list[str] | None, flag: str) -> list[str] | None:
    return [person_of(runtime, address, flag) for address in given] if given else None
