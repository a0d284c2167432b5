"""Attackers: a token of each single ability that sends the worst there is, and forty addresses that
have none. A program of its own, so that it does not slow down the test more than the server.

    python -m tests.support.faults.attackers PORT TOKEN TICKET_NUMBER

It says READY once all have begun, and what they were answered when its standard input ends.
"""

import contextlib
import http.client
import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.members import MEMBERS
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Ability, Endpoint

ADDRESSES = [f"127.0.0.{n}" for n in range(2, 42)]
SLOW_OF_AN_ADDRESS = 40
SLOW_OF_A_TOKEN = 20
REST_SECONDS = 0.05
"""Between two requests of one attacker: this program has the same processors as the server."""

PIXEL = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
HTML: dict[str, Callable[[int], str]] = {
    "comments": lambda size: "<!-- >a" * (size // 7),
    "declarations": lambda size: "<!x>" * (size // 4),
    "lists in comments": lambda size: "<!--<li>" * (size // 8),
    "one image of many attributes": lambda size: (
        "<img " + " ".join(f"a{n}" for n in range(size // 7)) + ">"
    ),
    "many images": lambda size: f'<img src="data:image/gif;base64,{PIXEL}">' * (size // 76),
    "one large image": lambda size: f'<img src="data:image/png;base64,{"A" * (size & ~3)}">',
    "nested": lambda size: "<div>" * (size // 5),
    "lists": lambda size: "<ul><li>" * (size // 8),
    "tables": lambda size: "<table><tr><td>" * (size // 15),
    "entities": lambda size: "&#x26;" * (size // 6),
    "open tags": lambda size: "<" * size,
    "quotes": lambda size: '<a href="' * (size // 9),
    "spaces": lambda size: " " * size + "x",
    "controls": lambda size: "\x01" * (size // 6),
}
SIZES = (16_000, 1_000_000, 8_000_000, 20_000_000)
ITEMS = ("1", "null", "{}", "[]", '"x"', '{"mode":"content","tokens":[1]}')
TEXTS = ("content", "html", "subject", "name", "search", "q", "identifier", "data", "description")


def bodies(row: Endpoint, number: int, chance: random.Random) -> Iterator[str]:
    """Without end, the worst that this route may be sent."""
    lists = [member for member in MEMBERS if member.name == row.name]
    while True:
        for member in lists:
            item = chance.choice(
                ["1", "null", "{}", "[]", '"x"', '{"mode":"content","tokens":[1]}']
            )
            yield member.body(f"[{','.join([item] * chance.choice([90, 9_000, 300_000]))}]")
        yield json.dumps(searching(chance))
        yield json.dumps({"ticket_number": number})
        yield json.dumps({"limit": 1000, "range_days": 30})
        yield json.dumps({"ticket_number": [number], "limit": 1000})
        yield '{"a":' * 60 + "[" + ",".join(["[1]"] * 40_000) + "]" + "}" * 60
        yield "[" * 200_000
        yield '{"more": "' + "\\u00e9" * 3_000_000 + '"}'
        yield json.dumps({f"n{n}": n for n in range(90_000)})
        yield json.dumps(writing(number, chance))


def searching(chance: random.Random) -> Any:
    worst = "a" * 999 + "b"
    tokens = [worst] * chance.choice([1, 100])
    criteria = [{"mode": chance.choice(["content", "subject"]), "tokens": tokens}] * 3
    return {"search_object": {"criteria": criteria}, "search": worst * 40, "q": worst[-255:]}


def writing(number: int, chance: random.Random) -> Any:
    html = chance.choice([*HTML.values()])(chance.choice(SIZES))
    said = {"subject": "attack", "content": html}
    return {
        "ticket_number": number, "from_email": "a@b.example", "to_address": "a@b.example",
        "originator_email_address": "a@b.example", **dict.fromkeys(TEXTS, html), "data": said,
        "subject": "attack", "type": "email", "identifier": f"t{chance.random()}", "name": "attack",
    }  # fmt: skip


class Attack:
    def __init__(self, port: int, token: str, number: int) -> None:
        self._port = port
        self._token = token
        self._number = number
        self._lock = threading.Lock()
        self.is_over = threading.Event()
        self.answers: Counter[str] = Counter()

    def begin(self) -> None:
        for ability in Ability:
            body = {"name": f"attacker {ability}", "abilities": [ability]}
            minted = json.loads(self._post("/_tickiti/tokens/mint", json.dumps(body), self._token))
            token = minted["data"]["token"]
            self._run(self._send, ability, token)
            self._run(self._drip, "127.0.0.1", SLOW_OF_A_TOKEN, token)
            self._run(self._read_nothing, token)
        for address in ADDRESSES:
            self._run(self._drip, address, SLOW_OF_AN_ADDRESS, "")

    def _run(self, attack: Callable[..., None], *arguments: Any) -> None:
        threading.Thread(target=attack, args=arguments, daemon=True).start()

    def _note(self, answer: str) -> None:
        with self._lock:
            self.answers[answer] += 1

    def _send(self, ability: Ability, token: str) -> None:
        """Every route that the ability opens, one request after the other."""
        chance = random.Random(ability)
        rows = [row for row in CATALOGUE.values() if row.served and ability in row.needs]
        streams = [(row, bodies(row, self._number, chance)) for row in rows]
        while streams and not self.is_over.is_set():
            row, stream = chance.choice(streams)
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                self._post(row.path.replace("{id}", "1"), next(stream), token)
            time.sleep(REST_SECONDS)

    def _post(self, path: str, body: str, token: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(random.random())}
        headers |= {"Authorization": f"Bearer {token}"}
        try:
            connection.request("POST", path, body.encode(), headers)
            reply = connection.getresponse()
            self._note(str(reply.status))
            return reply.read()
        except OSError as error:
            self._note(type(error).__name__)
            raise
        finally:
            connection.close()

    def _drip(self, address: str, count: int, token: str) -> None:
        """So many bodies that come a byte at a time; who is cut off comes again."""
        connections: dict[int, socket.socket] = {}
        while not self.is_over.is_set():
            for n in range(count):
                with contextlib.suppress(OSError):
                    if n not in connections:
                        connections[n] = self._open(address, token)
                    connections[n].send(b" ")
                    if connections[n].recv(4096):
                        self._note("cut off")
                    connections.pop(n).close()
            time.sleep(0.5)

    def _open(self, address: str, token: str) -> socket.socket:
        where = ("127.0.0.1", self._port)
        connection = socket.create_connection(where, timeout=5, source_address=(address, 0))
        path = "create_ticket" if token else "idempotency_key"
        lines = [f"POST /api/{path} HTTP/1.1", "Host: x", "Content-Type: application/json"]
        lines += ["Content-Length: 60000", "Idempotency-Key: slow"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n{").encode())
        connection.setblocking(False)
        return connection

    def _read_nothing(self, token: str) -> None:
        """Ask for long replies, and leave them where they are."""
        body = json.dumps({"ticket_number": [self._number], "limit": 1000})
        while not self.is_over.is_set():
            held = []
            for path in ("/api/v1/tickets/responses/query", "/_tickiti/docs", "/api/v1/templates"):
                with contextlib.suppress(OSError):
                    connection = socket.socket()
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    connection.connect(("127.0.0.1", self._port))
                    method = "GET" if path.endswith("docs") else "POST"
                    lines = (
                        f"{method} {path} HTTP/1.1", "Host: 127.0.0.1",
                        f"Authorization: Bearer {token}", "Content-Type: application/json",
                        f"Content-Length: {len(body)}", "", body,
                    )  # fmt: skip
                    connection.sendall("\r\n".join(lines).encode())
                    held.append(connection)
            self.is_over.wait(5)
            for connection in held:
                connection.close()


def main(port: str, token: str, number: str) -> None:
    attack = Attack(int(port), token, int(number))
    attack.begin()
    print("READY", flush=True)
    sys.stdin.read()
    attack.is_over.set()
    print(json.dumps(attack.answers), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
