"""Which token a command is about: one by id, by name, or the one in use."""

from collections.abc import Sequence
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


def id_of(runtime: Runtime, wanted: str) -> int:
    """The id that is given, or that of the newest token of that name. Raises NothingFound."""
    return int(wanted) if is_number(wanted) else int(find(runtime, wanted)["id"])


def live(runtime: Runtime, wanted: Sequence[str], *, status: str | None = None) -> list[int]:
    """The ids of tokens that are to be ended: by id, or by the name of one that still works and has
    that status. Nothing brings an ended token back, so several of one name are not chosen from.

    Raises NothingFound, UsageProblem.
    """
    listed = runtime.client.call(tokens.index, {}).data["tokens"]
    return [_live(listed, name, (status,) if status else ("active", "overlap")) for name in wanted]


def _live(listed: Sequence[dict[str, Any]], wanted: str, statuses: Sequence[str]) -> int:
    hint = "See: tickiti token list"
    if is_number(wanted):
        if not any(row["id"] == int(wanted) for row in listed):
            raise NothingFound(f"There is no token {int(wanted)}.", hint=hint)
        return int(wanted)
    ids = [row["id"] for row in listed if row["name"] == wanted and row["status"] in statuses]
    if not ids:
        kind = "live token" if len(statuses) > 1 else f"token in its {statuses[0]}"
        raise NothingFound(f"There is no {kind} named '{wanted}'.", hint=hint)
    if len(ids) > 1:
        several = ", ".join(map(str, ids))
        raise UsageProblem(f"'{wanted}' is the name of several tokens: give an id of {several}.")
    return int(ids[0])


def refuse_both(token: object, *, own: bool) -> None:
    """Raise UsageProblem unless exactly one way of naming a token was used."""
    if (token is None) != own:
        raise UsageProblem("Name a token, or say --self; one of the two.")
