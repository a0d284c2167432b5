"""Recorded requests: both bodies and the headers of the newest requests, without secrets.

Rule: recordings are bounded in size and number, and end with the process. They are kept only by a
server that was started with --record-bodies or --test.
"""

import base64
from collections import OrderedDict
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.logs.request_lines import rfc3339_milliseconds
from tickiti_server.logs.secrets import safe_headers, without_secrets
from tickiti_server.validation.json_schema import Time

MOST_RECORDINGS = 1000
MOST_BODY = 64 * 1024
"""Bytes of a body that are kept."""

MOST_BYTES = 32 * 1024 * 1024
"""Bytes of all recordings together. Beyond this the oldest are forgotten."""


class Message(TypedDict):
    headers: Annotated[
        list[tuple[str, str]],
        Field(examples=[[["content-type", "application/json"]]]),
    ]
    body: Annotated[
        str,
        Field(
            description="The body as text, or as base64 if it is binary.",
            examples=['{"ok": true, "data": {"ticket_id": 1, "ticket_number": 220009}}'],
        ),
    ]
    is_base64: Annotated[bool, Field(examples=[False])]
    size: Annotated[int, Field(description="Bytes of the body.", examples=[63])]
    is_whole: Annotated[
        bool, Field(description="Whether all of the body was kept.", examples=[True])
    ]
    is_redacted: Annotated[
        bool, Field(description="Whether a secret was removed.", examples=[False])
    ]


class Recording(TypedDict):
    began_at: Time
    http_version: Annotated[str, Field(examples=["1.1"])]
    query: Annotated[str, Field(examples=[""])]
    request: Message
    reply: Annotated[Message | None, Field(description="null: no reply was sent.")]


class RecordedBody:
    """The beginning of a body as it passes, and its size."""

    def __init__(self) -> None:
        self.is_complete = False
        """Whether its last piece has passed."""

        self._kept = b""
        self._size = 0
        self._has_ended = False
        self._is_redacted = False

    def add(self, piece: bytes) -> None:
        self._kept += piece[: max(0, MOST_BODY - self._size)]
        self._size += len(piece)

    def end(self) -> None:
        """Redact what was kept. Nothing of the body can be shown before."""
        if self._has_ended:
            return
        safe = without_secrets(self._kept)
        self._is_redacted = safe != self._kept
        self._kept, self._has_ended = safe, True

    @property
    def kept(self) -> int:
        return len(self._kept)

    def message(self, headers: list[tuple[str, str]]) -> Message:
        text, is_base64 = _readable(self._kept if self._has_ended else b"")
        return {
            "headers": headers,
            "body": text,
            "is_base64": is_base64,
            "size": self._size,
            "is_whole": self.is_complete and self._has_ended and self._size <= MOST_BODY,
            "is_redacted": self._is_redacted,
        }


def _readable(content: bytes) -> tuple[str, bool]:
    """The content as text, or in base64. A character that the limit has cut is left out."""
    for end in range(len(content), max(len(content) - 4, -1), -1):
        try:
            return content[:end].decode(), False
        except UnicodeDecodeError:
            continue
    return base64.b64encode(content).decode(), True


class RecordedRequest:
    """A request and its reply, filled in as they pass."""

    def __init__(
        self,
        *,
        began: Microseconds,
        http_version: str,
        query: bytes,
        headers: Iterable[tuple[bytes, bytes]],
    ) -> None:
        self.request_id = ""
        self.sent, self.answered = RecordedBody(), RecordedBody()
        self._began = began
        self._http_version = http_version
        self._query = str(without_secrets(query), "latin-1")
        self._headers = safe_headers(headers)
        self._reply_headers: list[tuple[str, str]] | None = None

    def start_reply(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._reply_headers = safe_headers(headers)

    @property
    def size(self) -> int:
        headers = [*self._headers, *(self._reply_headers or ())]
        kept = self.sent.kept + self.answered.kept + len(self._query)
        return kept + sum(len(name) + len(value) for name, value in headers)

    def shown(self) -> Recording:
        answered, headers = self.answered, self._reply_headers
        return {
            "began_at": rfc3339_milliseconds(self._began / SECOND),
            "http_version": self._http_version,
            "query": self._query,
            "request": self.sent.message(self._headers),
            "reply": None if headers is None else answered.message(headers),
        }


class Recordings:
    """The newest recordings, by request id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[RecordedRequest, int]] = OrderedDict()
        self._size = 0

    def add(self, request: RecordedRequest) -> None:
        """Keep a request that has ended, and forget the oldest beyond the limits."""
        _, before = self._kept.pop(request.request_id, (None, 0))
        self._kept[request.request_id] = request, request.size
        self._size += request.size - before
        while len(self._kept) > MOST_RECORDINGS or self._size > MOST_BYTES:
            _, (_, size) = self._kept.popitem(last=False)
            self._size -= size

    def find(self, request_id: str) -> Recording | None:
        found = self._kept.get(request_id)
        return None if found is None else found[0].shown()

    def clear(self) -> None:
        self._kept.clear()
        self._size = 0
