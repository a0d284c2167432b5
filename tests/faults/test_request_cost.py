"""One request costs little, for any body: it holds the event loop for a moment, and memory by its
size. -s shows the figures.

By hand: TICKITI_TEST_SIZE=24000000, the size of the largest bodies.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket

SIZES = [16_000, 256_000, int(os.environ.get("TICKITI_TEST_SIZE", "3000000"))]
MOST_HELD_SECONDS = 0.05
BUSY_SECONDS = 0.5
"""What other programs on the same machine may add to it."""

MOST_A_BYTE = 20
OVERHEAD = 24 * 1024 * 1024
"""Bytes that a server takes for its first large request, whatever its size."""

MOST_REPLY = 200_000
CREATE, INDEX = "/api/create_ticket", "/api/tickiti_api_index"


def of(start: str, item: str, end: str) -> Callable[[int], str]:
    return lambda size: start + item * ((size - len(start + end)) // len(item.encode())) + end


SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "numbers": (INDEX, of('{"search_object":{"criteria":[1', ",1", "]}}")),
    "decimals": (INDEX, of('{"search_object":{"criteria":[1', ",1.5", "]}}")),
    "nulls": (INDEX, of('{"search_object":{"criteria":[1', ",null", "]}}")),
    "long numbers": (INDEX, of('{"a":[1', "," + "7" * 900, "]}")),
    "empty arrays": (CREATE, of('{"a":[[]', ",[]", "]}")),
    "empty objects": (CREATE, of('{"a":[{}', ",{}", "]}")),
    "short strings": (CREATE, of('{"a":[""', ',"é"', "]}")),
    "names": (CREATE, lambda n: json.dumps({f"n{k}": k for k in range(min(n // 12, 99_000))})),
    "open arrays": (CREATE, lambda n: "[" * n),
    "nested": (CREATE, of('{"a":' * 60 + "[1", ",[2]", "]" + "}" * 60)),
    "text": (CREATE, of('{"a":"', "x", '"}')),
    "text of two bytes": (CREATE, of('{"a":"', "é", '"}')),
    "text of four bytes": (CREATE, of('{"a":"', "\U0001f600", '"}')),
    "text with one of four": (CREATE, of('{"a":"\U0001f600', "x", '"}')),
    "unicode escapes": (CREATE, of('{"a":"', "\\u00e9", '"}')),
    "line breaks": (CREATE, of('{"a":"', "\\n", '"}')),
    "backslashes": (CREATE, of('{"a":"', "\\\\", '"}')),
    "quotes": (CREATE, of('"', '"', "")),
    "blanks between letters": (CREATE, of('{"a":"\u00e9', " ", 'x"}')),
    "blanks and letters": (CREATE, of('{"a":"\u00e9', "   x", '"}')),
    "white space": (CREATE, of("{", " ", "}")),
    "nonsense": (CREATE, of("", ",:]}", "")),
    "a form": (CREATE, of("a=1", "&b=%20c", "")),
    "a ticket and more": (
        CREATE,
        lambda n: json.dumps({**ticket("t"), "more": "word " * (n // 5)}),
    ),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path)
    found.begin()
    # What is imported and what is cached is not the body's.
    found.post(CREATE, {**ticket("warm"), "more": "x" * 600_000}, "warm")
    yield found
    assert found.end() == 0


def memory(place: PeculiarPlace, what: str) -> int:
    status = Path(f"/proc/{place.process.pid}/status").read_text()
    return int(status.partition(what)[2].split()[0]) * 1024


class Pulse:
    """Asks whether the server lives, again and again on one connection; the longest answer."""

    def __init__(self, place: PeculiarPlace) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat)
        self.longest = 0.0
        self.beats = 0

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._connection.close()

    def _beat(self) -> None:
        while not self._is_over.is_set():
            began = time.monotonic()
            self._connection.request("GET", "/_tickiti/healthz")
            self._connection.getresponse().read()
            self.longest = max(self.longest, time.monotonic() - began)
            self.beats += 1
            time.sleep(0.002)


@pytest.mark.parametrize("shape", SHAPES)
def test_request_blocks_the_loop_briefly_with_memory_by_its_size(
    place: PeculiarPlace, shape: str
) -> None:
    path, make = SHAPES[shape]
    for size in SIZES:
        raw = make(size).encode()
        Path(f"/proc/{place.process.pid}/clear_refs").write_text("5")  # the peak begins anew
        before = memory(place, "VmRSS:")
        form = {"Content_Type": "application/x-www-form-urlencoded"} if shape == "a form" else {}
        with Pulse(place) as pulse:
            status, _, reply = place.post(path, raw, f"{shape} {size}", **form)
        took = memory(place, "VmHWM:") - before
        print(
            f"{shape}, {len(raw)} bytes: {status}, loop held {pulse.longest * 1000:.0f} ms, "
            f"{took / len(raw):.1f} bytes a byte, reply of {len(reply)}"
        )
        assert status in (200, 400, 413, 415, 422)
        assert len(reply) < MOST_REPLY
        assert pulse.longest < MOST_HELD_SECONDS + BUSY_SECONDS
        assert took < MOST_A_BYTE * len(raw) + OVERHEAD
    assert "Traceback" not in place.log


@pytest.mark.parametrize("query", ["a=%41&" * 9_000, "&a" * 30_000, "a" * 60_000, "%F0%9F" * 9_000])
def test_long_query_string_blocks_the_event_loop_briefly(place: PeculiarPlace, query: str) -> None:
    with Pulse(place) as pulse:
        status = place.post(f"{CREATE}?{query}", ticket("query"), "query")[0]
    assert status == 200
    assert pulse.longest < MOST_HELD_SECONDS + BUSY_SECONDS


def test_many_headers_block_the_event_loop_briefly(place: PeculiarPlace) -> None:
    many = {f"x{n}": "" for n in range(9_000)}
    with Pulse(place) as pulse:
        status = place.post(CREATE, ticket("headers"), "headers", **many)[0]
    assert status in (200, 431)
    assert pulse.longest < MOST_HELD_SECONDS + BUSY_SECONDS
