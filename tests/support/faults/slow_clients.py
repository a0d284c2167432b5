"""Many clients that take their time: a program of its own, so that it does not slow down the test.

    python -m tests.support.faults.slow_clients PORT TOKEN TICKET_NUMBER CONNECTIONS

A third drips headers, a third drips a body that the server has agreed to take, a third asks for a
long reply and does not read it. Who is hung up on comes again. It says READY when all are there,
and ends with its standard input.
"""

import itertools
import json
import selectors
import socket
import sys
import time

DRIP_SECONDS = 0.5
SHIFTS = 25
"""Parts of that time: clients of a real crowd do not all drip at once."""

HEAD = "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"


def openings(token: str, number: str) -> list[bytes]:
    """What each kind sends at first."""
    typed = "Content-Type: application/json\r\n"
    create = HEAD.format(path="/api/create_ticket", token=token)
    show = HEAD.format(path="/api/v1/tickets/show", token=token)
    body = json.dumps({"ticket_number": int(number)})
    return [
        f"{create}X-Slow: ".encode(),
        f"{create}Idempotency-Key: slow\r\n{typed}Content-Length: 100000\r\n\r\n{{".encode(),
        f"{show}{typed}Content-Length: {len(body)}\r\n\r\n{body}".encode(),
    ]


def connect(port: int, opening: bytes, is_reader: bool) -> socket.socket:
    connection = socket.socket()
    if not is_reader:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    connection.sendall(opening)
    connection.setblocking(False)
    return connection


def main(port: str, token: str, number: str, count: str) -> None:
    kinds = openings(token, number)
    slow = {n: connect(int(port), kinds[n % 3], n % 3 != 2) for n in range(int(count))}
    print("READY", flush=True)
    ending = selectors.DefaultSelector()
    ending.register(sys.stdin, selectors.EVENT_READ)
    shifts = itertools.cycle(range(SHIFTS))
    while not ending.select(DRIP_SECONDS / SHIFTS):
        began, shift = time.monotonic(), next(shifts)
        for n, connection in slow.items():
            if n % 3 == 2 or n // 3 % SHIFTS != shift or is_open(connection):
                continue
            connection.close()
            try:
                slow[n] = connect(int(port), kinds[n % 3], True)
            except OSError:
                break
            if time.monotonic() - began > DRIP_SECONDS:
                break


def is_open(connection: socket.socket) -> bool:
    """Drip one more byte; False where the server has hung up, or has said something."""
    try:
        connection.send(b" ")
        connection.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


if __name__ == "__main__":
    main(*sys.argv[1:])
