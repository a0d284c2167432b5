"""The owner of a token: the user it acts for."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.call import Call
from tickiti_server.auth.authenticate import SYSTEM_PERSON
from tickiti_server.store.helpdesk import people
from tickiti_server.store.interface import Row

SYSTEM_NAME = "System"
"""The name that the built-in system user is shown with."""


class Owner(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=[SYSTEM_NAME])]
    email: Annotated[str, Field(examples=["system@localhost"])]
    is_system: Annotated[bool, Field(description="The built-in system user.", examples=[True])]


def person_of(call: Call, person_id: int | None) -> Row:
    """The person that a token acts for. None is the system user."""
    return people.get_person(call.tx, SYSTEM_PERSON if person_id is None else person_id)


def owner_of(person: Row) -> Owner:
    """The owner as replies show it."""
    is_system = person["id"] == SYSTEM_PERSON
    return {
        "id": str(person["id"]),
        "name": person["name"] or (SYSTEM_NAME if is_system else ""),
        "email": person["email"],
        "is_system": is_system,
    }
