"""A server that misbehaves on command: what stands between a client and a Tickiti out there.

The rule of this file: one scripted answer for each connection, then the last one again.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

Answer = bytes | Callable[[socket.socket], None]

TLS_HANDSHAKE = b"\x16"
"""The first byte of a connection that begins with TLS."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


class Foreign:
    """Listens on a free port of 127.0.0.1; `asked` is every POST so far.

    With a certificate (and its key in the same file) it speaks TLS.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._answers: list[Answer] = [reply({"ok": True, "data": {}})]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.asked: list[Asked] = []
        self.looks: list[Asked] = []
        """Each GET: a look at the server's clock, which has no effect and is answered with 404."""

        self.clock: dict[str, str] = {}
        """The header `date` of the answers to those; none by default."""

        self.connections = 0
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        scheme = "https" if self._tls else "http"
        self.base_url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._thread.join()

    def close(self) -> None:
        """Refuse every further connection."""
        # Shut down, not only closed: a close alone does not wake a thread that accepts.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def answers(self, *answers: Answer) -> None:
        self._answers = list(answers)

    @property
    def keys(self) -> list[str | None]:
        return [asked.headers.get("idempotency-key") for asked in self.asked]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(10)
            with suppress(ssl.SSLError), self._secured(connection) as secured:
                self._answer(secured)

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            return connection
        with connection:  # wrapping takes it over; a handshake that fails must close it
            return self._tls.wrap_socket(connection, server_side=True)

    def _answer(self, connection: socket.socket) -> None:
        asked = _read(connection)
        if asked is None:
            return
        if asked.line.startswith("GET /_tickiti/"):
            self.looks.append(asked)
            with suppress(OSError):
                connection.sendall(raw_reply(b"", status=404, **self.clock))
            return
        self.asked.append(asked)
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        try:
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)
        except OSError:
            return  # the client gave up first, which some tests are about


def reply(body: Any, *, status: int = 200, **headers: str) -> bytes:
    """A JSON reply; `retry_after="1"` becomes the header Retry-After."""
    return raw_reply(json.dumps(body).encode(), status=status, **headers)


def raw_reply(
    content: bytes, *, status: int = 200, media_type: str = "application/json", **headers: str
) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Any",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def failure(status: int, code: str, message: str = "No.", **headers: str) -> bytes:
    body = {"ok": False, "error": message, "message": message, "code": code, "request_id": "r1"}
    return reply(body, status=status, **headers)


def ticket_created(number: int = 220009) -> bytes:
    return reply({"ok": True, "data": {"ticket_number": number, "ticket_id": 1, "secure_id": "s"}})


def drip(content: bytes, *, pause: float) -> Callable[[socket.socket], None]:
    """A byte at a time: each arrives in good time, the whole does not."""

    def answer(connection: socket.socket) -> None:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return answer


def silence(connection: socket.socket) -> None:
    """Wait until the client has had enough."""
    connection.recv(1)


def hang_up(connection: socket.socket) -> None:
    """Close with a reset, as a crashed peer does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _read(connection: socket.socket) -> Asked | None:
    """The request. None if there is none, or a TLS handshake, which no HTTP server waits for."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece or piece.startswith(TLS_HANDSHAKE):
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (field.partition(": ") for field in fields)
    }
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Asked(line, headers, body)
