"""What showing tickets takes and gives: tickets, responses and their attachments under v1."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.families.ticket_bodies import Number
from tickiti_server.schemas import Time, Written
from tickiti_server.values import Body


class Show(Body):
    ticket_number: Number


class Ticket(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    number: Annotated[int, Field(examples=[220009])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[Literal["open", "on-hold", "closed"], Field(examples=["open"])]
    priority: Annotated[
        str,
        Written(enum=["10", "20", "30", "40"]),
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=["20"]),
    ]
    queue_id: Annotated[str, Field(examples=["2"])]
    originator_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    assigned_to_email: Annotated[str | None, Field(examples=[None])]
    resolved: Annotated[bool, Field(description="Whether it is closed.", examples=[False])]
    on_hold_until: Annotated[
        str | None, Field(description="The day on which it opens again.", examples=[None])
    ]
    created_at: Time
    updated_at: Time


_SHA256 = "be5af11edc03aa268954a92da08d439d752e0b4d7b08144440c6391db3b6b79b"


class Attachment(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["sole.jpg"])]
    mime_type: Annotated[str, Field(description="By its bytes.", examples=["image/jpeg"])]
    file_size: Annotated[int, Field(description="In bytes.", examples=[48213])]
    is_inline: Annotated[bool, Field(description="Whether the HTML shows it.", examples=[True])]
    sha256: Annotated[str, Field(description="Of its bytes, 64 hex digits.", examples=[_SHA256])]


class SaidResponse(TypedDict):
    """What a response always has."""

    id: Annotated[str, Field(examples=["1"])]
    is_internal: Annotated[bool, Field(description="For staff only.", examples=[False])]
    is_pinned: Annotated[bool, Field(description="Shown before the others.", examples=[False])]
    staff_response: Annotated[bool, Field(description="Whether staff wrote it.", examples=[False])]
    created_by_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    created_at: Time
    updated_at: Time
    is_email_sourced: Annotated[bool, Field(description="Came as an e-mail.", examples=[False])]


class Response(SaidResponse):
    html: Annotated[
        str,
        Field(
            description="As it was sent: show it to nobody without sanitising it.",
            examples=["The <em>Vapor Pro 3</em> plate snapped at mile 14 of Berlin Marathon."],
        ),
    ]
    plain_text: Annotated[
        str, Field(examples=["The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."])
    ]
    attachments: Annotated[list[Attachment], Field(examples=[[]])]


class TicketShown(TypedDict):
    ticket: Ticket
    responses: Annotated[
        list[Response], Field(description="Pinned ones first, then oldest to newest.")
    ]


class Responses(TypedDict):
    ticket_number: Annotated[int, Field(examples=[220009])]
    responses: Annotated[
        list[Response], Field(description="Pinned ones first, then oldest to newest.")
    ]
