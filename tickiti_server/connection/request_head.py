"""Limits of a request's head while it arrives: time, size and ambiguous headers.

Rule: a bad head is refused before the application sees a request.
"""

from typing import Any, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tickiti_cli.contract.errors import ApiError, BadRequest, HeaderTooLarge, RequestTimeout
from tickiti_server.connection.head_rules import refuse_ambiguous
from tickiti_server.connection.timer import Timer
from tickiti_server.http.request import CONNECTION
from tickiti_server.settings import Settings


class HeadProtocol(HttpToolsProtocol):
    settings: Settings
    """Set on the subclass that `protocol.guarded_by` makes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._header_deadline = Timer()
        self._header_bytes = 0
        self._open_bytes = 0
        self._is_in_head = True
        self._refusal: ApiError | None = None

    def refuse(self, error: ApiError) -> None:
        """Send an error reply although there is no request, and close."""
        raise NotImplementedError

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = self._open_bytes = 0
        self._is_in_head = True

    def on_url(self, url: bytes) -> None:
        self._header_bytes += len(url)
        if self._header_bytes > self.settings.most_headers:
            self._give_up(HeaderTooLarge())
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value) + len(b": \r\n")
        if self._header_bytes > self.settings.most_headers:
            self._give_up(HeaderTooLarge())
        if self._is_in_head:  # trailers of a chunked body are not headers
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        version = self.parser.get_http_version()
        try:
            refuse_ambiguous(version, self.headers)
        except BadRequest as error:
            self._give_up(error)
        if self.parser.should_upgrade():
            # The parser would hand over the body as bytes of another protocol.
            self._give_up(BadRequest("This server speaks HTTP/1.1 alone: send no Upgrade header."))
        if version == "1.0":
            self.expect_100_continue = False  # HTTP/1.0 has no interim replies
        scope: Any = self.scope
        scope[CONNECTION] = self.transport
        super().on_headers_complete()

    def _give_up(self, error: ApiError) -> NoReturn:
        """Stop the parser, which then calls `send_400_response`."""
        self._refusal = error
        raise error

    def _count_open(self, size: int) -> None:
        """Count the bytes of a header line that is incomplete, which on_header has not seen."""
        self._open_bytes += size
        if self._open_bytes > self.settings.most_headers:
            self.refuse(HeaderTooLarge())

    def _expect_headers(self) -> None:
        self._header_deadline.start(self.settings.header_seconds, self._headers_are_late)

    def _headers_are_late(self) -> None:
        if self.transport.is_closing():
            return
        if self._header_bytes or self._open_bytes:
            self.refuse(RequestTimeout())
        else:
            self.transport.close()
