"""Which token a command is about: one by id, by name, or the one in use."""

from typing import Any

from tickiti_cli.contract import tokens
from tickiti_cli.encoding import is_number
from tickiti_cli.errors import NothingFound, UsageProblem
from tickiti_cli.runtime import Runtime


def own(runtime: Runtime) -> dict[str, Any]:
    """The token in use."""
    found: dict[str, Any] = runtime.client.call(tokens.self_, {}).data
    return found


def own_active(runtime: Runtime) -> dict[str, Any]:
    """The token in use, or its successor where a rotation was begun that did not come to its end:
    the newest active one of its family."""
    row = own(runtime)
    if row["status"] == "active":
        return row
    listed = runtime.client.call(tokens.index, {"status": "active"}).data["tokens"]
    return max(
        (other for other in listed if other["family"] == row["family"]),
        key=lambda other: other["id"],
        default=row,
    )


def find(runtime: Runtime, wanted: str) -> dict[str, Any]:
    """A token by id, or the newest active one of that name. Raises NothingFound."""
    listed = runtime.client.call(tokens.index, {}).data["tokens"]
    if is_number(wanted):
        matches = [row for row in listed if row["id"] == int(wanted)]
    else:
        matches = [row for row in listed if row["name"] == wanted]
        matches = [row for row in matches if row["status"] == "active"] or matches
    if not matches:
        raise NothingFound(f"There is no token '{wanted}'.", hint="See: tickiti token list")
    newest: dict[str, Any] = max(matches, key=lambda row: row["id"])
    return newest


def refuse_both(token: object, *, own: bool) -> None:
    """Raise UsageProblem unless exactly one way of naming a token was used."""
    if (token is None) != own:
        raise UsageProblem("Name a token, or say --self; one of the two.")
