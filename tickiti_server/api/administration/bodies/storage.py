"""The shapes of the storage: bodies and a reply."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.administration.bodies.system import MOST_DAYS, RetentionDays
from tickiti_server.validation.fields import Body, Integer


class SetRetention(Body):
    sent_mail_retention_days: RetentionDays


class DeleteClosed(Body):
    older_than_days: Annotated[
        Integer,
        Field(
            ge=1,
            le=10 * MOST_DAYS,
            description="Days since the last change of a closed ticket.",
            examples=[730],
        ),
    ]


class Deleted(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    deleted: Annotated[int, Field(description="Number of tickets.", examples=[0])]
