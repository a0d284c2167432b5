"""Handing out idempotency keys."""

from typing import Literal, TypedDict

from tickiti_cli.contract import classic
from tickiti_cli.contract import tickets as v1
from tickiti_server.call import Call, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.values import Body

Action = Literal["create_ticket", "ticket_respond", "send_email", "render_template"]


class MintKey(Body):
    action: Action | None = None


class MintedKey(TypedDict):
    idempotency_key: str
    action: str | None
    expires_at: str


@handles(classic.idempotency_key)
def mint_key(call: Call, body: MintKey) -> MintedKey:
    key, expires_at = call.mint.mint(body.action, call.now)
    return {"idempotency_key": key, "action": body.action, "expires_at": rfc3339(expires_at)}


@handles(v1.idempotency_key)
def mint_v1_key(call: Call, body: MintKey) -> MintedKey:
    return mint_key(call, body)
