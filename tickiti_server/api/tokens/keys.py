"""Idempotency keys that the server mints."""

from tickiti_cli.contract import classic
from tickiti_cli.contract.v1 import open_routes as v1
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tokens.bodies.keys import MintedKey, MintKey
from tickiti_server.clock import rfc3339


@handles(classic.idempotency_key)
def mint_key(call: Call, body: MintKey) -> MintedKey:
    """Create an idempotency key on the server; a key of your own is as good.

    The first use of a created key may be up to a day later.
    """
    key, expires_at = call.key_minter.mint(body.action, call.now)
    return {"idempotency_key": key, "action": body.action, "expires_at": rfc3339(expires_at)}


@handles(v1.idempotency_key)
def mint_v1_key(call: Call, body: MintKey) -> MintedKey:
    """Create an idempotency key on the server, under v1."""
    return mint_key(call, body)
