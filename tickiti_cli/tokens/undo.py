"""The undo of a new token: restores the places where it was installed, then revokes it.

Rule: a token that lives on, or a place that cannot be restored, is named; with --json or --quiet in
the error itself, because nothing else is read then.
"""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.back_ends.back_end import BackEnd
from tickiti_cli.tokens.swap import TokenSwap


def undo(
    runtime: Runtime,
    back_end: BackEnd,
    swap: TokenSwap,
    minted: Mapping[str, Any],
    error: BaseException,
    *,
    reinstates: bool = False,
) -> None:
    """Undo a swap because of `error`, which the caller raises again; `reinstates` the old token."""
    new, remarks = minted["id"], swap.restore()
    if remarks:
        # The reader of a place that still has the new token has no other token.
        remarks.append(f"Token {new} is therefore not revoked: tickiti token revoke {new}")
        is_undone = False
    else:
        line, is_undone = _revoked(runtime, back_end, new, reinstates=reinstates)
        remarks.append(line)
    for line in remarks:
        runtime.output.progress(line)
    if isinstance(error, (ApiError, TickitiError)):
        # A person has read the remarks. A program has not, so that its error says "unknown".
        error.outcome = "not_applied" if is_undone or not runtime.output.is_json else "unknown"
        if runtime.output.is_json or runtime.globals.quiet:
            error.hint = " ".join([*remarks, error.hint]).strip()


def _revoked(
    runtime: Runtime, back_end: BackEnd, token_id: int, *, reinstates: bool
) -> tuple[str, bool]:
    """Revoke the token. Return a sentence for the user, and whether the token is revoked.

    An interruption shows that the token lives on and is raised again.
    """
    lives_on = f"Token {token_id} could not be revoked: tickiti token revoke {token_id}"
    try:
        back_end.revoke([token_id], reinstates=reinstates)
    except (ApiError, TickitiError):
        return lives_on, False
    except BaseException:
        runtime.output.progress(lives_on)
        raise
    return f"Revoked token {token_id} again; nothing was changed.", True
