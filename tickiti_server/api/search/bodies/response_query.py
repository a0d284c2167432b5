"""The shapes of tickets/responses/query: its body, its pages and its counts."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from typing_extensions import TypedDict

from tickiti_cli.contract.endpoint import MOST_ROWS
from tickiti_server.api.tickets.bodies import show
from tickiti_server.api.tickets.bodies.create import Number
from tickiti_server.clock import DAY, SECOND, Microseconds
from tickiti_server.validation.fields import (
    Address,
    Body,
    Flag,
    Integer,
    Item,
    Positive,
    trimmed,
    wrong,
)
from tickiti_server.validation.json_schema import Time, Written

MOST_VALUES = 100
"""Values of one filter."""

IDS = ("id", "response_id")
"""The members that every row has."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2})?", re.ASCII)
_PLACE = re.compile(r"([^.]{19})(?:\.([0-9]{1,6}))?(?:Z|\+00:00)?", re.ASCII)


def _moments(value: object) -> tuple[Microseconds, Microseconds]:
    """The beginning of the day or the second, and the beginning of the next one."""
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
    """The position at which the previous page ended."""

    created_at: Annotated[
        Microseconds,
        BeforeValidator(_place),
        Written(type="string"),
        Field(description="Value from the reply, or YYYY-MM-DD HH:MM:SS in UTC."),
    ]
    id: Annotated[Positive, Field(description="Value from the reply.")]


Member = Literal[
    "html",
    "plain_text",
    "attachments",
    "id",
    "response_id",
    "ticket_number",
    "is_internal",
    "is_pinned",
    "staff_response",
    "created_by_email",
    "created_at",
    "updated_at",
    "is_email_sourced",
    "body_chars",
    "audit",
    "is_audit_only",
    "deleted_at",
]
Grouping = Literal[
    "ticket_number", "created_by_email", "queue", "is_internal", "staff_response", "day"
]


def _not_counted(grouping: str | None, info: ValidationInfo) -> str | None:
    if grouping is not None and info.data.get("count_only"):
        raise wrong("contradicts count_only; send one of them")
    return grouping


class QueryResponses(Body):
    """Filters of responses, all of which must hold."""

    created_from: Annotated[
        Moments | None,
        Field(description="Created at or after this day or second, UTC.", examples=["2026-01-01"]),
    ] = None
    created_to: Annotated[
        Moments | None, Field(description="Created at or before this day or second, UTC.")
    ] = None
    is_internal: Annotated[
        Flag | None, Field(description="Internal notes or public responses; both if omitted.")
    ] = None
    staff_response: Annotated[
        Flag | None, Field(description="By staff or by others; both if omitted.")
    ] = None
    has_attachments: Annotated[
        Flag | None, Field(description="With or without attachments; both if omitted.")
    ] = None
    is_empty: Annotated[
        Flag | None, Field(description="Without or with text; both if omitted.")
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
    response_id: Annotated[
        list[Positive], Field(max_length=MOST_VALUES, description="One of them is enough.")
    ] = Field(default_factory=list)
    created_by_email: Annotated[
        Address | None, Field(description="Author's e-mail address; all authors if omitted.")
    ] = None
    include_deleted: Annotated[
        Flag,
        Field(
            description="Whether to include deleted responses and responses of deleted tickets; "
            "rows then have deleted_at."
        ),
    ] = False
    fields: Annotated[
        list[Member] | None,
        Field(
            max_length=MOST_VALUES,
            description="Fields of the rows. html, plain_text and attachments add to the fields "
            "that every row has; if another field is named, a row has exactly the named fields "
            "and its ids. All fields if omitted.",
        ),
    ] = None
    metadata_only: Annotated[Flag, Field(description="Omit html, plain_text and attachments.")] = (
        False
    )
    count_only: Annotated[Flag, Field(description="Return only the number of responses.")] = False
    group_by: Annotated[
        Grouping | None,
        AfterValidator(_not_counted),
        Field(description="Return the number of responses per value; days in UTC."),
    ] = None
    limit: Annotated[
        Integer,
        Field(
            ge=1,
            le=MOST_ROWS,
            description="Maximum rows per page; fewer if rows are large.",
            examples=[200],
        ),
    ] = 200
    cursor: Annotated[
        ResponseCursor | None, Field(description="The next_cursor of the previous page.")
    ] = None

    @property
    def large(self) -> Collection[str]:
        """The large members that a row has."""
        if self.metadata_only:
            return ()
        return show.LARGE if self.fields is None else set(self.fields).intersection(show.LARGE)

    @property
    def exact(self) -> Collection[str] | None:
        """The members that a row has where the request names metadata; None for all metadata."""
        if self.fields is None or not set(self.fields).difference(show.LARGE):
            return None
        return {*IDS, *self.fields}


class ResponseRow(TypedDict):
    """A response, with the members that the request asks for. Its ids always come."""

    id: show.Id
    response_id: Annotated[str, Field(description="The same as id.", examples=["1"])]
    ticket_number: NotRequired[Annotated[int, Field(examples=[220009])]]
    is_internal: NotRequired[show.IsInternal]
    is_pinned: NotRequired[show.IsPinned]
    staff_response: NotRequired[show.StaffResponse]
    created_by_email: NotRequired[show.CreatedByEmail]
    created_at: NotRequired[Time]
    updated_at: NotRequired[Time]
    is_email_sourced: NotRequired[show.IsEmailSourced]
    body_chars: NotRequired[show.BodyChars]
    audit: NotRequired[show.Audit]
    is_audit_only: NotRequired[show.IsAuditOnly]
    deleted_at: NotRequired[
        Annotated[
            str | None,
            Field(description="Only with include_deleted; null: not deleted.", examples=[None]),
        ]
    ]
    html: NotRequired[show.Html]
    plain_text: NotRequired[show.PlainText]
    attachments: NotRequired[show.Attachments]


class NextResponses(TypedDict):
    created_at: Time
    id: Annotated[int, Field(examples=[42])]


class ResponsePage(TypedDict):
    responses: list[ResponseRow]
    next_cursor: Annotated[
        NextResponses | None,
        Field(description="Cursor of the next page; null: last page.", examples=[None]),
    ]


class ResponseCount(TypedDict):
    count: Annotated[int, Field(description="Number of responses.", examples=[42])]


class ResponseGroup(TypedDict):
    value: Annotated[
        str | int | bool, Field(description="A value of group_by.", examples=["Sales"])
    ]
    count: Annotated[int, Field(examples=[42])]


class ResponseGroups(TypedDict):
    count: Annotated[int, Field(description="Total number of responses.", examples=[42])]
    groups: list[ResponseGroup]
