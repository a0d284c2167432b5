"""The server replies to a client that has just reset its connection."""

import asyncio

import pytest

from tickiti_server.connection.write_coalescing import CoalescingTransport


class Gone(asyncio.Transport):
    """As uvloop's is between the reset and the word of it."""

    def __init__(self, *, is_closing: bool) -> None:
        super().__init__()
        self._is_closing = is_closing

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        raise RuntimeError(f"unable to write {len(data)} bytes; the handler is closed")


def test_reply_to_a_reset_connection_is_dropped() -> None:
    writes = CoalescingTransport(Gone(is_closing=True))
    writes.write(b"HTTP/1.1 200 OK\r\n\r\n")
    writes.write(b"{}")


def test_error_of_an_open_connection_is_raised() -> None:
    with pytest.raises(RuntimeError):
        CoalescingTransport(Gone(is_closing=False)).write(b"{}")
