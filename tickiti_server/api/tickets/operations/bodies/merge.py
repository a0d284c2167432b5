"""The shapes of merging two tickets, and of giving a ticket another originator."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.tickets.rules.reference import TicketRef
from tickiti_server.validation.fields import Address, Body, Positive


class MergeTickets(Body):
    ticket_number: Annotated[Positive, Field(description="One ticket.", examples=[220009])]
    other_ticket_number: Annotated[
        Positive, Field(description="The other; the older of the two survives.", examples=[220010])
    ]


class TicketsMerged(TypedDict):
    ticket_number: Annotated[int, Field(description="The survivor's number.", examples=[220009])]
    ticket_id: Annotated[int, Field(description="The survivor's id.", examples=[1])]
    merged_ticket_number: Annotated[
        int, Field(description="The number of the deleted ticket.", examples=[220010])
    ]
    responses: Annotated[
        int, Field(description="The number of responses that the survivor got.", examples=[1])
    ]
    participants: Annotated[
        int, Field(description="The number of participants that the survivor got.", examples=[1])
    ]
    reopened: Annotated[
        bool, Field(description="Whether this opened a survivor on hold.", examples=[False])
    ]


class UpdateOriginator(TicketRef):
    originator_email: Annotated[
        Address,
        Field(
            description="The new originator's address; an unknown customer is created.",
            examples=["club@trailblazers-club.example"],
        ),
    ]


class OriginatorUpdated(TypedDict):
    ticket_number: Annotated[int, Field(examples=[220009])]
    ticket_id: Annotated[int, Field(examples=[1])]
    originator_email: Annotated[str, Field(examples=["club@trailblazers-club.example"])]
    response_id: Annotated[
        int | None,
        Field(
            description="The id of the record of the change; null where nothing has changed.",
            examples=[2],
        ),
    ]
