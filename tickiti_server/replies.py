"""What is sent back: a status, its bytes, and the headers that go with them."""

from dataclasses import dataclass, field, replace
from typing import Any

from tickiti_cli.contract.endpoint import Endpoint, Envelope
from tickiti_cli.contract.errors import ApiError
from tickiti_server import failures, strict_json
from tickiti_server.call import DAY, Microseconds, rfc3339
from tickiti_server.store.idempotency import StoredReply


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None
    """The stable code of a failure."""

    @classmethod
    def failure(cls, error: ApiError, request_id: str) -> "Reply":
        error.request_id = request_id
        body = failures.envelope(error, request_id)
        return cls(error.status, body, failures.headers(error), error.code)

    def until(self, since: Microseconds, days: int) -> "Reply":
        """The same reply, saying how long its key replays it."""
        expires = {"Idempotency-Expires-At": rfc3339(since + days * DAY)}
        return replace(self, headers={**self.headers, **expires})


def succeeded(row: Endpoint, result: Any) -> Reply:
    """A handler's result in its row's envelope. A PAGE's rows stand under "data" in the result."""
    if row.envelope is Envelope.DATA:
        result = {"ok": True, "data": result}
    elif row.envelope is Envelope.PAGE:
        result = {"ok": True, **result}
    return Reply(200, strict_json.encode(result))


def replayed(found: StoredReply, days: int) -> Reply:
    """The first reply again, byte for byte."""
    reply = Reply(found.status, found.body, {"Idempotency-Replayed": "true"})
    return reply.until(found.created_at, days)
