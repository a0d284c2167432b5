"""What a request says: the members of its body, the fingerprints that its key stands for, and what
its handler is given.

The rule of this file: nobody waits for a larger body than one's own. Large ones are understood in a
thread, one at a time, while the loop goes on, and huge ones in another: they take up to a second.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, ParamSpec, TypeVar

from pydantic import ValidationError
from starlette.types import Scope

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server import failures, idempotency, strict_json
from tickiti_server.handlers import Handler

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

Given = tuple[Any, ...]
"""What a handler is given beside the call: nothing, a body, or a body and what was prepared."""

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
    """Raises InvalidJson, and PayloadTooLarge for more values than a request may have."""
    size = len(body) + len(scope["query_string"])
    return await _where_it_fits(size, _understand, row, scope, body)


async def validated(handler: Handler, members: dict[str, Any], size: int) -> Given:
    """The body, for a handler that takes one; `size` are its bytes as sent.

    Raises ValidationFailed.
    """
    if handler.body is None:
        return ()
    return await _where_it_fits(size, _validated, handler, members)


async def _where_it_fits(
    size: int,
    function: Callable[Parameters, Result],
    *arguments: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    if size <= LARGE:
        return function(*arguments, **named)
    thread = _large if size <= HUGE else _huge
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(thread, lambda: function(*arguments, **named))


def _understand(row: Endpoint, scope: Scope, body: bytes) -> Understood:
    members = strict_json.decode(body) if body or not row.empty_body else {}
    raw, canon = idempotency.fingerprints(
        row, scope["path"], query=scope["query_string"], body=members, raw=body
    )
    return Understood({**members, **scope.get("path_params", {})}, raw, canon)


def _validated(handler: Handler, members: dict[str, Any]) -> Given:
    assert handler.body is not None
    try:
        return (handler.body.validate_python(members),)
    except ValidationError as error:
        raise failures.validation_failed(error) from None
