"""What the administration of users is asked and what it answers: bodies and replies."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.values import Address, Body, Flag, Line, Positive

Staff = Annotated[Flag, Field(description="Whether the user is staff.", examples=[True])]
Admin = Annotated[
    Flag, Field(description="Whether the user is an admin: staff alone can be.", examples=[False])
]
Tonic = Annotated[
    Flag, Field(description="Kept; the bundled server sends no such notes.", examples=[False])
]
Superuser = Annotated[
    Flag | None, Field(description="The bundled server's own: only a superuser can change it.")
]
Sysadmin = Annotated[
    Flag | None, Field(description="The bundled server's own: only a sysadmin can change it.")
]


class CreateUser(Body):
    name: Annotated[Line, Field(description="The user's name.", examples=["Erin Vale"])]
    email: Annotated[
        Address,
        Field(
            description="A customer's address makes that customer a user.",
            examples=["erin@sole-trader.example"],
        ),
    ]
    is_staff: Staff
    is_admin: Admin
    tonic_notifications: Tonic
    is_superuser: Superuser = None
    is_sysadmin: Sysadmin = None


class UpdateUser(Body):
    user: Annotated[Positive, Field(description="The user's id.", examples=[2])]
    is_staff: Staff
    is_admin: Admin
    tonic_notifications: Tonic
    is_superuser: Superuser = None
    is_sysadmin: Sysadmin = None


class User(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["Erin Vale"])]
    email: Annotated[str, Field(examples=["erin@sole-trader.example"])]
    is_staff: Annotated[bool, Field(examples=[True])]
    is_admin: Annotated[bool, Field(examples=[False])]
    is_superuser: Annotated[bool, Field(description="The bundled server's own.", examples=[False])]
    is_sysadmin: Annotated[bool, Field(description="The bundled server's own.", examples=[False])]
    tonic_notifications: Annotated[bool, Field(examples=[False])]


class Users(TypedDict):
    users: list[User]


class CreatedUser(Users):
    user_id: Annotated[str, Field(description="The new one's.", examples=["2"])]
