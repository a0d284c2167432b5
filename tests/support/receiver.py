"""A real HTTP server of a test's own that takes callbacks, and answers what the test has written.

The rule of this file: what is in `arrived` has come with its last byte.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[socket.socket], None]
"""Writes to the connection what no HTTP library would."""


@dataclass(frozen=True, slots=True)
class Arrived:
    path: str
    headers: dict[str, str]
    """By their names in small letters."""

    body: bytes


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.arrived.append(Arrived(self.path, headers, body))
        receiver.has_arrived.release()
        receiver.gate.wait(20)
        if receiver.answer is not None:
            receiver.answer(self.connection)
            return
        self.send_response(receiver.status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(receiver.body)))
        self.end_headers()
        self.wfile.write(receiver.body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: "Receiver"

    def handle_error(self, *_: Any) -> None:
        """The other side went away: that is what some tests are about."""


class Receiver:
    """`status`, `headers`, `body` make the answer, unless `answer` writes it itself. While `gate`
    is closed nothing is answered."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.body = b""
        self.answer: Answer | None = None
        self.arrived: list[Arrived] = []
        self.has_arrived = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/decided"

    def wait_until(self, count: int = 1) -> None:
        """Until so many more have arrived."""
        for _ in range(count):
            assert self.has_arrived.acquire(timeout=20), "nothing arrived"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
