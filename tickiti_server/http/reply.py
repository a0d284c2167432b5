"""What is sent back: a status, its bytes, and the headers that go with them."""

from typing import Any, NamedTuple

from starlette.types import Message

from tickiti_cli.contract.endpoint import Endpoint, Envelope
from tickiti_cli.contract.errors import ApiError
from tickiti_server import failures, strict_json
from tickiti_server.call import Microseconds, rfc3339
from tickiti_server.store.idempotency import StoredReply

NO_HEADERS: dict[str, str] = {}


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str] = NO_HEADERS
    """Those that are this reply's own; every reply has a length, a type and a request id."""
    code: str | None = None
    """The stable code of a failure."""
    media_type: bytes = b"application/json"

    @classmethod
    def failure(cls, error: ApiError, request_id: str) -> "Reply":
        error.request_id = request_id
        body = failures.envelope(error, request_id)
        return cls(error.status, body, failures.headers(error), error.code)

    def until(self, moment: Microseconds) -> "Reply":
        """The same reply, saying how long its key replays it at least."""
        headers = {**self.headers, "Idempotency-Expires-At": rfc3339(moment)}
        return Reply(self.status, self.body, headers, self.code, self.media_type)

    def start(self, request_id: str) -> Message:
        """The ASGI message that comes before the body."""
        own = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", self.media_type),
            (b"x-request-id", request_id.encode()),
            *own,
        ]
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def succeeded(row: Endpoint, result: Any) -> Reply:
    """A handler's result in its row's envelope. A PAGE's rows stand under "data" in the result."""
    if row.envelope is Envelope.DATA:
        result = {"ok": True, "data": result}
    elif row.envelope is Envelope.PAGE:
        result = {"ok": True, **result}
    return Reply(200, strict_json.encode(result))


def replayed(found: StoredReply, until: Microseconds) -> Reply:
    """The first reply again, byte for byte."""
    return Reply(found.status, found.body, {"Idempotency-Replayed": "true"}).until(until)
