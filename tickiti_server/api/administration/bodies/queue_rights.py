"""The shapes of queue rights: bodies and a member of users."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body, Flag, Positive

UserId = Annotated[Positive, Field(description="The user's id.", examples=[2])]
QueueId = Annotated[Positive, Field(description="The queue's id.", examples=[1])]


class FindQueueRights(Body):
    user: UserId
    queue: QueueId


class SetQueueRights(FindQueueRights):
    """Members that are left out keep their values; a new row of rights begins with false."""

    can_view: Annotated[
        Flag | None, Field(description="May view and answer its tickets.", examples=[True])
    ] = None
    can_manage: Annotated[
        Flag | None, Field(description="May change its tickets.", examples=[True])
    ] = None
    can_delete: Annotated[
        Flag | None, Field(description="May delete its tickets.", examples=[False])
    ] = None
    treat_as_inbox: Annotated[
        Flag | None, Field(description="Stored; no effect on the bundled server.")
    ] = None
    receive_inbox_errors: Annotated[
        Flag | None, Field(description="Stored; no effect on the bundled server.")
    ] = None


class QueueRights(TypedDict):
    queue_id: Annotated[str, Field(examples=["1"])]
    can_view: Annotated[bool, Field(examples=[True])]
    can_manage: Annotated[bool, Field(examples=[True])]
    can_delete: Annotated[bool, Field(examples=[False])]
    treat_as_inbox: Annotated[bool, Field(examples=[False])]
    receive_inbox_errors: Annotated[bool, Field(examples=[False])]
