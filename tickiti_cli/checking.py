"""Whether a token works, asked in a way that every install can answer."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import classic, tokens
from tickiti_cli.contract.errors import Forbidden
from tickiti_cli.errors import NotOffered

if TYPE_CHECKING:
    from tickiti_cli.client import Client

UNKNOWN: Mapping[str, Any] = {"name": None, "expires_at": None, "abilities": None}


def token_in_use(client: "Client") -> Mapping[str, Any]:
    """The token's row, or `status: accepted` where the server shows no rows.

    Raises Unauthenticated where it is not accepted.
    """
    try:
        found: Mapping[str, Any] = client.call(tokens.self_, {}).data
    except NotOffered:
        return {**UNKNOWN, "status": _status(client)}
    return found


def _status(client: "Client") -> str:
    """A harmless question: whoever may not ask it has been recognised all the same."""
    with suppress(Forbidden):
        client.call(classic.tickiti_api_index, {"limit": 1})
    return "accepted"
