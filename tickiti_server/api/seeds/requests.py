"""Seeds: a database is filled by requests that a file lists, as if clients had sent them.

Rule: a seed is applied by the handlers of the endpoints, in one transaction, so that the data obeys
every rule of the API, and a seed that fails leaves nothing.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import uuid4

from pydantic import ValidationError

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Key
from tickiti_cli.contract.errors import ApiError
from tickiti_server.api.call import Call
from tickiti_server.api.handler import Handler, collect
from tickiti_server.api.registry import MODULES
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.auth.authenticate import caller_of
from tickiti_server.clock import SECOND, Microseconds, day_of
from tickiti_server.idempotency import replay
from tickiti_server.idempotency.fingerprint import digest
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.idempotency.minted_keys import KeyMinter, signing_secret
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.request_lines import RequestLines, RequestLogLine
from tickiti_server.store.access.idempotency import store_reply
from tickiti_server.store.interface import Transaction
from tickiti_server.validation.error_body import validation_failed

_DATE = re.compile(r"\{today\+(\d+)\}")
_AGO = re.compile(r"(\d+)([dhms])")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class SeedRequest(NamedTuple):
    """One request of a seed: name of the endpoint, body, and how long ago it was sent."""

    endpoint: str
    body: dict[str, Any]
    ago: int
    """Seconds before the seed is applied."""

    name: str | None
    """The name by which later requests refer to the id of what this one makes: `{id of NAME}`."""


def read_seed(text: str) -> list[SeedRequest]:
    """The `[[request]]` tables of a TOML file: `endpoint`, `ago` (such as 3d), `body`, `name`."""
    return [
        SeedRequest(
            table["endpoint"],
            table.get("body", {}),
            seconds_of(table.get("ago", "0s")),
            table.get("name"),
        )
        for table in tomllib.loads(text)["request"]
    ]


def apply_seed(
    tx: Transaction, requests: list[SeedRequest], *, token_id: int, now: Microseconds
) -> None:
    """Carry the requests out as the owner of a token. Raises SeedRefused."""
    handlers = handlers_by_name()
    key_minter, request_log = KeyMinter(signing_secret(tx)), no_log()
    ids: dict[str, int] = {}
    for position, request in enumerate(requests, start=1):
        call = Call(
            tx=tx,
            caller=caller_of(tx, token_id),
            now=now - request.ago * SECOND,
            key_minter=key_minter,
            request_log=request_log,
            request_id=f"seed-{position}",
        )
        try:
            made = carry_out(handlers[request.endpoint], call, _filled(request.body, now, ids))
        except ApiError as error:
            raise SeedRefused(f"request {position}, {request.endpoint}: {error}") from error
        if request.name:
            ids[f"{{id of {request.name}}}"] = int(made["id"])


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


def seconds_of(ago: str) -> int:
    found = _AGO.fullmatch(ago)
    if found is None:
        raise SeedRefused(f"ago = {ago!r}: write a number and d, h, m or s, such as 3d")
    return int(found[1]) * _SECONDS[found[2]]


def _filled(value: Any, now: Microseconds, ids: Mapping[str, int]) -> Any:
    """The value with ids for `{id of NAME}`, and UTC dates for `{today+N}`, N days from now."""
    if isinstance(value, dict):
        return {name: _filled(inner, now, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, now, ids) for inner in value]
    if isinstance(value, str):
        return ids.get(value) or _DATE.sub(lambda days: _date(now, int(days[1])), value)
    return value


def _date(now: Microseconds, days: int) -> str:
    return (day_of(now) + timedelta(days=days)).isoformat()
