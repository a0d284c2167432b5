"""The shapes of token management: bodies and replies."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.endpoint import Ability
from tickiti_server.auth.allowed_ip import networks_of
from tickiti_server.auth.token import Status
from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.validation.fields import (
    MOST_LINE,
    Address,
    Body,
    ClearingBody,
    Flag,
    Integer,
    Line,
    Positive,
    trimmed,
    wrong,
)
from tickiti_server.validation.json_schema import LINE, Time, Written

MOST_OVERLAP_SECONDS = 90 * 86_400
MOST_IDS = 1000
MOST_ABILITIES = 100


def _moment(value: object) -> Microseconds:
    """A time with an offset, or the beginning of a day in UTC."""
    try:
        if not isinstance(value, str):
            raise TypeError  # noqa: TRY301 - only a text can be a time
        found = datetime.fromisoformat(trimmed(value))
        moment = found if found.tzinfo else found.replace(tzinfo=UTC)
        # In UTC it must still be a year that can be written: 9999-12-31T23:59-01:00 is not.
        return int(moment.astimezone(UTC).timestamp()) * SECOND
    except (TypeError, ValueError, OverflowError):
        raise wrong("must be a time such as 2026-12-31 or 2026-12-31T12:00:00+00:00") from None


def _ability(value: object) -> Ability:
    try:
        return Ability(trimmed(str(value)))
    except ValueError:
        raise wrong(f"must be one of {', '.join(Ability)}") from None


def _allowed_ip(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("must be a string")
    try:
        return ", ".join(dict.fromkeys(part.strip() for part in _networks(trimmed(value))))
    except ValueError:
        raise wrong(
            "must be addresses or CIDR blocks with commas, such as 203.0.113.7, 10.0.0.0/8"
        ) from None


def _networks(text: str) -> list[str]:
    """The parts of a list of networks. Raises ValueError."""
    networks_of(text)
    return text.split(",")


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    Written(type="string", anyOf=[{"format": "date"}, {"format": "date-time"}]),
]
Abilities = Annotated[
    list[Annotated[Ability, BeforeValidator(_ability)]],
    Field(
        min_length=1,
        max_length=MOST_ABILITIES,
        description="What the token may do.",
        examples=[["create-ticket"]],
    ),
]
Expiry = Annotated[
    Moment | None,
    Field(
        description="When it stops working: a day (its beginning in UTC) or a time with an offset."
    ),
]
AllowedIp = Annotated[
    str,
    BeforeValidator(_allowed_ip),
    Field(
        max_length=MOST_LINE,
        description="Where it may be used from: IP addresses or CIDR blocks with commas.",
    ),
    Written(pattern=LINE),
]
TokenId = Annotated[Positive, Field(description="A token's id: the number before the bar.")]


class ListTokens(Body):
    expiring_within: Annotated[
        Integer | None, Field(description="Only tokens that expire within this many seconds.")
    ] = None
    unused_for: Annotated[
        Integer | None, Field(description="Only those not used for so many seconds.")
    ] = None
    status: Annotated[
        Status | None, Field(description="Only tokens with this status.", examples=["active"])
    ] = None


class Mint(Body):
    name: Annotated[Line, Field(description="What it is for.", examples=["sales-portal"])]
    abilities: Abilities
    expires_at: Expiry = None
    user: Annotated[
        Address | None,
        Field(description="The staff user it acts for; the system user if left out."),
    ] = None
    allowed_ip: Annotated[AllowedIp | None, Field(examples=["127.0.0.0/8"])] = None


class Edit(ClearingBody):
    """Members that are left out keep their values."""

    CLEARS = frozenset({"allowed_ip"})

    id: Annotated[TokenId, Field(examples=[14])]
    name: Annotated[Line | None, Field(description="Its new name.", examples=["web-shop"])] = None
    abilities: Annotated[Abilities | None, Field(examples=[["create-ticket"]])] = None
    allowed_ip: Annotated[
        AllowedIp | None,
        Field(
            description="Where it may be used from: IP addresses or CIDR blocks with commas; "
            "null: from anywhere.",
            examples=["127.0.0.0/8, ::1"],
        ),
    ] = None


class Rotate(Body):
    id: Annotated[TokenId, Field(examples=[14])]
    overlap_seconds: Annotated[
        Integer,
        Field(
            ge=0,
            le=MOST_OVERLAP_SECONDS,
            description="How long the old token stays valid.",
            examples=[86_400],
        ),
    ] = 0
    expires_at: Annotated[
        Moment | None,
        Field(
            description="When the new token stops working: a day (its beginning in UTC) or a time "
            "with an offset. If left out, it lives as long as the old one was to live."
        ),
    ] = None
    abilities: Annotated[
        Abilities | None, Field(description="Abilities of the old token if omitted.", examples=None)
    ] = None


class Retire(Body):
    id: Annotated[TokenId, Field(examples=[14])]
    if_idle: Annotated[
        Annotated[Integer, Field(ge=1)] | None,
        Field(description="Only if it has not been used for so many seconds.", examples=[3600]),
    ] = None


class Revoke(Body):
    ids: Annotated[
        list[TokenId],
        Field(min_length=1, max_length=MOST_IDS, description="Their ids.", examples=[[14]]),
    ]
    reinstate: Annotated[
        Flag,
        Field(
            description="Take the rotation back: what overlaps in their families works on as if "
            "it had not been rotated."
        ),
    ] = False


class Token(TypedDict):
    id: Annotated[int, Field(examples=[14])]
    name: Annotated[str, Field(examples=["sales-portal"])]
    abilities: Annotated[list[str], Field(examples=[["create-ticket"]])]
    family: Annotated[
        int, Field(description="The first token it was rotated from; owns its keys.", examples=[14])
    ]
    status: Annotated[str, Written(enum=[*Status]), Field(examples=["active"])]
    created_at: Time
    last_used_at: Annotated[Time | None, Field(description="As good as a minute.", examples=[None])]
    expires_at: Annotated[Time | None, Field(examples=[None])]
    overlap_until: Annotated[
        Time | None, Field(description="Until when a rotated token works on.", examples=[None])
    ]
    allowed_ip: Annotated[
        str | None,
        Field(description="Where it may be used from; null: from anywhere.", examples=[None]),
    ]
    user: Annotated[
        str | None,
        Field(description="Staff user the token acts for; null: the system user.", examples=[None]),
    ]


class OwnToken(Token):
    family_tokens: Annotated[
        list[int],
        Field(description="Every token of its family: keys are kept for all.", examples=[[14, 27]]),
    ]


class MintedToken(Token):
    token: Annotated[
        str,
        Field(
            description="The token itself, shown this one time.",
            examples=["14|tkt_2vN8qYx4Kc0RrJb7WmZtL5pHs9FgDe3AuXiQoP1yf8c2a91d"],
        ),
    ]


class Tokens(TypedDict):
    tokens: list[Token]
