"""A large body costs its sender alone: it needs a token, and delays no other request."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, ticket
from tests.support.raw_http import connect, head, talk
from tests.support.replies import code_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults
"""Of each test, because it holds a server with bodies of many megabytes."""

MINT, V1_MINT = "/api/idempotency_key", "/api/v1/idempotency_key"
MOST_PUBLIC = 64 * 1024


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("large"))
    found.start()
    yield found
    found.stop()


@pytest.mark.parametrize("path", [MINT, V1_MINT])
def test_body_without_a_token_is_small(place: Place, path: str) -> None:
    body = json.dumps({"action": "create_ticket", "padding": ""})
    padded = body.replace('""', f'"{"x" * (MOST_PUBLIC - len(body))}"')
    assert len(padded) == MOST_PUBLIC
    assert place.post(path, padded, token="")[0] == 200
    refused = place.post(path, f" {padded}", token="")
    assert code_of(refused) == (413, "payload_too_large")
    assert json.loads(refused[2])["message"] == f"The body is larger than {MOST_PUBLIC} bytes."


def test_huge_body_is_decoded_while_others_are_answered(place: Place) -> None:
    """As many numbers as a body may have, each with many digits, are looked at one by one."""
    huge = json.dumps({**ticket("huge"), "numbers": [10**250] * 90_000})
    large = json.dumps({**ticket("large"), "text": "x" * 100_000})
    longest = longest_large = 0.0
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        posted = threads.submit(place.post, "/api/create_ticket", huge, "huge")
        while not posted.done():
            asked = time.monotonic()
            assert place.get("/_tickiti/healthz")[0] == 200
            answered = time.monotonic()
            longest = max(longest, answered - asked)
            assert place.post("/api/create_ticket", large, "large")[0] == 200
            longest_large = max(longest_large, time.monotonic() - answered)
        took = time.monotonic() - began
    assert posted.result()[0] == 200
    again = place.post("/api/create_ticket", f" {huge}", "huge")
    assert (again[1].get("idempotency-replayed"), again[2]) == ("true", posted.result()[2])
    assert longest < took / 3
    assert longest_large < took / 2


def test_large_bodies_beyond_the_memory_are_refused(
    tmp_path: Path,
) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(most_body_memory=2_000_000)
    large = json.dumps(ticket("x" * 1_000_000))
    with ExitStack() as slow:
        others = [slow.enter_context(connect(place)) for _ in range(2)]
        for connection in others:
            connection.sendall(head(place, "Content-Length: 900000") + b"{" + b" " * 890_000)
        time.sleep(0.3)  # what was announced is nothing yet; what came takes room
        refused = place.post("/api/create_ticket", large, "large")
        assert code_of(refused) == (503, "overloaded")
        assert refused[1]["retry-after"] == "1"
        assert place.post("/api/create_ticket", ticket("small"), "small")[0] == 200
        for size, status in ((2, b"422"), (900_000, b"503")):
            chunk = b"%x\r\n{%b}\r\n0\r\n\r\n" % (size, b" " * (size - 2))
            reply = talk(place, head(place, "Transfer-Encoding: chunked") + chunk)
            assert reply.startswith(b"HTTP/1.1 " + status)
    wait_until(lambda: place.post("/api/create_ticket", large, "large")[0] != 503)
    assert code_of(place.post("/api/create_ticket", large, "large")) == (422, "validation_failed")
    assert place.end() == 0


def test_slowest_large_body_is_evicted(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(most_body_memory=2_000_000)
    large = json.dumps(ticket("x" * 1_000_000))
    with connect(place) as slower, connect(place) as faster:
        slower.sendall(head(place, "Content-Length: 900000") + b"{" + b" " * 500_000)
        faster.sendall(head(place, "Content-Length: 900000") + b"{" + b" " * 890_000)
        time.sleep(1.5)
        assert code_of(place.post("/api/create_ticket", large, "large")) == (
            422,
            "validation_failed",
        )
        assert slower.recv(65536).startswith(b"HTTP/1.1 408 ")
        faster.sendall(b" " * 9_998 + b"}")
        assert faster.recv(65536).startswith(b"HTTP/1.1 422 ")
    assert place.end() == 0


def test_announced_but_unsent_bodies_reserve_no_memory(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(most_body_memory=2_000_000)
    with ExitStack() as slow:
        for _ in range(30):
            connection = slow.enter_context(connect(place))
            connection.sendall(head(place, "Content-Length: 25000000") + b"{")
        time.sleep(0.3)
        large = json.dumps({**ticket("large"), "more": "x" * 1_000_000})
        assert place.post("/api/create_ticket", large, "large")[0] == 200
    assert place.end() == 0


def test_large_bodies_wait_for_each_other(tmp_path: Path) -> None:
    """So many at once would take all memory: as text, as JSON and as rows each is several times
    as large."""
    place = PeculiarPlace(tmp_path)
    place.begin(most_work_memory=3_000_000, work_seconds=60)
    with ThreadPoolExecutor(12) as threads:
        bodies = [json.dumps({**ticket(f"{n}"), "more": "x" * 2_000_000}) for n in range(12)]
        posted = threads.map(
            lambda n: place.post("/api/create_ticket", bodies[n], f"{n}")[0], range(12)
        )
        assert place.post("/api/create_ticket", ticket("small"), "small")[0] == 200
        assert set(posted) == {200}
    assert place.end() == 0
