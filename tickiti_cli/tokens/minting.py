"""The minting of a token: it is installed in all places and shown, or it does not exist.

Rule: a failure restores every place and revokes the token. Where the reply was lost, the same
command revokes that token when it is run again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError
from tickiti_cli.files.lock import LOCK_SECONDS
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import lost_tokens
from tickiti_cli.tokens.back_ends.back_end import BackEnd
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd
from tickiti_cli.tokens.destinations import Destination
from tickiti_cli.tokens.swap import TokenSwap
from tickiti_cli.tokens.undo import undo


def mint(
    runtime: Runtime,
    request: Mapping[str, Any],
    places: Sequence[Destination],
    report: Callable[[Mapping[str, Any]], None],
) -> None:
    """Mint and install a token. `report` writes the result; if that fails, the token is revoked,
    because nobody has seen it. Exceptions are raised after the undo."""
    back_end = ChosenBackEnd(runtime)
    minted = _minted(runtime, back_end, request)
    swap = TokenSwap(places)
    try:
        swap.make(minted)
        report(minted)
        runtime.streams.flush()
    except BaseException as error:
        undo(runtime, back_end, swap, minted, error)
        raise


def _minted(runtime: Runtime, back_end: BackEnd, request: Mapping[str, Any]) -> dict[str, Any]:
    notes = lost_tokens.Notes(runtime)
    begun = lost_tokens.PendingToken(
        runtime.config.connection.base_url, request["name"], [*request["abilities"]]
    )
    with notes.alone(begun, "creating", patience=LOCK_SECONDS):
        if lost := notes.find(begun):
            if found := lost_tokens.among(back_end.list(), lost):
                lost_tokens.revoke(runtime, back_end, found)
            notes.forget(lost)
        runtime.next_step = (
            f"If the server has created it, there is a token '{begun.name}' that nobody has. Run "
            "the same command again: it revokes that token and creates another."
        )
        try:
            with notes.kept(begun):
                minted = back_end.mint(request)
        except (ApiError, TickitiError) as error:
            if error.outcome == "unknown":
                error.hint = runtime.next_step
            raise
        runtime.next_step = ""
        return minted
