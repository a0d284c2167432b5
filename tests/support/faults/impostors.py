"""What stands between a command line and a server, and answers in its place: pages, gateways.

The rule of this file: what becomes of each request is said beforehand, one step for each POST; when
there is none left everything is passed on. A GET, which has no effect, is always passed on.
"""

import json
import socket
from typing import NamedTuple

from tests.support.faults.proxy import RESET, Proxy


class Step(NamedTuple):
    """Whether the request reaches the server, and what the client gets: None for a reset, b"" for
    the server's own reply."""

    reaches: bool
    answer: bytes | None


def response(status: int, content: bytes, kind: str = "text/html", *, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Any\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def page(status: int) -> bytes:
    return response(status, b"<html><center>nginx</center></html>")


def as_json(status: int, body: object) -> bytes:
    return response(status, json.dumps(body).encode(), "application/json")


ANSWERS = {
    **{f"page {status}": page(status) for status in (400, 401, 403, 404, 405, 409, 413, 422)},
    **{f"page {status}": page(status) for status in (408, 425, 429, 500, 502, 503, 504)},
    "gateway without a route": as_json(404, {"message": "no Route matched with those values"}),
    "gateway without a token": as_json(401, {"message": "Unauthorized"}),
    "gateway's body limit": as_json(413, {"message": "Request size limit exceeded"}),
    "bare error": as_json(400, {"error": "Bad Request", "status": 400}),
    "code alone": as_json(422, {"code": "validation_failed"}),
    "empty 404": response(404, b""),
    "empty 200": response(200, b""),
    "captive portal": response(200, b"<html>Log in to the WiFi</html>"),
    "redirect to it": response(302, b"", more="Location: http://127.0.0.1:9/\r\n"),
    "list 404": as_json(404, ["not found"]),
    "list 200": as_json(200, []),
    "object of nothing 200": as_json(200, {}),
    "bare error 200": as_json(200, {"error": "upstream timed out"}),
    "truncated": b"HTTP/1.1 404 Any\r\nContent-Length: 400\r\n\r\n<html>",
    "truncated json": response(200, b'{"ok": true, "da', "application/json"),
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"HTTP/1.1 ",
}


class Impostor(Proxy):
    """Does what `steps` say, one for each POST."""

    def __init__(self, target: str, *steps: Step) -> None:
        super().__init__(target, one_in=1, seed=0)
        self.steps = list(steps)

    def _treat(self, client: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET ") or not self.steps:
            client.sendall(self.forward(request))
            return
        step = self.steps.pop(0)
        reply = self.forward(request) if step.reaches else b""
        if step.answer is None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        else:
            client.sendall(step.answer or reply)
