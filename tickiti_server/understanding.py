"""What a request says: the members of its body, and the fingerprints that its key stands for.

The rule of this file: nobody waits for a larger body than one's own. Large ones are understood in a
thread, one at a time, while the loop goes on, and huge ones in another: a million numbers take
seconds.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from starlette.types import Scope

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server import idempotency, strict_json

LARGE = 16 * 1024
"""Bytes that take the loop twenty milliseconds at worst, and usually a tenth of one; a thread for
each body would cost all of them what hardly any needs."""

HUGE = 512 * 1024
"""Bytes that take half a second at worst."""

_large = ThreadPoolExecutor(1, thread_name_prefix="large body")
_huge = ThreadPoolExecutor(1, thread_name_prefix="huge body")


class Understood(NamedTuple):
    """The body with the parameters of the path among its members; both SHA-256 fingerprints."""

    members: dict[str, Any]
    raw: bytes
    canon: bytes


async def understand(row: Endpoint, scope: Scope, body: bytes) -> Understood:
    """Raises InvalidJson."""
    if len(body) <= LARGE:
        return _understand(row, scope, body)
    thread = _large if len(body) <= HUGE else _huge
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(thread, _understand, row, scope, body)


def _understand(row: Endpoint, scope: Scope, body: bytes) -> Understood:
    members = strict_json.decode(body) if body or not row.empty_body else {}
    raw, canon = idempotency.fingerprints(
        row, scope["path"], query=scope["query_string"], body=members, raw=body
    )
    return Understood({**members, **scope.get("path_params", {})}, raw, canon)
