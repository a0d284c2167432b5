"""The shapes of linking tickets."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.tickets.bodies.show import LinkedTicket
from tickiti_server.api.tickets.rules.reference import TicketRef
from tickiti_server.validation.fields import Positive

MOST_LINKS = 100


class LinkTickets(TicketRef):
    linked_ticket_numbers: Annotated[
        list[Positive],
        Field(
            min_length=1,
            max_length=MOST_LINKS,
            description="The numbers of the tickets that it is linked to.",
            examples=[[220010]],
        ),
    ]


class UnlinkTicket(TicketRef):
    linked_ticket_number: Annotated[
        Positive,
        Field(
            description="The number of the ticket that it is linked to no longer.",
            examples=[220010],
        ),
    ]


class Links(TypedDict):
    ticket_number: Annotated[int, Field(examples=[220009])]
    linked_tickets: Annotated[
        list[LinkedTicket], Field(description="What it is linked to now, by number.")
    ]
