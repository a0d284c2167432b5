"""What the endpoints of decisions and callbacks take and give: the shapes of their bodies and
replies."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.schemas import Time
from tickiti_server.values import Body, Integer, Line, Positive, Text

MOST_ROWS = 1000

Data = Annotated[
    dict[str, Any],
    Field(description="Edited values by field; the others stay.", examples=[{"price": 99}]),
]


class Decide(Body):
    ticket_number: Annotated[Positive, Field(description="The ticket.", examples=[220009])]
    data: Data = Field(default_factory=dict)
    content: Annotated[
        Text | None,
        Field(
            description="An answer to the customer that goes with it, as HTML.",
            examples=["You get the discount."],
        ),
    ] = None


class Decided(TypedDict):
    ticket_id: Annotated[int, Field(examples=[1])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    intervention: Annotated[str, Field(examples=["discount_request"])]
    uid: Annotated[str, Field(examples=["SP-2412-0489"])]
    response_id: Annotated[
        int,
        Field(
            description="The answer that went with it; without one, the private response.",
            examples=[3],
        ),
    ]
    data: Annotated[
        dict[str, Any], Field(examples=[{"customer": "Marcus", "price": 99, "accept": True}])
    ]
    callback_id: Annotated[
        str | None,
        Field(
            description="Its callback; null: the intervention makes none.",
            examples=["msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]


State = Literal["queued", "claimed", "retry", "sent", "failed", "dead"]


class ListCallbacks(Body):
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
    ] = 50
    cursor: Annotated[
        Positive | None, Field(description="The next_cursor of the page before this one.")
    ] = None
    state: Annotated[State | None, Field(description="Only those of this state.")] = None
    intervention: Annotated[
        Line | None, Field(description="Only those of the intervention of this name.")
    ] = None
    ticket_number: Annotated[Positive | None, Field(description="Only that of this ticket.")] = None


class FindCallback(Body):
    id: Annotated[
        Line,
        Field(
            description="A callback's id: its webhook-id.",
            examples=["msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]


class Callback(TypedDict):
    id: Annotated[
        str,
        Field(
            description="The webhook-id of each attempt.",
            examples=["msg_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]
    intervention: Annotated[str, Field(examples=["discount_request"])]
    uid: Annotated[str, Field(examples=["SP-2412-0489"])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    url: Annotated[str, Field(examples=["https://shop.trailblazers-club.example/decided"])]
    state: Annotated[
        State,
        Field(
            description="dead: every attempt failed; failed: there is no use in another one.",
            examples=["sent"],
        ),
    ]
    attempts: Annotated[int, Field(description="How often it was tried.", examples=[1])]
    next_at: Annotated[
        Time | None, Field(description="When it is tried again, if it is.", examples=[None])
    ]
    last_code: Annotated[
        int | None, Field(description="The status of the last reply.", examples=[204])
    ]
    last_error: Annotated[str | None, Field(examples=[None])]
    created_at: Time
    delivered_at: Time | None


class Callbacks(TypedDict):
    callbacks: list[Callback]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
    ]


class CallbackShown(Callback):
    body: Annotated[
        str,
        Field(
            description="Every byte that is sent and signed, JSON.",
            examples=['{"intervention":"discount_request","uid":"SP-2412-0489","...":"..."}'],
        ),
    ]
