"""A reply: status, headers and body."""

from typing import Any, NamedTuple

from starlette.types import Message

from tickiti_cli.contract.endpoint import Endpoint, Envelope
from tickiti_cli.contract.errors import ApiError
from tickiti_server.clock import Microseconds, rfc3339
from tickiti_server.store.access.idempotency import StoredReply
from tickiti_server.validation import error_body, strict_json

NO_HEADERS: dict[str, str] = {}


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str] = NO_HEADERS
    """Headers in addition to the length, the media type and the request id, which every reply
    has."""
    code: str | None = None
    """The stable code of a failure."""
    media_type: bytes = b"application/json"

    @classmethod
    def failure(cls, error: ApiError, request_id: str, *, is_v1: bool = False) -> "Reply":
        error.request_id = request_id
        body = error_body.envelope(error, request_id, is_v1=is_v1)
        status = error.v1_status if is_v1 else error.status
        return cls(status, body, error_body.headers(error), error.code)

    def until(self, moment: Microseconds) -> "Reply":
        """The same reply with Idempotency-Expires-At: its key replays it until then at least."""
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
    """A handler's result in the envelope of its row. A PAGE has its rows under "data" already."""
    if row.envelope is Envelope.DATA:
        result = {"ok": True, "data": result}
    elif row.envelope is Envelope.PAGE:
        result = {"ok": True, **result}
    return Reply(200, strict_json.encode(result))


def replayed(found: StoredReply, until: Microseconds) -> Reply:
    """The first reply again, byte for byte."""
    return Reply(found.status, found.body, {"Idempotency-Replayed": "true"}).until(until)
