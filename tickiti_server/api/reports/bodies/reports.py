"""The shapes of reports: a range of days, queues, and rows of counts."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from typing_extensions import TypedDict

from tickiti_server.api.workflow.bodies.queues import NamedQueue
from tickiti_server.validation.fields import Body, Day, Positive, wrong
from tickiti_server.validation.json_schema import DIGITS, Written

GROUPINGS = ("day", "week", "month")
MOST_QUEUES = 100


def _same(name: str, other: date | None, info: ValidationInfo) -> date | None:
    if other is not None and info.data.get(name) not in (None, other):
        raise wrong(f"differs from {name}; send one of them")
    return other


def _same_from(day: date | None, info: ValidationInfo) -> date | None:
    return _same("date_from", day, info)


def _same_to(day: date | None, info: ValidationInfo) -> date | None:
    return _same("date_to", day, info)


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


class Report(Body):
    """A range of days in UTC, and queues."""

    date_from: Annotated[
        Day | None,
        Field(
            description="First day, UTC; by default the range has 30 days.",
            examples=["2026-05-01"],
        ),
    ] = None
    date_to: Annotated[
        Day | None,
        Field(description="Last day, UTC; today if omitted.", examples=["2026-05-31"]),
    ] = None
    from_: Annotated[
        Day | None,
        AfterValidator(_same_from),
        Field(alias="from", description="Alias of date_from."),
    ] = None
    to: Annotated[
        Day | None,
        AfterValidator(_same_to),
        Field(description="Alias of date_to."),
    ] = None
    queue_id: Annotated[
        list[Positive],
        BeforeValidator(_as_list),
        Field(
            max_length=MOST_QUEUES,
            description="A queue or a list of queues; all queues if omitted.",
        ),
        Written(type=["array", "integer", "string"], pattern=DIGITS, minimum=1),
    ] = Field(default_factory=list)

    @property
    def first(self) -> date | None:
        return self.date_from or self.from_

    @property
    def last(self) -> date | None:
        return self.date_to or self.to


class GroupedReport(Report):
    group_by: Annotated[
        Literal["day", "week", "month"],
        Field(description="Length of the periods; weeks start on Monday."),
    ] = "day"


class ReportMeta(TypedDict):
    queues: list[NamedQueue]
    group_by: Annotated[Sequence[str], Field(examples=[[*GROUPINGS]])]


DateFrom = Annotated[str, Field(description="The first day.", examples=["2026-05-01"])]
DateTo = Annotated[str, Field(description="The last day.", examples=["2026-05-31"])]
Grouping = Annotated[str, Field(description="Length of the periods.", examples=["day"])]
Period = Annotated[
    str,
    Field(
        description="A day as 2026-05-01, a week as 2026-W18, a month as 2026-05. Only the days of "
        "the range count.",
        examples=["2026-05-01"],
    ),
]


class Volume(TypedDict):
    period: Period
    created: Annotated[int, Field(description="Tickets opened.", examples=[12])]
    closed: Annotated[
        int, Field(description="Tickets closed and not reopened since.", examples=[9])
    ]
    responses: Annotated[
        int, Field(description="All responses, including internal notes.", examples=[31])
    ]


class Volumes(TypedDict):
    date_from: DateFrom
    date_to: DateTo
    group_by: Grouping
    rows: list[Volume]


class ResponseTime(TypedDict):
    period: Period
    tickets: Annotated[int, Field(description="Tickets opened.", examples=[12])]
    answered: Annotated[
        int, Field(description="Tickets with a public response by staff.", examples=[11])
    ]
    first_response_minutes_median: Annotated[
        float | None, Field(description="Null: no ticket was answered.", examples=[42.5])
    ]
    first_response_minutes_mean: Annotated[
        float | None, Field(description="Null: no ticket was answered.", examples=[63.25])
    ]


class ResponseTimes(TypedDict):
    date_from: DateFrom
    date_to: DateTo
    group_by: Grouping
    rows: list[ResponseTime]


class ResolutionCount(TypedDict):
    resolution_id: Annotated[
        str | None, Field(description="Null: closed without a resolution.", examples=["1"])
    ]
    name: Annotated[str | None, Field(examples=["Refunded"])]
    tickets: Annotated[int, Field(examples=[4])]


class ResolutionCounts(TypedDict):
    date_from: DateFrom
    date_to: DateTo
    rows: list[ResolutionCount]


class AgentActivity(TypedDict):
    user_id: Annotated[str, Field(examples=["7"])]
    name: Annotated[str | None, Field(examples=["Anna"])]
    email: Annotated[str, Field(examples=["anna@sole-trader.example"])]
    responses: Annotated[int, Field(description="Public responses.", examples=[23])]
    notes: Annotated[int, Field(description="Internal notes.", examples=[5])]
    tickets: Annotated[int, Field(description="Tickets with these responses.", examples=[14])]
    closed: Annotated[
        int,
        Field(description="Tickets closed by this agent and not reopened since.", examples=[8]),
    ]


class AgentActivities(TypedDict):
    date_from: DateFrom
    date_to: DateTo
    rows: list[AgentActivity]
