"""What the token management is asked and what it answers: bodies and replies."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.endpoint import Ability
from tickiti_server import tokens
from tickiti_server.call import SECOND, Microseconds
from tickiti_server.schemas import Time, Written
from tickiti_server.values import Address, Body, Flag, Integer, Line, Positive, Text, trimmed, wrong

MOST_OVERLAP_SECONDS = 90 * 86_400
MOST_IDS = 1000
MOST_ABILITIES = 100
MOST_ROWS = 1000


def _moment(value: object) -> Microseconds:
    """A time with an offset, or a day: its beginning in UTC."""
    try:
        if not isinstance(value, str):
            raise TypeError  # noqa: TRY301 - what is no text is no time either
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
TokenId = Annotated[Positive, Field(description="A token's id: the number before the bar.")]


class ListTokens(Body):
    expiring_within: Annotated[
        Integer | None, Field(description="Only those that end within so many seconds.")
    ] = None
    unused_for: Annotated[
        Integer | None, Field(description="Only those not used for so many seconds.")
    ] = None
    status: Annotated[
        tokens.Status | None, Field(description="Only those of this status.", examples=["active"])
    ] = None


class Mint(Body):
    name: Annotated[Line, Field(description="What it is for.", examples=["sales-portal"])]
    abilities: Abilities
    expires_at: Expiry = None
    user: Annotated[
        Address | None,
        Field(description="The staff user it acts for; the system user if left out."),
    ] = None


class Rotate(Body):
    id: Annotated[TokenId, Field(examples=[14])]
    overlap_seconds: Annotated[
        Integer,
        Field(
            ge=0,
            le=MOST_OVERLAP_SECONDS,
            description="How long the old token works on.",
            examples=[86_400],
        ),
    ] = 0
    expires_at: Expiry = None
    abilities: Annotated[
        Abilities | None, Field(description="Those of the old one if left out.", examples=None)
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
    status: Annotated[
        Literal["active", "overlap", "expired", "revoked"], Field(examples=["active"])
    ]
    created_at: Time
    last_used_at: Annotated[Time | None, Field(description="As good as a minute.", examples=[None])]
    expires_at: Annotated[Time | None, Field(examples=[None])]
    overlap_until: Annotated[
        Time | None, Field(description="Until when a rotated token works on.", examples=[None])
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


class ListAudit(Body):
    id: Annotated[
        Positive | None, Field(description="What was done to this token, a pruned one too.")
    ] = None
    since: Annotated[
        Moment | None, Field(description="A time or a day: nothing that happened before it.")
    ] = None
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows of a page.", examples=[20])
    ] = 50
    cursor: Annotated[
        Text | None, Field(description="The next_cursor of the page before this one.")
    ] = None


class AuditEntry(TypedDict):
    id: Annotated[int, Field(examples=[52])]
    occurred_at: Time
    action: Annotated[
        Literal["mint", "rotate", "retire", "revoke", "prune"], Field(examples=["mint"])
    ]
    token_id: Annotated[int, Field(description="The token it was done to.", examples=[14])]
    token_name: Annotated[str, Field(examples=["sales-portal"])]
    actor_token_id: Annotated[
        int | None,
        Field(description="The token that did it; null: the server, at its start.", examples=[1]),
    ]
    actor_name: Annotated[str, Field(examples=["local"])]
    request_id: Annotated[str | None, Field(examples=["5f0c21aa-1c3"])]
    details: Annotated[
        dict[str, Any],
        Field(
            description="What there is to tell: abilities, expires_at, user, successor, ...",
            examples=[{"abilities": ["create-ticket"]}],
        ),
    ]


class Audit(TypedDict):
    audit: list[AuditEntry]
    next_cursor: Annotated[
        str | None, Field(description="Where the next page begins; null: no more.", examples=[None])
    ]
