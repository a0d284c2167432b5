"""A new token in all of its places, and its owner told; or no token at all.

The rule of this file: a failure puts each place back as it was and revokes the token.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli.contract import tokens
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
    minted: dict[str, Any] = runtime.client.call(tokens.mint, request).data
    swap = Swap(places)
    try:
        swap.make(minted)
        report(minted)
        runtime.streams.flush()
    except BaseException as error:
        undo(runtime, swap, minted, error)
        raise
