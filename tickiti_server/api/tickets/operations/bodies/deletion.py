"""The shapes of deleting and restoring tickets and responses."""

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import TicketStatus
from tickiti_server.validation.fields import Address, Body, Flag, Line, Positive

MOST_NUMBERS = 1000


class DeleteTickets(Body):
    """Tickets named by number, or all tickets of an originator."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["ticket_numbers"]}, {"required": ["originator_email"]}]
        }
    )

    ticket_numbers: Annotated[
        list[Positive] | None,
        Field(
            min_length=1,
            max_length=MOST_NUMBERS,
            description="The tickets' numbers.",
            examples=[[220011]],
        ),
    ] = None
    originator_email: Annotated[
        Address | None,
        Field(description="In place of numbers: every ticket of this originator."),
    ] = None
    queue: Annotated[
        Line | None,
        Field(description="The name of a queue, with originator_email: only its tickets."),
    ] = None
    dry_run: Annotated[
        Flag, Field(description="True: show what would be deleted and delete nothing.")
    ] = False


class RestoreTicket(Body):
    ticket_number: Annotated[Positive, Field(description="The ticket's number.", examples=[220009])]


class DeleteResponse(Body):
    response_id: Annotated[Positive, Field(description="The response's id.", examples=[4])]


class DeletedTicket(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    number: Annotated[int, Field(examples=[220009])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[TicketStatus, Field(examples=["open"])]
    queue_name: Annotated[str, Field(examples=["Sales"])]
    originator_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]


class TicketsDeleted(TypedDict):
    dry_run: Annotated[bool, Field(examples=[False])]
    count: Annotated[int, Field(description="The number of tickets.", examples=[1])]
    tickets: Annotated[
        list[DeletedTicket],
        Field(description="The tickets that were deleted, or that a dry run would delete."),
    ]


class TicketRestored(TypedDict):
    ticket_number: Annotated[int, Field(examples=[220009])]
    ticket_id: Annotated[int, Field(examples=[1])]
    restored: Annotated[
        bool, Field(description="False: the ticket was not deleted.", examples=[True])
    ]
    responses: Annotated[
        int, Field(description="The number of responses that came back with it.", examples=[1])
    ]


class ResponseDeleted(TypedDict):
    response_id: Annotated[int, Field(examples=[1])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    deleted: Annotated[bool, Field(description="Always true.", examples=[True])]
