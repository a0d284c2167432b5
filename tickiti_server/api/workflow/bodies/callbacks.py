"""The shapes of callbacks: bodies and replies."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import CallbackState
from tickiti_server.api.workflow.bodies.interventions import Url
from tickiti_server.validation.fields import Body, Line, Positive
from tickiti_server.validation.json_schema import Time
from tickiti_server.validation.paging import (
    DEFAULT_LIMIT,
    Limit,
    NextCursor,
    NumberCursor,
    Totals,
)


class ListCallbacks(Body):
    limit: Limit = DEFAULT_LIMIT
    cursor: NumberCursor = None
    state: Annotated[CallbackState | None, Field(description="Only webhooks in this state.")] = None
    intervention: Annotated[
        Line | None, Field(description="Only webhooks of this intervention.")
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


class TriggerCallback(Body):
    intervention: Annotated[
        Line,
        Field(description="Name of the intervention.", examples=["discount_request"]),
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Values of its form fields; the others get sample values.",
            examples=[{"price": 89.9}],
        ),
    ]
    url: Annotated[
        Url | None,
        Field(description="Address to send to, if not that of the intervention."),
    ] = None
    uid: Annotated[Line | None, Field(description="The uid in the webhook.")] = None


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
    ticket_number: Annotated[
        int | None, Field(description="null: it was triggered without a ticket.", examples=[220009])
    ]
    url: Annotated[str, Field(examples=["https://shop.trailblazers-club.example/decided"])]
    state: Annotated[
        CallbackState,
        Field(
            description="dead: all attempts failed; failed: not retried.",
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


class Callbacks(Totals):
    callbacks: list[Callback]
    next_cursor: NextCursor


class CallbackAttempt(TypedDict):
    attempted_at: Time
    url: Annotated[str, Field(examples=["https://shop.trailblazers-club.example/decided"])]
    code: Annotated[int | None, Field(description="The status of the reply.", examples=[204])]
    error: Annotated[str | None, Field(examples=[None])]
    reply_headers: Annotated[
        list[tuple[str, str]] | None,
        Field(description="null: there was no reply.", examples=[[["Content-Length", "0"]]]),
    ]
    reply_body: Annotated[
        str | None, Field(description="The first 64 KiB of the reply's body.", examples=[""])
    ]
    reply_is_whole: Annotated[bool | None, Field(examples=[True])]


class CallbackShown(Callback):
    history: Annotated[
        list[CallbackAttempt], Field(description="The last 20 attempts, oldest first.")
    ]
    body: Annotated[
        str,
        Field(
            description="Every byte that is sent and signed, JSON.",
            examples=['{"intervention":"discount_request","uid":"SP-2412-0489","...":"..."}'],
        ),
    ]
