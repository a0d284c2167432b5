"""The bundled server's token management: mint, list, rotate, revoke."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract import tokens as contract
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Conflict, ValidationFailed
from tickiti_server import tokens
from tickiti_server.call import SECOND, Call, Microseconds, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.schemas import Time, Written
from tickiti_server.store import people
from tickiti_server.store import tokens as stored
from tickiti_server.store.database import Row
from tickiti_server.values import Address, Body, Integer, Line, Positive, trimmed, wrong

MOST_OVERLAP_SECONDS = 90 * 86_400
MOST_IDS = 1000


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
    Field(min_length=1, description="What the token may do.", examples=[["create-ticket"]]),
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


class Revoke(Body):
    ids: Annotated[
        list[TokenId],
        Field(min_length=1, max_length=MOST_IDS, description="Their ids.", examples=[[14]]),
    ]


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


@handles(contract.index)
def index(call: Call, body: ListTokens) -> Tokens:
    """List tokens, never their secrets."""
    rows = [row for row in stored.every(call.tx) if _is_wanted(row, body, call.now)]
    return {"tokens": [_token(row, call.now) for row in rows]}


@handles(contract.self_)
def show_self(call: Call) -> Token:
    """Show the token that asks."""
    row = stored.find(call.tx, call.caller.token_id)
    assert row is not None
    return _token(row, call.now)


@handles(contract.mint)
def mint(call: Call, body: Mint) -> MintedToken:
    """Mint a token. Its text is in this reply and nowhere else."""
    _refuse_past(body.expires_at, call.now)
    row, token = tokens.mint(
        call.tx,
        name=body.name,
        abilities=body.abilities,
        now=call.now,
        expires_at=body.expires_at,
        person_id=_staff_id(call, body.user),
    )
    return {**_token(row, call.now), "token": token}


@handles(contract.rotate, refuses=(Conflict,))
def rotate(call: Call, body: Rotate) -> MintedToken:
    """Mint the next token of a family; the old one lives on for the overlap."""
    _refuse_past(body.expires_at, call.now)
    old = _found(call, body.id, field="id")
    status = tokens.status_of(old, call.now)
    if status is not tokens.Status.ACTIVE:
        raise Conflict(f"Token {body.id} is {status}; rotate the active token of its family.")
    row, token = tokens.mint(
        call.tx,
        name=old["name"],
        abilities=body.abilities or sorted(tokens.abilities_of(old)),
        now=call.now,
        expires_at=body.expires_at or old["expires_at"],
        family_id=old["family_id"],
        person_id=old["person_id"],
    )
    stored.start_overlap(call.tx, body.id, until=call.now + body.overlap_seconds * SECOND)
    return {**_token(row, call.now), "token": token}


@handles(contract.revoke)
def revoke(call: Call, body: Revoke) -> Tokens:
    """Revoke tokens: each of them, or none where one is unknown.

    Revoking twice is no error.
    """
    for position, token_id in enumerate(body.ids):
        _found(call, token_id, field=f"ids.{position}")
        stored.revoke(call.tx, token_id, at=call.now)
    rows = [_found(call, token_id, field="ids") for token_id in body.ids]
    return {"tokens": [_token(row, call.now) for row in rows]}


def _found(call: Call, token_id: int, *, field: str) -> Row:
    row = stored.find(call.tx, token_id)
    if row is None:
        sentence = f"There is no token {token_id}."
        raise ValidationFailed(sentence, errors={field: [sentence]})
    return row


def _staff_id(call: Call, email: str | None) -> int | None:
    if email is None:
        return None
    person = people.find(call.tx, email)
    if person is None or not person["is_staff"]:
        sentence = f"There is no staff user '{email}'."
        raise ValidationFailed(sentence, errors={"user": [sentence]})
    return int(person["id"])


def _refuse_past(expires_at: Microseconds | None, now: Microseconds) -> None:
    if expires_at is not None and expires_at <= now:
        sentence = "The expires_at field must be in the future."
        raise ValidationFailed(sentence, errors={"expires_at": [sentence]})


def _is_wanted(row: Row, body: ListTokens, now: Microseconds) -> bool:
    end = tokens.ends_at(row)
    if body.expiring_within is not None and (
        end is None or not now < end <= now + body.expiring_within * SECOND
    ):
        return False
    used = row["last_used_at"] or row["created_at"]
    if body.unused_for is not None and now - used < body.unused_for * SECOND:
        return False
    return body.status is None or tokens.status_of(row, now) is body.status


def _token(row: Row, now: Microseconds) -> Token:
    return {
        "id": row["id"],
        "name": row["name"],
        "abilities": sorted(tokens.abilities_of(row)),
        "family": row["family_id"],
        "status": tokens.status_of(row, now).value,
        "created_at": rfc3339(row["created_at"]),
        "last_used_at": _time(row["last_used_at"]),
        "expires_at": _time(row["expires_at"]),
        "overlap_until": _time(row["overlap_until"]),
    }


def _time(moment: Microseconds | None) -> str | None:
    return None if moment is None else rfc3339(moment)
