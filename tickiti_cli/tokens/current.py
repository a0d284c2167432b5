"""The check of a token in a way that every install can answer."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import tokens
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Forbidden, NotFound
from tickiti_cli.contract.v1 import open_routes
from tickiti_cli.errors import NotOffered
from tickiti_cli.tokens.probe import can

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender

UNKNOWN: Mapping[str, Any] = {"name": None, "expires_at": None, "abilities": None}
ABOUT = ("owner", "plan")
"""Members of the reply about the caller's own token that are shown as they come."""


def token_in_use(client: "Sender") -> Mapping[str, Any]:
    """Return the token's row, or `status: accepted` where the server tells nothing of a token.

    An install of October 2026 or later tells any token what it may do, and for whom. Raises
    Unauthenticated where the server does not accept the token.
    """
    described = _described(client)
    own = _own_row(client)
    if described is None and own is None:
        return {**UNKNOWN, "status": _status(client)}
    return {**UNKNOWN, "status": "active", **(described or {}), **(own or {})}


def _described(client: "Sender") -> Mapping[str, Any] | None:
    """Return the answer of `POST /api/v1/token`: the members of the token, its abilities, its owner
    and the plan. None where the install is older."""
    try:
        data = client.call(open_routes.token, {}).data
    except (NotFound, NotOffered):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("abilities"), list):
        return None
    token = data.get("token")
    row = dict(token) if isinstance(token, dict) else {}
    row |= {name: data[name] for name in ABOUT if isinstance(data.get(name), dict)}
    return row | {"abilities": data["abilities"]}


def _own_row(client: "Sender") -> Mapping[str, Any] | None:
    """Return the row of the bundled server, which also knows families and overlaps."""
    try:
        found: Mapping[str, Any] = client.call(tokens.self_, {}).data
    except NotOffered:
        return None
    return found


def _status(client: "Sender") -> str:
    """List one ticket, which has no effect. A 403 of the server itself also proves that it accepts
    the token."""
    try:
        client.call(classic.tickiti_api_index, {"limit": 1})
    except Forbidden as error:
        if error.is_foreign:
            raise
    return "accepted"


def lacking(client: "Sender", abilities: Iterable[Ability]) -> list[Ability]:
    """Return the abilities that the token lacks: by what the server tells of it, or by a probe of
    each.

    Raises NotOffered for an ability that this install does not know.
    """
    known = (_described(client) or {}).get("abilities")
    if known is None:
        known = (_own_row(client) or {}).get("abilities")
    if known is None:
        return [ability for ability in abilities if not _probed(client, ability)]
    own = {*known}  # a later server may have abilities that are unknown here
    return [ability for ability in abilities if own.isdisjoint((ability, *_wider(ability)))]


def _probed(client: "Sender", ability: Ability) -> bool:
    found = can(client, ability)
    if found is None:
        raise NotOffered(f"This server does not report whether a token has '{ability}'.")
    return found


def _wider(ability: Ability) -> list[Ability]:
    """Return the ability to write, which includes that to read."""
    family, _, verb = ability.partition(":")
    return [other for other in Ability if verb == "read" and other == f"{family}:write"]
