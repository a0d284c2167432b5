"""What tickets/responses/query takes and gives: the shapes of its body and its pages."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.call import DAY, SECOND, Microseconds
from tickiti_server.families.shown_bodies import Attachment, SaidResponse
from tickiti_server.families.ticket_bodies import Number
from tickiti_server.schemas import Time, Written
from tickiti_server.values import Body, Flag, Integer, Item, Positive, trimmed, wrong

MOST_ROWS = 1000
MOST_VALUES = 100
_LIMIT = "The most rows of a page; it has fewer where they are large."
"""Of one filter."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2})?", re.ASCII)
_PLACE = re.compile(r"([^.]{19})(?:\.([0-9]{1,6}))?(?:Z|\+00:00)", re.ASCII)


def _moments(value: object) -> tuple[Microseconds, Microseconds]:
    """Where the day or the second begins, and where the next one does."""
    text = trimmed(value) if isinstance(value, str) else ""
    if _MOMENT.fullmatch(text):
        try:
            begins = datetime.fromisoformat(text).replace(tzinfo=UTC)
            length = DAY if len(text) == 10 else SECOND
            return _microseconds(begins), _microseconds(begins) + length
        except ValueError:
            pass
    raise wrong("must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC")


def _place(value: object) -> Microseconds:
    match = _PLACE.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is not None:
            begins = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
            return _microseconds(begins) + int((match[2] or "0").ljust(6, "0"))
    except ValueError:
        pass
    raise wrong("must be the created_at of a next_cursor")


def _microseconds(moment: datetime) -> Microseconds:
    return int(moment.timestamp()) * SECOND


Moments = Annotated[
    tuple[Microseconds, Microseconds], BeforeValidator(_moments), Written(type="string")
]


class ResponseCursor(Body):
    """Where the page before this one ended."""

    created_at: Annotated[
        Microseconds,
        BeforeValidator(_place),
        Written(type="string"),
        Field(description="As the reply had it, to the microsecond."),
    ]
    id: Annotated[Positive, Field(description="As the reply had it.")]


class QueryResponses(Body):
    created_from: Annotated[
        Moments | None,
        Field(description="A day or a second: said then or later.", examples=["2026-01-01"]),
    ] = None
    created_to: Annotated[
        Moments | None, Field(description="A day or a second: said then or before.")
    ] = None
    is_internal: Annotated[
        Flag | None, Field(description="For staff only, or not; both if left out.")
    ] = None
    staff_response: Annotated[
        Flag | None, Field(description="By staff, or not; both if left out.")
    ] = None
    queue: Annotated[
        list[Item], Field(max_length=MOST_VALUES, description="Names; one of them is enough.")
    ] = Field(default_factory=list)
    queue_id: Annotated[
        list[Positive], Field(max_length=MOST_VALUES, description="Ids; one of them is enough.")
    ] = Field(default_factory=list)
    ticket_number: Annotated[
        list[Number], Field(max_length=MOST_VALUES, description="One of them is enough.")
    ] = Field(default_factory=list)
    include_deleted: Annotated[
        Flag, Field(description="The bundled server deletes none, so it changes nothing.")
    ] = False
    fields: Annotated[
        list[Literal["html", "plain_text", "attachments"]] | None,
        Field(
            max_length=MOST_VALUES,
            description="Which of these a response has; all of them if left out.",
        ),
    ] = None
    limit: Annotated[
        Integer,
        Field(
            ge=1,
            le=MOST_ROWS,
            description="The most rows of a page; fewer where they are large.",
            examples=[200],
        ),
    ] = 200
    cursor: Annotated[
        ResponseCursor | None, Field(description="The next_cursor of the page before this one.")
    ] = None


class ResponseRow(SaidResponse):
    ticket_number: Annotated[int, Field(examples=[220009])]
    html: NotRequired[
        Annotated[str, Field(examples=["<em>At</em> mile 14."], description="As it was sent.")]
    ]
    plain_text: NotRequired[Annotated[str, Field(examples=["At mile 14."])]]
    attachments: NotRequired[Annotated[list[Attachment], Field(examples=[[]])]]


class NextResponses(TypedDict):
    created_at: Time
    id: Annotated[str, Field(examples=["42"])]


class ResponsePage(TypedDict):
    responses: list[ResponseRow]
    next_cursor: Annotated[
        NextResponses | None,
        Field(description="Where the next page begins; null: no more.", examples=[None]),
    ]
