"""Decoding and validation of a request's body, and its fingerprints.

Rule: no request waits for a body that is larger than its own. Large bodies are decoded in a thread,
one at a time, while the event loop goes on. Huge ones, which take up to a second, use a second
thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from starlette.types import Scope

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.api.handler import Handler
from tickiti_server.idempotency import fingerprint
from tickiti_server.validation import error_body, strict_json

Result = TypeVar("Result")

HandlerArguments = tuple[Any, ...]
"""Arguments of a handler after the call: none, a body, or a body and its prepared value."""

LARGE = 16 * 1024
"""Bytes that are decoded on the event loop: 20 ms at worst, usually 0.1 ms.

A thread for each body would slow all requests for the sake of a few.
"""

HUGE = 512 * 1024
"""Bytes that take half a second to decode at worst."""

_NO_MEMBERS = strict_json.decode(b"{}")

_large = ThreadPoolExecutor(1, thread_name_prefix="large body")
_huge = ThreadPoolExecutor(1, thread_name_prefix="huge body")


class DecodedBody(NamedTuple):
    """The members of the body and of the path, and the SHA-256 fingerprint of their meaning."""

    members: dict[str, Any]
    canon: bytes


async def fingerprint_of(row: Endpoint, scope: Scope, body: bytes) -> bytes:
    """The SHA-256 fingerprint of the request as sent, which needs no decoding."""

    def computed() -> bytes:
        query: bytes = scope["query_string"]
        return fingerprint.of_bytes(row, scope["path"], query=query, raw=body)

    return computed() if is_small(scope, body) else await _in_thread(len(body), computed)


async def decode(row: Endpoint, scope: Scope, body: bytes) -> DecodedBody:
    """Decode the JSON body. Raises InvalidJson, and PayloadTooLarge for too many values."""
    if is_small(scope, body):
        return _decode(row, scope, body)
    size = len(body) + len(scope["query_string"])
    return await _in_thread(size, lambda: _decode(row, scope, body))


def is_small(scope: Scope, body: bytes) -> bool:
    """Whether a request is decoded at once, on the event loop."""
    return len(body) + len(scope["query_string"]) <= LARGE


async def validate(handler: Handler, members: dict[str, Any], size: int) -> HandlerArguments:
    """Validate the body for a handler that takes one. `size` is its length in bytes as sent.

    Raises ValidationFailed.
    """
    if handler.body is None:
        return ()
    if size <= LARGE:
        return _validate(handler, members)
    return await _in_thread(size, lambda: _validate(handler, members))


async def _in_thread(size: int, function: Callable[[], Result]) -> Result:
    thread = _large if size <= HUGE else _huge
    return await asyncio.get_running_loop().run_in_executor(thread, function)


def _decode(row: Endpoint, scope: Scope, body: bytes) -> DecodedBody:
    document = strict_json.decode(body) if body or not row.empty_body else _NO_MEMBERS
    canon = fingerprint.of_meaning(
        row, scope["path"], query=scope["query_string"], body=document, size=len(body)
    )
    return DecodedBody({**document.value, **scope.get("path_params", {})}, canon)


def _validate(handler: Handler, members: dict[str, Any]) -> HandlerArguments:
    assert handler.body is not None
    try:
        return (handler.body.validate_python(members),)
    except ValidationError as error:
        raise error_body.validation_failed(error) from None
