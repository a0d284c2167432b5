"""The shapes of background jobs: bodies and replies."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Item, wrong
from tickiti_server.validation.json_schema import Time, Written

MOST_JOBS = 1000
"""Jobs of one request."""

_EXAMPLE = "mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"


def _job_id(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise wrong("must be the id of a job")
    return value


JobId = Annotated[Item, BeforeValidator(_job_id), Written(type=["string", "integer"])]


class NameJobs(Body):
    job_ids: Annotated[
        list[JobId],
        Field(
            max_length=MOST_JOBS,
            description="Job ids; unknown ids are skipped.",
            examples=[[_EXAMPLE]],
        ),
    ]


class QueuedJob(TypedDict):
    id: Annotated[str, Field(examples=[_EXAMPLE])]
    queue: Annotated[str, Field(description="mail or callbacks.", examples=["mail"])]
    name: Annotated[str, Field(examples=["email to marcus@trailblazers-club.example"])]
    attempts: Annotated[int, Field(examples=[1])]
    created_at: Time
    next_at: Time


class FailedJob(TypedDict):
    id: Annotated[str, Field(examples=[_EXAMPLE])]
    queue: Annotated[str, Field(description="mail or callbacks.", examples=["mail"])]
    name: Annotated[str, Field(examples=["email to marcus@trailblazers-club.example"])]
    attempts: Annotated[int, Field(examples=[9])]
    failed_at: Time
    error: Annotated[str | None, Field(examples=["550 No such user."])]


class Jobs(TypedDict):
    queued: Annotated[list[QueuedJob], Field(description="At most 1,000, the oldest first.")]
    failed: Annotated[list[FailedJob], Field(description="At most 1,000, the newest first.")]


class JobsChanged(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    count: Annotated[int, Field(description="Number of changed jobs.", examples=[1])]
