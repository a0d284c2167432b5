"""Whether a token works, asked in a way that every install can answer."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tickiti_cli.contract import classic, tokens
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import Forbidden
from tickiti_cli.errors import NotOffered
from tickiti_cli.probing import can

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
    """A harmless question: whoever may not ask it has been recognised all the same, if it is the
    server that says so."""
    try:
        client.call(classic.tickiti_api_index, {"limit": 1})
    except Forbidden as error:
        if error.is_foreign:
            raise
    return "accepted"


def lacking(client: "Client", abilities: Iterable[Ability]) -> list[Ability]:
    """Those of the abilities that the token has not: by its row, or by asking for each.

    Raises NotOffered for an ability that this install does not know.
    """
    try:
        row = client.call(tokens.self_, {}).data
    except NotOffered:
        return [ability for ability in abilities if not _probed(client, ability)]
    own = {*row["abilities"]}  # a later version may know abilities that this one does not
    return [ability for ability in abilities if own.isdisjoint((ability, *_wider(ability)))]


def _probed(client: "Client", ability: Ability) -> bool:
    found = can(client, ability)
    if found is None:
        raise NotOffered(f"This server does not tell whether a token has '{ability}'.")
    return found


def _wider(ability: Ability) -> list[Ability]:
    """To write is to read as well."""
    family, _, verb = ability.partition(":")
    return [other for other in Ability if verb == "read" and other == f"{family}:write"]
