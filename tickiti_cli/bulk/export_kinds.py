"""What can be exported, and in which order: tickets by their numbers, responses by their moments.

The rule of this file: a row that changes while the others are read is neither missed nor written
twice, or the order is not one to export in.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tickiti_cli import said
from tickiti_cli.contract import classic, tickets
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.output import Column, columns
from tickiti_cli.pages import MOST_ROWS

Row = Mapping[str, Any]


class Kind(ABC):
    """One kind of rows; `noun` is also the member of the replies that holds them."""

    noun: str
    singular: str
    order: str
    """As a sentence has it: what the server must list them by."""

    endpoint: Endpoint
    columns: Sequence[Column]
    most: int
    """Rows of a page."""

    marks: Sequence[str]
    """The members that tell a row from another one in its place."""

    @abstractmethod
    def request(self, wanted: Row, fields: Sequence[str] | None) -> dict[str, Any]:
        """The body that asks for them in order; `fields` are written, None for all."""

    @abstractmethod
    def follows(self, row: Row, last: Row | None) -> bool:
        """Whether the order lets it stand behind `last`, the mark of a row; None: at the front."""

    @abstractmethod
    def place(self, last: Row) -> dict[str, Any]:
        """The body that asks for the row with that mark, and for few others."""

    def name(self, last: Row) -> object:
        """What a person calls the row with that mark."""
        return last[self.marks[0]]

    def mark(self, row: Row) -> dict[str, Any]:
        return {name: row[name] for name in self.marks}


class Tickets(Kind):
    noun, singular, order = "tickets", "ticket", "by number"
    endpoint = classic.tickiti_api_index
    most = MOST_ROWS
    marks = ("number", "id", "created_at")
    columns = columns(
        "id", "number", "subject", "status", "priority", "queue_id", "queue_name",
        "originator_email", "assigned_to_email", "on_hold_until", "created_at", "updated_at",
        "response_count",
    )  # fmt: skip
    """All that the contract says of a ticket in a list."""

    def request(self, wanted: Row, fields: Sequence[str] | None) -> dict[str, Any]:  # noqa: ARG002
        return {**wanted, "order": "number"}

    def follows(self, row: Row, last: Row | None) -> bool:
        number = row.get("number")
        return isinstance(number, int) and number > (last["number"] if last else 0)

    def place(self, last: Row) -> dict[str, Any]:
        criterion = {"mode": "ticket_number", "tokens": [str(last["number"])]}
        return {"search_object": {"criteria": [criterion]}}


class Responses(Kind):
    """Many can be said at one moment: there the server's cursor alone tells them apart."""

    noun, singular, order = "responses", "response", "oldest first"
    endpoint = tickets.responses_query
    most = said.MOST_ROWS
    marks = ("id", "ticket_number", "created_at")
    columns = said.COLUMNS

    def request(self, wanted: Row, fields: Sequence[str] | None) -> dict[str, Any]:
        return {**wanted, **said.large_of(fields)}

    def follows(self, row: Row, last: Row | None) -> bool:
        try:
            moment = _moment(row)
            return last is None or (moment >= _moment(last) and row.get("id") != last["id"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return False

    def place(self, last: Row) -> dict[str, Any]:
        second = f"{_moment(last):%Y-%m-%d %H:%M:%S}"
        body = {"ticket_number": [last["ticket_number"]], "include_deleted": True, "fields": []}
        return {**body, "created_from": second, "created_to": second}


def _moment(row: Row) -> datetime:
    """When it was said, in UTC. Raises KeyError, TypeError, ValueError."""
    return datetime.fromisoformat(row["created_at"]).astimezone(UTC)


TICKETS, RESPONSES = Tickets(), Responses()
