"""The shapes of the vendor's token management: bodies and replies."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.api.tokens.bodies.tokens import Abilities, AllowedIp
from tickiti_server.api.tokens.owner import Owner
from tickiti_server.auth.authenticate import SYSTEM_PERSON
from tickiti_server.validation.fields import Body, ClearingBody, Integer, Line, Positive, trimmed
from tickiti_server.validation.json_schema import BLANK, DIGITS, Time, Written

SYSTEM = "system"
"""The word for the built-in system user as an owner."""


def _system_id(value: object) -> object:
    return SYSTEM_PERSON if isinstance(value, str) and trimmed(value) == SYSTEM else value


_SYSTEM_PATTERN = BLANK.replace("*$", f"*{SYSTEM}") + BLANK.removeprefix("^")

OwnerId = Annotated[
    Integer,
    BeforeValidator(_system_id),
    Field(
        ge=1,
        description="Owner: `system`, or the id of a staff user.",
        examples=[SYSTEM],
    ),
    Written(pattern=f"{DIGITS}|{_SYSTEM_PATTERN}"),
]
Name = Annotated[Line, Field(description="The token's name.", examples=["sales-portal"])]
TokenId = Annotated[
    Positive, Field(description="A token's id: the number before the bar.", examples=[14])
]


class CreateApiToken(Body):
    name: Name
    owner: OwnerId
    abilities: Annotated[Abilities, Field(examples=[["tickets:read", "tickets:write"]])]
    allowed_ip: Annotated[AllowedIp | None, Field(examples=["127.0.0.0/8"])] = None


class UpdateApiToken(ClearingBody):
    """Members that are left out keep their values."""

    CLEARS = frozenset({"allowed_ip"})

    id: TokenId
    name: Name | None = None
    abilities: Annotated[Abilities | None, Field(examples=[["tickets:read"]])] = None
    allowed_ip: Annotated[
        AllowedIp | None,
        Field(
            description="IP addresses or CIDR blocks it may be used from, separated by commas; "
            "null: any.",
            examples=["127.0.0.0/8"],
        ),
    ] = None


class FindApiToken(Body):
    id: TokenId


class ApiToken(TypedDict):
    id: Annotated[str, Field(examples=["14"])]
    name: Annotated[str, Field(examples=["sales-portal"])]
    owner: Owner
    abilities: Annotated[list[str], Field(examples=[["tickets:read", "tickets:write"]])]
    allowed_ip: Annotated[
        str | None,
        Field(description="Addresses it may be used from; null: any.", examples=[None]),
    ]
    created_at: Time
    last_used_at: Annotated[
        Time | None, Field(description="With one-minute resolution.", examples=[None])
    ]
    expires_at: Annotated[Time | None, Field(examples=[None])]


class ApiTokens(TypedDict):
    tokens: list[ApiToken]
    grantable_abilities: Annotated[
        list[str],
        Field(
            description="Abilities you may grant: those of your token, with `read` for `write`.",
            examples=[["tickets:read", "tickets:write"]],
        ),
    ]


class CreatedApiToken(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    id: Annotated[str, Field(examples=["14"])]
    token: Annotated[
        str,
        Field(
            description="The token itself; shown only once.",
            examples=["14|tkt_2vN8qYx4Kc0RrJb7WmZtL5pHs9FgDe3AuXiQoP1yf8c2a91d"],
        ),
    ]
