"""The shapes of queues: bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Flag, Line, Positive, UpdateBody

Name = Annotated[
    Line, Field(description="Its name, unique whatever the case.", examples=["Returns"])
]
QueueId = Annotated[Positive, Field(description="The queue's id.", examples=[2])]
OutgoingMailbox = Annotated[
    Positive | None,
    Field(description="The id of the mailbox that its mail leaves from; null: the usual one."),
]
TrackResolutions = Annotated[
    Flag,
    Field(
        description="True: its tickets are closed under a resolution category.", examples=[False]
    ),
]
IsParked = Annotated[
    Flag, Field(description="Kept; the bundled server parks no tickets.", examples=[False])
]
ReleaseQueue = Annotated[
    Positive | None,
    Field(description="The id of the queue that parked tickets go to; kept without effect."),
]
ContentType = Annotated[
    Line | None,
    Field(description="Any word; kept without effect.", examples=["text/html"]),
]


class CreateQueue(Body):
    name: Name
    outgoing_mailbox_id: OutgoingMailbox = None
    track_resolutions: TrackResolutions = False
    is_parked: IsParked = False
    release_queue_id: ReleaseQueue = None
    content_type: ContentType = None


class UpdateQueue(UpdateBody):
    """Members that are left out keep their values; null or "" removes an id or the content
    type."""

    CLEARS = frozenset({"outgoing_mailbox_id", "release_queue_id", "content_type"})

    queue_id: QueueId
    name: Annotated[Name | None, Field(examples=["Sales"])] = None
    outgoing_mailbox_id: OutgoingMailbox = None
    track_resolutions: TrackResolutions | None = None
    is_parked: IsParked | None = None
    release_queue_id: ReleaseQueue = None
    content_type: ContentType = None


class FindQueue(Body):
    queue_id: Annotated[QueueId, Field(examples=[4])]


class MoveTickets(Body):
    from_queue_id: Annotated[
        Positive, Field(description="The id of the queue to be emptied.", examples=[3])
    ]
    to_queue_id: Annotated[
        Positive, Field(description="The id of the queue that takes its tickets.", examples=[2])
    ]


class NamedQueue(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Sales"])]


class Queue(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Sales"])]
    ticket_count: Annotated[int, Field(description="Number of tickets in the queue.", examples=[7])]
    outgoing_mailbox_id: Annotated[str | None, Field(examples=[None])]
    built_in: Annotated[
        bool, Field(description="True: it stays, under its name.", examples=[False])
    ]
    track_resolutions: Annotated[bool, Field(examples=[False])]
    is_parked: Annotated[bool, Field(examples=[False])]
    release_queue_id: Annotated[str | None, Field(examples=[None])]
    content_type: Annotated[str | None, Field(examples=[None])]


class Queues(TypedDict):
    queues: list[Queue]


class QueueCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    queue_id: Annotated[str, Field(examples=["4"])]
