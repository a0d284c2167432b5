"""A bad network between the command line and the server: a proxy that misbehaves on purpose.

The rule of this file: what it does to a request is drawn from a seeded generator, and counted.
"""

import contextlib
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self
from urllib.parse import urlsplit

from tests.support.foreign import TLS_HANDSHAKE

PAGE = b"<html><h1>Bad gateway</h1></html>"
HTML = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE)
)
RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""SO_LINGER with a time of zero: closing sends RST."""

Fault = Callable[["Proxy", socket.socket, bytes], None]


class Proxy:
    """Listens on a free port and forwards to `target`; one of `faults` in `one_in` requests."""

    def __init__(
        self, target: str, *, one_in: int, seed: int, faults: "Sequence[Fault] | None" = None
    ) -> None:
        self._faults = FAULTS if faults is None else faults
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 0)
        self._one_in = one_in
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.done: Counter[str] = Counter()
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown, not close alone: only that wakes the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def calm(self) -> None:
        """No faults from here on."""
        self._faults = ()

    def forward(self, request: bytes) -> bytes:
        """The whole reply of the server, which closes after it."""
        with socket.create_connection(self._target) as server:
            server.sendall(_closing(request))
            reply = b""
            while piece := server.recv(65536):
                reply += piece
        return reply

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(30)
            request = _read(client)
            if request:
                self._treat(client, request)

    def _treat(self, client: socket.socket, request: bytes) -> None:
        fault = self._drawn()
        self.done[fault.__name__] += 1
        fault(self, client, request)

    def _drawn(self) -> Fault:
        if not self._faults or self._random.randrange(self._one_in):
            return pass_on
        return self._random.choice(self._faults)


def _closing(request: bytes) -> bytes:
    """The request with `Connection: close` and no other such header: nginx goes by the last."""
    head, end, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([first, *kept, b"Connection: close"]) + end + body


def pass_on(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    client.sendall(proxy.forward(request))


def reset_before(_: Proxy, client: socket.socket, request: bytes) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def drop_the_reply(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    proxy.forward(request)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def cut_the_reply(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    reply = proxy.forward(request)
    client.sendall(reply[: len(reply) - 20])


def close_half(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    proxy.forward(request)
    client.shutdown(socket.SHUT_WR)
    client.recv(1)


def answer_with_a_page(_: Proxy, client: socket.socket, request: bytes) -> None:
    client.sendall(HTML)


def replace_the_reply_by_a_page(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    proxy.forward(request)
    client.sendall(HTML)


def delay(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    time.sleep(0.2)
    client.sendall(proxy.forward(request))


def drip(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    for byte in proxy.forward(request):
        client.sendall(bytes([byte]))
        time.sleep(0.001)


def answer_as_an_ingress(_: Proxy, client: socket.socket, request: bytes) -> None:
    """Its own page, while what is behind it starts again."""
    client.sendall(_foreign(b"404 Not Found", b"text/html", b"<html>404 Not Found</html>"))


def answer_as_a_gateway(_: Proxy, client: socket.socket, request: bytes) -> None:
    body = b'{"message": "no Route matched with those values"}'
    client.sendall(_foreign(b"404 Not Found", b"application/json", body))


def answer_as_a_firewall(_: Proxy, client: socket.socket, request: bytes) -> None:
    client.sendall(_foreign(b"403 Forbidden", b"text/html", b"<html>Request blocked</html>"))


def answer_as_a_web_server(_: Proxy, client: socket.socket, request: bytes) -> None:
    client.sendall(_foreign(b"400 Bad Request", b"text/html", b"<html>400 Bad Request</html>"))


def replace_the_reply_by_a_portal(proxy: Proxy, client: socket.socket, request: bytes) -> None:
    proxy.forward(request)
    client.sendall(_foreign(b"200 OK", b"text/html", b"<html>Log in to the network</html>"))


def _foreign(status: bytes, kind: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    return head % (status, kind, len(body)) + body


FAULTS: tuple[Fault, ...] = (
    reset_before,
    drop_the_reply,
    cut_the_reply,
    close_half,
    answer_with_a_page,
    replace_the_reply_by_a_page,
    delay,
    drip,
)


FOREIGN: tuple[Fault, ...] = (
    answer_as_an_ingress,
    answer_as_a_gateway,
    answer_as_a_firewall,
    answer_as_a_web_server,
    replace_the_reply_by_a_portal,
)


def _read(client: socket.socket) -> bytes:
    """One request with its body; empty when the client says nothing more, or speaks TLS."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = client.recv(65536)
        if not piece or piece.startswith(TLS_HANDSHAKE):
            return b""
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        piece = client.recv(65536)
        if not piece:
            return b""
        raw += piece
        missing -= len(piece)
    return raw
