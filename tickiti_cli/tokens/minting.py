"""A new token in all of its places, and its owner told; or no token at all.

The rule of this file: a failure puts each place back as it was and revokes the token, also one
whose reply was lost: by the same command, when it is run again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli import orphans
from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError
from tickiti_cli.installing import Destination
from tickiti_cli.runtime import Runtime
from tickiti_cli.swapping import Swap
from tickiti_cli.undoing import undo


def mint(
    runtime: Runtime,
    request: Mapping[str, Any],
    places: Sequence[Destination],
    report: Callable[[Mapping[str, Any]], None],
) -> None:
    """`report` writes the result, which belongs to it: a token that nobody got to see is of no
    use. Raises what went wrong, once it is undone."""
    minted = _minted(runtime, request)
    swap = Swap(places)
    try:
        swap.make(minted)
        report(minted)
        runtime.streams.flush()
    except BaseException as error:
        undo(runtime, swap, minted, error)
        raise


def _minted(runtime: Runtime, request: Mapping[str, Any]) -> dict[str, Any]:
    notes = orphans.Notes(runtime)
    begun = orphans.Begun(
        runtime.config.connection.base_url, request["name"], [*request["abilities"]]
    )
    if lost := notes.find(begun):
        if found := orphans.among(runtime.client.call(tokens.index, {}), lost):
            orphans.revoke(runtime, found)
        notes.forget(lost)
    try:
        with notes.kept(begun):
            return orphans.made_of(runtime.client.call(tokens.mint, request))
    except (ApiError, TickitiError) as error:
        if error.outcome == "unknown":
            error.hint = (
                f"If the server has minted it, a token '{begun.name}' works that nobody has. Run "
                "the same command again: it revokes that one before it mints another."
            )
        raise
