"""The shapes of the business hours: what a request changes and what the list of rules shows."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Flag, Integer

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MIDNIGHT = 24 * 60
"""Minutes of a day: the last end that a day can have."""


class HoursMode(StrEnum):
    """Which members count: the same hours for every day, hours for each day, or all hours."""

    SIMPLE = "simple"
    PER_DAY = "per_day"
    ALWAYS = "always"


Mode = Annotated[
    HoursMode,
    Field(
        description="simple: the same hours on every enabled day; per_day; always.",
        examples=["simple"],
    ),
]
Enabled = Annotated[Flag, Field(description="Whether the day is worked.", examples=[True])]
Minute = Annotated[
    Integer, Field(ge=0, le=MIDNIGHT, description="Minutes after midnight.", examples=[540])
]
End = Annotated[
    Integer, Field(ge=0, le=MIDNIGHT, description="Minutes after midnight.", examples=[1020])
]


class UpdateBusinessHours(Body):
    """Members that are left out keep their values."""

    mode: Mode | None = None
    mon_enabled: Enabled | None = None
    tue_enabled: Enabled | None = None
    wed_enabled: Enabled | None = None
    thu_enabled: Enabled | None = None
    fri_enabled: Enabled | None = None
    sat_enabled: Enabled | None = None
    sun_enabled: Enabled | None = None
    simple_start: Minute | None = None
    simple_end: End | None = None
    mon_start: Minute | None = None
    mon_end: End | None = None
    tue_start: Minute | None = None
    tue_end: End | None = None
    wed_start: Minute | None = None
    wed_end: End | None = None
    thu_start: Minute | None = None
    thu_end: End | None = None
    fri_start: Minute | None = None
    fri_end: End | None = None
    sat_start: Minute | None = None
    sat_end: End | None = None
    sun_start: Minute | None = None
    sun_end: End | None = None


class BusinessHours(TypedDict):
    """Members as an update takes them, those of the other modes included."""

    mode: Annotated[str, Field(examples=["simple"])]
    mon_enabled: Annotated[bool, Field(examples=[True])]
    tue_enabled: Annotated[bool, Field(examples=[True])]
    wed_enabled: Annotated[bool, Field(examples=[True])]
    thu_enabled: Annotated[bool, Field(examples=[True])]
    fri_enabled: Annotated[bool, Field(examples=[True])]
    sat_enabled: Annotated[bool, Field(examples=[False])]
    sun_enabled: Annotated[bool, Field(examples=[False])]
    simple_start: Annotated[int, Field(examples=[540])]
    simple_end: Annotated[int, Field(examples=[1020])]
    mon_start: Annotated[int, Field(examples=[540])]
    mon_end: Annotated[int, Field(examples=[1020])]
    tue_start: Annotated[int, Field(examples=[540])]
    tue_end: Annotated[int, Field(examples=[1020])]
    wed_start: Annotated[int, Field(examples=[540])]
    wed_end: Annotated[int, Field(examples=[1020])]
    thu_start: Annotated[int, Field(examples=[540])]
    thu_end: Annotated[int, Field(examples=[1020])]
    fri_start: Annotated[int, Field(examples=[540])]
    fri_end: Annotated[int, Field(examples=[1020])]
    sat_start: Annotated[int, Field(examples=[540])]
    sat_end: Annotated[int, Field(examples=[1020])]
    sun_start: Annotated[int, Field(examples=[540])]
    sun_end: Annotated[int, Field(examples=[1020])]
