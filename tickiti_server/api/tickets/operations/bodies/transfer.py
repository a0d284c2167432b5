"""The shapes of moving and copying responses, and of splitting a ticket."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Flag, Line, Positive

MOST_RESPONSES = 500

ResponseIds = Annotated[
    list[Positive],
    Field(
        min_length=1,
        max_length=MOST_RESPONSES,
        description="The responses' ids, in the order in which they are put on the ticket.",
        examples=[[3]],
    ),
]


class TransferResponses(Body):
    response_ids: ResponseIds
    target_ticket_number: Annotated[
        Positive, Field(description="The number of the ticket that gets them.", examples=[220010])
    ]


class SplitTicket(Body):
    """Responses of one ticket, and the subject of the new one."""

    response_ids: ResponseIds
    subject: Annotated[
        Line, Field(description="The new ticket's subject.", examples=["The other shoe"])
    ]
    queue: Annotated[
        Line | None,
        Field(description="The name of its queue; that of the first ticket if left out."),
    ] = None
    copy_responses: Annotated[
        Flag,
        Field(
            alias="copy",
            description="True: the responses stay on the first ticket as well.",
        ),
    ] = False


class TransferredResponse(TypedDict):
    from_response_id: Annotated[int, Field(examples=[1])]
    response_id: Annotated[int, Field(description="The id of its copy.", examples=[3])]


class Transferred(TypedDict):
    target_ticket_number: Annotated[int, Field(examples=[220010])]
    responses: list[TransferredResponse]


class TicketSplit(TypedDict):
    ticket_number: Annotated[int, Field(description="The new ticket's number.", examples=[220010])]
    ticket_id: Annotated[int, Field(description="Its id.", examples=[2])]
    secure_id: Annotated[
        str,
        Field(
            description="32 random characters, for links.",
            examples=["Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]
    queue: Annotated[str, Field(description="The name of its queue.", examples=["Sales"])]
    source_ticket_number: Annotated[int, Field(examples=[220009])]
    responses: list[TransferredResponse]
