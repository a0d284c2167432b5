"""T1 to T5: a server in test mode: resets, snapshots, and what a fault costs other requests.

The bars of T1 to T4 are times that the product promises; their reference is that time.
"""

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.pace import paced
from bench.servers import Server, bundled
from bench.writing import BODY

TICKETS = 1000
ROUNDS = paced(11, 5)
REQUESTS = 200
"""Requests of one round of T5, one after the other on one connection."""

MOST_MS = {"reset": 50.0, "snapshot": 200.0}

CREATE = "/api/create_ticket"
CONTROL = "/_tickiti/test/"


class Requests:
    """One connection to a server, kept open."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(server.base_url.removeprefix("http://"))
        self._headers = {
            "Authorization": f"Bearer {server.token}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, body: Mapping[str, Any]) -> float:
        """Send a request and return its time in milliseconds."""
        headers = self._headers | {"Idempotency-Key": str(uuid.uuid4())}
        began = time.perf_counter()
        self._connection.request("POST", path, json.dumps(body), headers)
        reply = self._connection.getresponse()
        content = reply.read()
        took = 1000 * (time.perf_counter() - began)
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {content[:200]!r}")
        return took

    def control(self, name: str, /, **body: Any) -> float:
        return self.post(f"{CONTROL}{name}", body)


def measure(scratch: Path) -> list[Figure]:
    with bundled(scratch, "--test") as server:
        requests = Requests(server)
        empty = statistics.median(requests.control("reset") for _ in range(ROUNDS))
        for _ in range(TICKETS):
            requests.post(CREATE, BODY)
        saves = [requests.control("snapshots/save", name="full") for _ in range(ROUNDS)]
        rounds = [
            (requests.control("reset"), requests.control("snapshots/load", name="full"))
            for _ in range(ROUNDS)
        ]
        resets, loads = (statistics.median(times) for times in zip(*rounds, strict=True))
        overhead = _overhead(requests)
    of_full = f"of {TICKETS:,} tickets"
    return [
        _timed("T1", "`server reset` of an empty helpdesk", empty, "reset"),
        _timed("T2", f"`server reset` {of_full}", resets, "reset"),
        _timed("T3", f"`snapshot save` {of_full}", statistics.median(saves), "snapshot"),
        _timed("T4", f"`snapshot load` {of_full}", loads, "snapshot"),
        overhead,
    ]


def _timed(name: str, what: str, milliseconds: float, limit: str) -> Figure:
    most = MOST_MS[limit]
    return Figure(
        bar_name=name,
        what=what,
        measured=f"{milliseconds:.0f} ms",
        reference=f"{most:.0f} ms promised",
        ratio=milliseconds / most,
        bar=1.0,
        better="lower",
        command=f"python -m bench.run T1, {ROUNDS} rounds",
    )


def _overhead(requests: Requests) -> Figure:
    """A request that a fault is compared with and that it lets pass, against one without faults."""

    def with_fault() -> float:
        requests.control("faults/add", route=CREATE, status=503, key="never-*")
        try:
            return _of_one(requests)
        finally:
            requests.control("faults/clear")

    sides: tuple[Callable[[], float], ...] = (with_fault, lambda: _of_one(requests))
    rounds = [tuple(side() for side in sides) for _ in range(ROUNDS)]
    armed, bare = (statistics.median(times) for times in zip(*rounds, strict=True))
    return Figure(
        bar_name="T5",
        what="create_ticket that a fault lets pass, against one without faults",
        measured=f"{armed:.2f} ms",
        reference=f"{bare:.2f} ms",
        ratio=armed / bare,
        bar=1.1,
        better="lower",
        command=f"python -m bench.run T1, {REQUESTS} requests on one connection, {ROUNDS} rounds",
    )


def _of_one(requests: Requests) -> float:
    return statistics.median(requests.post(CREATE, BODY) for _ in range(REQUESTS))
