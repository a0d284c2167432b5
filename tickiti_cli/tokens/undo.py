"""Taking a new token back: out of the places where it was put, and off the server.

The rule of this file: what lives on or could not be put back is named, in the error itself where
nothing else is read.
"""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError
from tickiti_cli.runtime import Runtime
from tickiti_cli.swapping import Swap


def undo(
    runtime: Runtime,
    swap: Swap,
    minted: Mapping[str, Any],
    error: BaseException,
    *,
    reinstates: bool = False,
) -> None:
    """For the sake of an error, which goes on its way; `reinstates` the token before it."""
    new, told = minted["id"], swap.take_back()
    request = {"ids": [new]} | ({"reinstate": True} if reinstates else {})
    if told:
        # Whoever reads that place has nothing else to go on with.
        told.append(f"Token {new} is therefore not revoked: tickiti token revoke {new}")
        is_undone = False
    else:
        line, is_undone = _revoked(runtime, request, new)
        told.append(line)
    for line in told:
        runtime.output.progress(line)
    if isinstance(error, TickitiError):
        # A person has read above what is so; to a program it is not as if nothing had happened.
        error.outcome = "not_applied" if is_undone or not runtime.output.is_json else "unknown"
        if runtime.output.is_json or runtime.globals.quiet:
            error.hint = " ".join([*told, error.hint]).strip()


def _revoked(runtime: Runtime, request: Mapping[str, Any], token_id: object) -> tuple[str, bool]:
    """What became of it, and whether it is revoked. An interruption ends the wait, and is passed on
    once that is said."""
    lives_on = f"Token {token_id} could not be revoked: tickiti token revoke {token_id}"
    try:
        runtime.client.call(tokens.revoke, request)
    except (ApiError, TickitiError):
        return lives_on, False
    except BaseException:
        runtime.output.progress(lives_on)
        raise
    return f"Token {token_id} is revoked again; nothing has changed.", True
