"""What the queue endpoints take and give: the shapes of their bodies and replies."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from tickiti_server.values import Body, Line, Positive

Name = Annotated[
    Line, Field(description="Its name, unique whatever the case.", examples=["Returns"])
]
QueueId = Annotated[Positive, Field(description="The queue's id.", examples=[2])]
OutgoingMailbox = Annotated[
    Positive | None,
    Field(description="The id of the mailbox that its mail leaves from; null: the usual one."),
]


class CreateQueue(Body):
    name: Name
    outgoing_mailbox_id: OutgoingMailbox = None


class UpdateQueue(Body):
    """What is left out stays; null or "" takes the mailbox away."""

    queue_id: QueueId
    name: Annotated[Name | None, Field(examples=["Sales"])] = None
    outgoing_mailbox_id: OutgoingMailbox = None
    clears_mailbox: SkipJsonSchema[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _note_cleared(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        is_cleared = members.get("outgoing_mailbox_id", 0) in ("", None)
        return {**members, "clears_mailbox": is_cleared}


class FindQueue(Body):
    queue_id: Annotated[QueueId, Field(examples=[4])]


class MoveTickets(Body):
    from_queue_id: Annotated[
        Positive, Field(description="The id of the queue to be emptied.", examples=[3])
    ]
    to_queue_id: Annotated[
        Positive, Field(description="The id of the queue that takes its tickets.", examples=[2])
    ]


class Queue(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Sales"])]
    ticket_count: Annotated[int, Field(description="How many lie in it.", examples=[7])]
    outgoing_mailbox_id: Annotated[str | None, Field(examples=[None])]
    built_in: Annotated[
        bool, Field(description="True: it stays, under its name.", examples=[False])
    ]


class Queues(TypedDict):
    queues: list[Queue]


class QueueCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    queue_id: Annotated[str, Field(examples=["4"])]
