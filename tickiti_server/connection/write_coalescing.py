"""One system call for a reply: its head and its body leave together."""

import asyncio
from typing import Any

_REPLY = (b"HTTP/1.1 2", b"HTTP/1.1 4", b"HTTP/1.1 5")
_END_OF_HEAD = b"\r\n\r\n"


class JoinedWrites:
    """A transport that keeps the head of a reply until its body comes.

    uvicorn writes one after the other and uvloop makes a system call of each, which was a fifth of
    the loop's time under load. A reply that has no body is let go by `flush`.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.written = 0
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data.endswith(_END_OF_HEAD) and data.startswith(_REPLY):
            self._head = data
            return
        head, self._head = self._head, b""
        joined = head + data if head else data
        self.written += len(joined)
        try:
            self._transport.write(joined)
        except RuntimeError:
            # The client has reset the connection, which uvloop knows before it tells us.
            if not self._transport.is_closing():
                raise

    def flush(self) -> None:
        if self._head:
            self.write(b"")

    def write_eof(self) -> None:
        self.flush()
        self._transport.write_eof()

    def close(self) -> None:
        self.flush()
        self._transport.close()
