"""The shapes of the system's settings, the licence and the storage: bodies and replies."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Integer

MOST_DAYS = 3650
MOST_MEGABYTES = 1000
MOST_RESPONSES = 1000

Model = Annotated[
    Literal["permissive", "restrictive"],
    Field(
        description="Rights of staff in a new queue: all, or none until granted.",
        examples=["permissive"],
    ),
]
RetentionDays = Annotated[
    Integer,
    Field(
        ge=1,
        le=MOST_DAYS,
        description="Days after which delivered mail is deleted.",
        examples=[365],
    ),
]


class UpdateSystem(Body):
    """Members that are left out keep their values."""

    permissions_model: Model | None = None
    max_attachment_mb: Annotated[
        Annotated[Integer, Field(ge=1, le=MOST_MEGABYTES)] | None,
        Field(
            description="The largest upload in MiB; 25 MiB is the limit above it.", examples=[50]
        ),
    ] = None
    notification_mode: Annotated[
        Literal["full", "link"] | None,
        Field(description="Stored: whether a mail contains the text or a link.", examples=["full"]),
    ] = None
    max_responses_in_mail: Annotated[
        Annotated[Integer, Field(ge=0, le=MOST_RESPONSES)] | None,
        Field(description="Stored: number of earlier responses that a mail quotes.", examples=[10]),
    ] = None
    sent_mail_retention_days: RetentionDays | None = None


class System(TypedDict):
    permissions_model: Annotated[str, Field(examples=["permissive"])]
    max_attachment_mb: Annotated[int, Field(examples=[50])]
    notification_mode: Annotated[str, Field(examples=["full"])]
    max_responses_in_mail: Annotated[int, Field(examples=[10])]
    sent_mail_retention_days: Annotated[int, Field(examples=[365])]


class Licence(TypedDict):
    plan: Annotated[str, Field(examples=["bundled"])]
    features: Annotated[
        dict[str, bool],
        Field(description="The features of the plan.", examples=[{"has_reports": True}]),
    ]
    staff_limit: Annotated[int | None, Field(description="Null: none.", examples=[None])]
    expires_at: Annotated[str | None, Field(description="Null: never.", examples=[None])]
