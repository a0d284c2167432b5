"""The requests of a seed: its entries are made by the handlers of the endpoints, as if clients had
sent them, so that the data obeys every rule of the API.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Key
from tickiti_server.api.call import Call
from tickiti_server.api.handler import Handler, collect
from tickiti_server.api.registry import MODULES
from tickiti_server.idempotency import replay
from tickiti_server.idempotency.fingerprint import digest
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.request_lines import RequestLines, RequestLogLine
from tickiti_server.store.access.idempotency import store_reply
from tickiti_server.validation.error_body import validation_failed


@cache
def handlers_by_name() -> Mapping[str, Handler]:
    return collect(MODULES, CATALOGUE.values())


def carry_out(handler: Handler, call: Call, body: Mapping[str, Any]) -> Any:
    """The reply of the handler. Raises ApiError."""
    call = call._replace(operation_id=_operation_of(handler, call))
    if handler.body is None:
        return handler.function(call)
    try:
        validated = handler.body.validate_python(body)
    except ValidationError as error:
        raise validation_failed(error) from None
    if handler.preparation is None:
        return handler.function(call, validated)
    is_prepared = isinstance(validated, handler.preparation.body)
    prepared = handler.preparation.function(call, validated) if is_prepared else None
    return handler.function(call, validated, prepared)


def _operation_of(handler: Handler, call: Call) -> int | None:
    """Id of a stored reply, to which the effects of a route that takes a key refer."""
    if handler.row.key is Key.NONE:
        return None
    key = f"{call.request_id} of {uuid4()}"
    claim = KeyClaim(
        family_id=call.caller.family_id,
        key=key,
        key_sha256=digest(key),
        operation=f"POST {handler.row.path}",
        raw=digest(key),
        canon=digest(key),
    )
    operation_id = replay.claim(call.tx, claim, request_id=call.request_id, now=call.now, running=0)
    assert operation_id is not None
    store_reply(call.tx, operation_id, b'{"ok":true}')
    return operation_id


def no_log() -> RequestLog:
    """An empty request log, because no client sends the requests of a seed."""
    return RequestLog(RequestLines(len, RequestLogLine.text))
