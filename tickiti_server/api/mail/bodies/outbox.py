"""The shapes of the outbox: bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import DeliveryState
from tickiti_server.validation.fields import Body, Line
from tickiti_server.validation.json_schema import Time
from tickiti_server.validation.paging import (
    DEFAULT_LIMIT,
    Limit,
    NextCursor,
    NumberCursor,
    Totals,
)


class ListDeliveries(Body):
    limit: Limit = DEFAULT_LIMIT
    cursor: NumberCursor = None
    to: Annotated[
        Line | None,
        Field(
            description="Only mail to this address, ignoring case.",
            examples=["marcus@trailblazers-club.example"],
        ),
    ] = None
    subject: Annotated[
        Line | None, Field(description="Only mail with this text in the subject, ignoring case.")
    ] = None
    state: Annotated[DeliveryState | None, Field(description="Only deliveries in this state.")] = (
        None
    )


class FindDelivery(Body):
    id: Annotated[
        Line,
        Field(
            description="A delivery's id: the email_id of send_email.",
            examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]


class Delivery(TypedDict):
    id: Annotated[str, Field(examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"])]
    to: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    mailbox: Annotated[str | None, Field(examples=["local"])]
    subject: Annotated[str | None, Field(examples=["Your order has shipped"])]
    message_id: Annotated[
        str | None,
        Field(
            description="Its Message-ID header.",
            examples=["<mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A@localhost>"],
        ),
    ]
    state: Annotated[DeliveryState, Field(examples=["sent"])]
    attempts: Annotated[int, Field(description="Number of attempts.", examples=[1])]
    next_at: Annotated[
        Time | None, Field(description="Time of the next attempt; null: none.", examples=[None])
    ]
    last_error: Annotated[str | None, Field(examples=[None])]
    created_at: Time


class Deliveries(Totals):
    outbox: list[Delivery]
    next_cursor: NextCursor


class DeliveryShown(Delivery):
    sent_at: Time | None
    text: Annotated[str, Field(examples=["Order SP-2412-0489 is on its way."])]
    html: Annotated[str, Field(examples=["<p>Order SP-2412-0489 is on its way.</p>"])]
    mime: Annotated[
        str,
        Field(
            description="The raw message, as it is sent.",
            examples=["From: local@localhost\r\nTo: marcus@trailblazers-club.example\r\n..."],
        ),
    ]
