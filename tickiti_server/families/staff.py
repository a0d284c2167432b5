"""What staff do with a ticket: close it, open it again, give it to somebody, mark it.

The rule of this file: everything that is asked of one ticket is done, or nothing.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from tickiti_cli.contract import staff as contract
from tickiti_cli.contract.errors import TicketNotFound, ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families import watchlists
from tickiti_server.families.hashtags import Tag
from tickiti_server.families.search_modes import BadToken, priority_of
from tickiti_server.families.ticket_bodies import Number
from tickiti_server.handlers import handles
from tickiti_server.schemas import Written
from tickiti_server.store import hashtags, people
from tickiti_server.store import tickets as stored
from tickiti_server.store import watchlists as stored_watchlists
from tickiti_server.store.database import Row
from tickiti_server.values import Address, Body, Flag, Positive, wrong

MOST_TAGS = 50

ACTIONS = ("close", "reopen", "assign", "priority", "hashtags", "watchlist")


def _priority(value: object) -> object:
    try:
        return priority_of(str(value).strip())
    except BadToken as rule:
        raise wrong(str(rule)) from None


Priority = Annotated[
    int,
    BeforeValidator(_priority),
    Written(type=["string", "integer"]),
]


class Act(Body):
    """At least one action."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [action]} for action in ACTIONS]}
    )

    ticket_number: Number
    close: Annotated[Flag, Field(description="True: close it; a hold ends.")] = False
    reopen: Annotated[Flag, Field(description="True: open it; a hold ends.")] = False
    assign: Annotated[
        Address | None, Field(description="The address of the member of staff who gets it.")
    ] = None
    priority: Annotated[
        Priority | None,
        Field(description="low, normal, high or urgent, or its number.", examples=["high"]),
    ] = None
    hashtags: Annotated[
        list[Tag],
        Field(
            max_length=MOST_TAGS,
            description="Hashtags it gets beside those it has.",
            examples=[["vip"]],
        ),
    ] = Field(default_factory=list)
    watchlist: Annotated[
        Positive | None, Field(description="The id of a watchlist it is put on.")
    ] = None


class Acted(TypedDict):
    """The ticket as it is now."""

    ticket_id: Annotated[int, Field(examples=[1])]
    ticket_number: Annotated[int, Field(examples=[220009])]
    status: Annotated[Literal["open", "on-hold", "closed"], Field(examples=["open"])]
    priority: Annotated[
        Literal[10, 20, 30, 40],
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=[30]),
    ]
    assigned_to_email: Annotated[str | None, Field(examples=[None])]
    on_hold_until: Annotated[
        str | None, Field(description="The day on which it opens again.", examples=[None])
    ]
    hashtags: Annotated[list[str], Field(examples=[["vip"]])]
    watchlists: Annotated[
        list[int], Field(description="Ids of the watchlists that you see it on.", examples=[[]])
    ]


@handles(contract.act, refuses=(TicketNotFound,))
def act(call: Call, body: Act) -> Acted:
    """Do what staff do in the vendor's interface.

    Closes a ticket or opens it, assigns it, sets its priority, marks and watches it.
    """
    _check_actions(body)
    ticket = _found(call, body.ticket_number)
    if body.close or body.reopen:
        status = "closed" if body.close else "open"
        if ticket["status"] != status:
            stored.set_status(
                call.tx, ticket["id"], status=status, on_hold_until=None, now=call.now
            )
    columns: dict[str, Any] = {}
    if body.assign is not None:
        columns["assigned_to"] = _staff(call, body.assign)
    if body.priority is not None:
        columns["priority"] = body.priority
    for tag in body.hashtags:
        hashtags.add(call.tx, ticket["id"], tag)
    if columns or body.hashtags:
        stored.change(call.tx, ticket["id"], columns, now=call.now)
    if body.watchlist is not None:
        watchlist = watchlists.found(call, body.watchlist, field="watchlist")
        stored_watchlists.add(call.tx, watchlist["id"], ticket["id"])
    return _acted(call, _found(call, body.ticket_number))


def _check_actions(body: Act) -> None:
    if body.close and body.reopen:
        sentence = "The reopen field contradicts close; send one of them."
        raise ValidationFailed(sentence, errors={"reopen": [sentence]})
    if not any(getattr(body, action) for action in ACTIONS):
        sentence = f"Say what to do: one of {', '.join(ACTIONS)} is required."
        raise ValidationFailed(sentence, errors={"body": [sentence]})


def _found(call: Call, number: int) -> Row:
    ticket = stored.find(call.tx, number)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


def _staff(call: Call, email: str) -> int:
    """The id of a member of staff."""
    person = people.find(call.tx, email)
    if person is None or not person["is_staff"]:
        sentence = f"There is no member of staff '{email}'."
        raise ValidationFailed(sentence, errors={"assign": [sentence]})
    return int(person["id"])


def _acted(call: Call, ticket: Row) -> Acted:
    return {
        "ticket_id": ticket["id"],
        "ticket_number": ticket["number"],
        "status": ticket["status"],
        "priority": ticket["priority"],
        "assigned_to_email": ticket["assigned_to_email"],
        "on_hold_until": ticket["on_hold_until"],
        "hashtags": hashtags.of_ticket(call.tx, ticket["id"]),
        "watchlists": stored_watchlists.of_ticket(call.tx, ticket["id"], call.caller.person_id),
    }
