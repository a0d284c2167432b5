"""The shapes of users: bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.administration.bodies.queue_rights import QueueRights, UserId
from tickiti_server.validation.fields import Address, Body, Flag, Line

Staff = Annotated[Flag, Field(description="Whether the user is staff.", examples=[True])]
Admin = Annotated[
    Flag,
    Field(description="Whether the user is an admin; admins are staff, too.", examples=[False]),
]
Tonic = Annotated[
    Flag,
    Field(description="Stored; the bundled server sends no such notifications.", examples=[False]),
]
Superuser = Annotated[
    Flag | None, Field(description="Bundled server only; only a superuser can change it.")
]
Sysadmin = Annotated[
    Flag | None, Field(description="Bundled server only; only a sysadmin can change it.")
]

ApiUser = Annotated[
    Flag | None,
    Field(description="Bundled server only: an API account, exempt from queue rights."),
]


class CreateUser(Body):
    name: Annotated[Line, Field(description="The user's name.", examples=["Erin Vale"])]
    email: Annotated[
        Address,
        Field(
            description="The address of a customer turns the customer into a user.",
            examples=["erin@sole-trader.example"],
        ),
    ]
    is_staff: Staff
    is_admin: Admin
    tonic_notifications: Tonic
    is_superuser: Superuser = None
    is_sysadmin: Sysadmin = None
    is_api_user: ApiUser = None


class UpdateUser(Body):
    user: UserId
    is_staff: Staff
    is_admin: Admin
    tonic_notifications: Tonic
    is_superuser: Superuser = None
    is_sysadmin: Sysadmin = None
    is_api_user: ApiUser = None


class User(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Erin Vale"])]
    email: Annotated[str, Field(examples=["erin@sole-trader.example"])]
    is_staff: Annotated[bool, Field(examples=[True])]
    is_admin: Annotated[bool, Field(examples=[False])]
    is_superuser: Annotated[bool, Field(description="Bundled server only.", examples=[False])]
    is_sysadmin: Annotated[bool, Field(description="Bundled server only.", examples=[False])]
    tonic_notifications: Annotated[bool, Field(examples=[False])]
    is_api_user: Annotated[bool, Field(description="Bundled server only.", examples=[False])]
    queues: Annotated[list[QueueRights], Field(description="Rights of the user, by queue.")]


class Users(TypedDict):
    users: list[User]


class CreatedUser(Users):
    user_id: Annotated[str, Field(description="Id of the new user.", examples=["2"])]
