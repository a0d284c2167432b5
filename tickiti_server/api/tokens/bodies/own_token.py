"""The shape of a token's own rights: the reply."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.tokens.owner import Owner
from tickiti_server.validation.json_schema import Time


class ShownToken(TypedDict):
    id: Annotated[str, Field(examples=["14"])]
    name: Annotated[str, Field(examples=["sales-portal"])]
    allowed_ip: Annotated[
        str | None,
        Field(description="Where it may be used from; null: from anywhere.", examples=[None]),
    ]
    created_at: Time
    last_used_at: Annotated[Time | None, Field(description="As good as a minute.", examples=[None])]
    expires_at: Annotated[Time | None, Field(examples=[None])]


class OwnerWithRoles(Owner):
    is_staff: Annotated[bool, Field(examples=[True])]
    is_admin: Annotated[bool, Field(examples=[True])]
    is_superuser: Annotated[bool, Field(examples=[True])]
    is_sysadmin: Annotated[bool, Field(examples=[True])]


class FamilyAccess(TypedDict):
    read: Annotated[bool, Field(description="A route that reads is open.", examples=[True])]
    write: Annotated[bool, Field(description="A route that writes is open.", examples=[False])]
    missing: Annotated[
        list[str],
        Field(
            description="Abilities, roles and plan features that routes of the family ask for and "
            "that are not there.",
            examples=[["tickets:write"]],
        ),
    ]


class OwnRights(TypedDict):
    token: ShownToken
    abilities: Annotated[list[str], Field(examples=[["tickets:read"]])]
    owner: OwnerWithRoles
    plan: Annotated[
        dict[str, bool],
        Field(description="The features of the plan.", examples=[{"has_reports": True}]),
    ]
    families: Annotated[
        dict[str, FamilyAccess],
        Field(
            description="What is open, by the family of v1 routes.",
            examples=[{"tickets": {"read": True, "write": False, "missing": ["tickets:write"]}}],
        ),
    ]
