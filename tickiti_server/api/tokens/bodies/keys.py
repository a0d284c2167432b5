"""Handing out idempotency keys."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract import classic
from tickiti_cli.contract import tickets as v1
from tickiti_server.call import Call, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.schemas import Time
from tickiti_server.values import Body

Action = Literal["create_ticket", "ticket_respond", "send_email", "render_template"]


Bound = Annotated[
    Action | None,
    Field(description="The one operation that the key is good for.", examples=["create_ticket"]),
]


class MintKey(Body):
    action: Bound = None


class MintedKey(TypedDict):
    idempotency_key: Annotated[
        str,
        Field(
            examples=[
                "7b4f3c2e-9d6a-4f8b-9e7c-2c3a4b5e6f7a.create_ticket.1777713242.q5PZrJfWbJ9k3nTqXg1c0w"
            ]
        ),
    ]
    action: Bound
    expires_at: Annotated[Time, Field(description="Until when the key may be used first.")]


@handles(classic.idempotency_key)
def mint_key(call: Call, body: MintKey) -> MintedKey:
    """Have the server make an idempotency key; one of your own is as good.

    A made key may wait a day for its first use.
    """
    key, expires_at = call.mint.mint(body.action, call.now)
    return {"idempotency_key": key, "action": body.action, "expires_at": rfc3339(expires_at)}


@handles(v1.idempotency_key)
def mint_v1_key(call: Call, body: MintKey) -> MintedKey:
    """The same under v1."""
    return mint_key(call, body)
