"""The shapes of staff.act: its body and its reply."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import Priority, TicketStatus
from tickiti_server.api.search.search_modes import BadToken, priority_of
from tickiti_server.api.settings.bodies.hashtags import Tag
from tickiti_server.api.tickets.bodies.create import Number
from tickiti_server.validation.fields import Address, Body, Flag, Positive, wrong
from tickiti_server.validation.json_schema import Written

MOST_TAGS = 50


ACTIONS = ("close", "reopen", "assign", "priority", "hashtags", "remove_hashtags", "watchlist")


def _priority_number(value: object) -> object:
    try:
        return priority_of(str(value).strip())
    except BadToken as rule:
        raise wrong(str(rule)) from None


PriorityWord = Annotated[
    int,
    BeforeValidator(_priority_number),
    Written(type=["string", "integer"]),
]


class Act(Body):
    """At least one action."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [action]} for action in ACTIONS]}
    )

    ticket_number: Number
    close: Annotated[Flag, Field(description="True: close the ticket; ends a hold.")] = False
    reopen: Annotated[Flag, Field(description="True: open the ticket; ends a hold.")] = False
    assign: Annotated[Address | None, Field(description="E-mail address of the new assignee.")] = (
        None
    )
    priority: Annotated[
        PriorityWord | None,
        Field(description="low, normal, high or urgent, or its number.", examples=["high"]),
    ] = None
    hashtags: Annotated[
        list[Tag],
        Field(
            max_length=MOST_TAGS,
            description="Hashtags to add.",
            examples=[["vip"]],
        ),
    ] = Field(default_factory=list)
    remove_hashtags: Annotated[
        list[Tag],
        Field(max_length=MOST_TAGS, description="Hashtags to remove."),
    ] = Field(default_factory=list)
    watchlist: Annotated[
        Positive | None, Field(description="Id of a watchlist to add the ticket to.")
    ] = None


class Acted(TypedDict):
    """The ticket as it is now."""

    ticket_id: Annotated[int, Field(examples=[1])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    status: Annotated[TicketStatus, Field(examples=["open"])]
    priority: Annotated[
        Priority,
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=[30]),
    ]
    assigned_to_email: Annotated[str | None, Field(examples=[None])]
    on_hold_until: Annotated[
        str | None, Field(description="Day on which the ticket reopens.", examples=[None])
    ]
    hashtags: Annotated[list[str], Field(examples=[["vip"]])]
    watchlists: Annotated[
        list[int],
        Field(
            description="Ids of the watchlists visible to you that contain the ticket.",
            examples=[[]],
        ),
    ]
