"""The shapes of idempotency keys that the server mints: body and reply."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import Body
from tickiti_server.validation.json_schema import Time

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
