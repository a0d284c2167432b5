"""The ticket that a request means: named by number or by id, and seen by the caller."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from tickiti_cli.contract.errors import TicketNotFound
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.validation.fields import Body, Positive, wrong


def _only_one(ticket_id: int | None, info: ValidationInfo) -> int | None:
    """Runs after `ticket_number`, whose value is missing from `info` where it was wrong."""
    if "ticket_number" in info.data and (info.data["ticket_number"] is None) == (ticket_id is None):
        raise wrong("must be sent in place of ticket_number: exactly one of the two")
    return ticket_id


class TicketRef(Body):
    """Names one ticket: by its number or by its id."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["ticket_number"]}, {"required": ["ticket_id"]}],
        }
    )

    ticket_number: Annotated[
        Positive | None, Field(description="The ticket's number.", examples=[220009])
    ] = None
    ticket_id: Annotated[
        Positive | None,
        AfterValidator(_only_one),
        Field(description="The ticket's id, in place of its number.", validate_default=True),
    ] = None


def find_ticket(call: Call, ref: TicketRef) -> Row:
    """The ticket that a body names. Raises TicketNotFound as `find_by_number` does."""
    if ref.ticket_number is not None:
        return find_by_number(call, ref.ticket_number)
    assert ref.ticket_id is not None
    return _seen(call, stored.find_ticket_by_id(call.tx, ref.ticket_id), ref.ticket_id)


def find_by_number(call: Call, number: int) -> Row:
    """Raises TicketNotFound for a ticket that is not there, is deleted, or is not seen by the
    caller; of one that a merge deleted the error names the survivor."""
    return _seen(call, stored.find_ticket(call.tx, number), number)


def _seen(call: Call, ticket: Row | None, wanted: int) -> Row:
    if ticket is None or not rights.sees(call, ticket):
        raise TicketNotFound(wanted)
    if ticket["deleted_at"] is None:
        return ticket
    survivor = stored.find_survivor(call.tx, ticket["id"])
    if survivor is not None and rights.sees(call, survivor):
        raise TicketNotFound.merged(wanted, survivor["number"])
    raise TicketNotFound(wanted)
