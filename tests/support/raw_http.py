"""HTTP by the byte, for requests that no client library sends."""

import json
import socket

from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, ticket


def talk(place: Place, raw: bytes, *, seconds: float = 15) -> bytes:
    """Raw bytes in, everything that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", place.port), timeout=seconds) as connection:
        connection.sendall(raw)
        pieces = []
        try:
            while piece := connection.recv(65536):
                pieces.append(piece)
        except ConnectionResetError:
            pass
    return b"".join(pieces)


def connect(place: Place) -> socket.socket:
    return socket.create_connection(("127.0.0.1", place.port), timeout=20)


def head(place: Place, length: str) -> bytes:
    lines = (
        "POST /api/create_ticket HTTP/1.1", "Host: x", "Idempotency-Key: k", "Connection: close",
        f"Authorization: Bearer {place.token}", "Content-Type: application/json", length, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def request(place: PeculiarPlace, key: str) -> bytes:
    body = json.dumps(ticket(key)).encode()
    lines = (
        "POST /api/create_ticket HTTP/1.1", "Host: localhost", f"Idempotency-Key: {key}",
        f"Authorization: Bearer {place.token}", "Content-Type: application/json",
        f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body
