"""The kinds of rows that can be exported: tickets in order of number, responses in order of time.

Rule: an export needs an order in which a row that changes meanwhile is neither missed nor written
twice.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tickiti_cli.api.paging import MOST_ROWS
from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input import response_filters
from tickiti_cli.output.format import Column, columns

Row = Mapping[str, Any]


class ExportKind(ABC):
    """A kind of rows. `noun` is also the name of the member that holds them in a reply."""

    noun: str
    singular: str
    order: str
    """The order of the server's list, in the words of an error."""

    endpoint: Endpoint
    columns: Sequence[Column]
    page_size: int

    identity_members: Sequence[str]
    """The members by which a resumed export finds out whether the server has another database."""

    @abstractmethod
    def request(self, filters: Row, fields: Sequence[str] | None) -> dict[str, Any]:
        """Return the body that lists the rows in order. `fields` are written; None for all."""

    @abstractmethod
    def is_in_order(self, row: Row, last: Row | None) -> bool:
        """True if the row may follow `last`, a row or its identity; None for the first row."""

    @abstractmethod
    def lookup(self, last: Row) -> dict[str, Any]:
        """Return the body that lists the row with that identity, and few others."""

    def label(self, last: Row) -> object:
        """Return the name that an error gives to the row with that identity."""
        return last[self.identity_members[0]]

    def identity(self, row: Row) -> dict[str, Any]:
        return {name: row[name] for name in self.identity_members}


class Tickets(ExportKind):
    noun, singular, order = "tickets", "ticket", "by number"
    endpoint = classic.tickiti_api_index
    page_size = MOST_ROWS
    identity_members = ("number", "id", "created_at")
    columns = columns(
        "id", "number", "subject", "status", "priority", "queue_id", "queue_name",
        "originator_email", "assigned_to_email", "on_hold_until", "created_at", "updated_at",
        "response_count",
    )  # fmt: skip
    """All members of a ticket in a list."""

    def request(self, filters: Row, fields: Sequence[str] | None) -> dict[str, Any]:  # noqa: ARG002
        return {**filters, "order": "number"}

    def is_in_order(self, row: Row, last: Row | None) -> bool:
        number = row.get("number")
        return isinstance(number, int) and number > (last["number"] if last else 0)

    def lookup(self, last: Row) -> dict[str, Any]:
        criterion = {"mode": "ticket_number", "tokens": [str(last["number"])]}
        return {"search_object": {"criteria": [criterion]}}


class Responses(ExportKind):
    """Responses; many can have the same moment, so only the cursor orders them."""

    noun, singular, order = "responses", "response", "oldest first"
    endpoint = tickets.responses_query
    page_size = response_filters.MOST_ROWS
    identity_members = ("id", "ticket_number", "created_at")
    columns = response_filters.COLUMNS

    def request(self, filters: Row, fields: Sequence[str] | None) -> dict[str, Any]:
        return {**filters, **response_filters.large_of(fields)}

    def is_in_order(self, row: Row, last: Row | None) -> bool:
        try:
            moment = _moment(row)
            return last is None or (moment >= _moment(last) and row.get("id") != last["id"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return False

    def lookup(self, last: Row) -> dict[str, Any]:
        second = f"{_moment(last):%Y-%m-%d %H:%M:%S}"
        body = {"ticket_number": [last["ticket_number"]], "include_deleted": True, "fields": []}
        return {**body, "created_from": second, "created_to": second}


def _moment(row: Row) -> datetime:
    """Return the moment of a response in UTC. Raises KeyError, TypeError, ValueError."""
    return _moment_of(row["created_at"])


@lru_cache(maxsize=16)
def _moment_of(text: str) -> datetime:
    """Each is asked for twice: for its row, and for the next one."""
    return datetime.fromisoformat(text).astimezone(UTC)


TICKETS, RESPONSES = Tickets(), Responses()
