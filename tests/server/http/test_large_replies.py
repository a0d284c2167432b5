"""Replies are bounded and their memory is counted. A page ends early, an endless list names its
paged endpoint, and a slow reader delays no other."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.raw_http import connect, head
from tests.support.replies import code_of
from tests.support.stage import answer, data_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults
"""Of each test, because it fills the memory of a server, and waits until that is given back."""

SHOW, RESPONSES = "/api/v1/tickets/show", "/api/v1/tickets/responses"
QUERY = "/api/v1/tickets/responses/query"
SIZE = 5_000_000
COUNT = 12
MOST_PAGE = 40 * 1024 * 1024
"""Bytes of a reply; HTML and text of so many responses that are not more than 32 MiB."""

GIBIBYTE = 1024 * 1024
MOST_KEPT = 200 * 1024
"""KiB of a server that does nothing: 60 MiB of it, and what SQLite keeps of the pages it read."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("replies"))
    found.begin()
    yield found
    assert found.end() == 0


@pytest.fixture(scope="module")
def number(place: PeculiarPlace) -> int:
    """A ticket with so many large responses. They are put there as the server keeps them: it would
    take as long to post them as everything else here."""
    new = answer(place, "/api/create_ticket", ticket("large"), "large")["data"]
    columns = (
        "ticket_id, author_id, text, is_internal, is_pinned, staff_response, created_at, updated_at"
    )
    insert = f"INSERT INTO response (html, {columns}) SELECT :html, {columns} FROM response LIMIT 1"
    for n in range(COUNT):
        place.execute(insert, {"html": f"{n} " + "word " * (SIZE // 5)})
    return int(new["ticket_number"])


def peak(place: PeculiarPlace) -> int:
    """KiB of memory that the server has had at most."""
    return memory(place, "VmHWM:")


def memory(place: PeculiarPlace, what: str) -> int:
    status = Path(f"/proc/{place.process.pid}/status").read_text()
    return int(status.partition(what)[2].split()[0])


@pytest.mark.parametrize("path", [SHOW, RESPONSES])
def test_oversized_ticket_names_the_paged_endpoint(
    place: PeculiarPlace, number: int, path: str
) -> None:
    reply = place.post(path, {"ticket_number": number})
    assert code_of(reply) == (413, "payload_too_large")
    assert json.loads(reply[2])["message"] == (
        f"The responses of ticket {number} are larger than 32 MiB. "
        f"Ask for them in pages: {QUERY} with ticket_number, and cursor."
    )


@pytest.mark.parametrize("fields", [None, ["html"], ["plain_text"], ["attachments"]])
def test_page_of_large_responses_ends_early_and_misses_none(
    place: PeculiarPlace, number: int, fields: Any
) -> None:
    found, pages = [], 0
    body: dict[str, Any] = {"ticket_number": [number], "limit": 1000}
    body |= {"fields": fields} if fields else {}
    while True:
        status, _, raw = place.post(QUERY, body)
        assert status == 200
        assert len(raw) < 2 * MOST_PAGE
        page = json.loads(raw)["data"]
        found += [row["id"] for row in page["responses"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        body["cursor"] = page["next_cursor"]
    assert len(found) == len(set(found)) == COUNT + 1
    # A page without HTML is small, because the HTML is not read.
    assert pages > 1 or "html" not in (fields or ["html"])


def test_single_response_of_any_size_is_shown(place: PeculiarPlace) -> None:
    body = {**ticket("one"), "data": {"subject": "one", "content": "word " * 4_000_000}}
    new = data_of(place, "/api/create_ticket", body, "one")["ticket_number"]
    shown = data_of(place, SHOW, {"ticket_number": new})
    assert len(shown["responses"][0]["html"]) == 19_999_999


def test_readers_of_large_replies_share_the_memory(place: PeculiarPlace, number: int) -> None:
    def read(_: int) -> int:
        query = {"ticket_number": [number], "fields": ["html"]}
        return place.post(QUERY, query)[0]

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(read, range(24)))
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
    assert peak(place) < GIBIBYTE, peak(place)


def test_memory_of_large_bodies_and_replies_is_returned(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin()

    def both(n: int) -> tuple[int, int]:
        new = {**ticket(f"{n}"), "data": {"subject": f"{n}", "content": "w " * (2 + n) * 500_000}}
        created = place.post("/api/create_ticket", new, f"{n}")
        return created[0], place.post(QUERY, {"limit": 4, "fields": ["html"]})[0]

    with ThreadPoolExecutor(12) as threads:
        for statuses in threads.map(both, range(12)):
            assert set(statuses) <= {200, 503}

    def is_returned() -> bool:
        place.get("/_tickiti/healthz")
        return memory(place, "VmRSS:") < MOST_KEPT

    wait_until(is_returned)
    assert place.end() == 0


def test_clients_that_read_nothing_delay_no_other_reader(place: PeculiarPlace, number: int) -> None:
    body = json.dumps({"ticket_number": [number], "fields": ["html"]}).encode()
    with ExitStack() as readers:
        for _ in range(30):
            reader = readers.enter_context(connect(place))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw = head(place, f"Content-Length: {len(body)}") + body
            reader.sendall(raw.replace(b"/api/create_ticket", QUERY.encode()))
        time.sleep(3)
        assert place.post(SHOW, {"ticket_number": number + 1000})[0] == 404
        statuses = [place.post(QUERY, json.loads(body))[0] for _ in range(3)]
        assert 200 in statuses
    assert peak(place) < GIBIBYTE, peak(place)


def test_lists_read_only_the_shown_columns(place: PeculiarPlace) -> None:
    """A hundred templates of a megabyte each are a list of a hundred lines."""
    for n in range(100):
        new = {"type": "email", "identifier": f"t{n}", "subject": "s", "content": "x" * 1_000_000}
        answer(place, "/api/v1/templates/create", new)
    before = time.process_time()
    for path, body in (("/api/v1/templates", {}), ("/api/v1/templates/search", {"search": "t"})):
        assert len(answer(place, path, body)) >= 100
    assert time.process_time() - before < 10


def test_slow_reader_of_the_openapi_document_is_counted(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(most_body_memory=2_000_000)
    request = b"GET /_tickiti/docs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with ExitStack() as readers:
        for _ in range(60):
            reader = readers.enter_context(connect(place))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(request)
        time.sleep(1.5)
        assert place.get("/_tickiti/docs")[0] == 200
        assert place.post("/api/create_ticket", ticket("small"), "small")[0] == 200
    assert place.end() == 0
