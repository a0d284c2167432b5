"""A reply has a bound, and takes memory that is counted: a page ends early, what has no pages says
where there are some, and whoever reads slowly keeps nobody from reading."""

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.peculiar import PeculiarPlace
from tests.place import ticket
from tests.server.stage import answer, data_of
from tests.server.test_codes import code_of
from tests.server.test_large_bodies import connect, head

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
    with sqlite3.connect(place.database) as connection:
        (columns,) = connection.execute(
            "SELECT group_concat(name) FROM pragma_table_info('response') WHERE name <> 'id' "
            "AND name NOT IN ('idem_id', 'html')"
        ).fetchone()
        for n in range(COUNT):
            connection.execute(
                f"INSERT INTO response (html, {columns}) SELECT ?, {columns} FROM response LIMIT 1",
                (f"{n} " + "word " * (SIZE // 5),),
            )
    connection.close()
    return int(new["ticket_number"])


def peak(place: PeculiarPlace) -> int:
    """KiB of memory that the server has had at most."""
    return memory(place, "VmHWM:")


def memory(place: PeculiarPlace, what: str) -> int:
    status = Path(f"/proc/{place.process.pid}/status").read_text()
    return int(status.partition(what)[2].split()[0])


@pytest.mark.parametrize("path", [SHOW, RESPONSES])
def test_a_ticket_that_is_too_large_says_where_it_comes_in_pages(
    place: PeculiarPlace, number: int, path: str
) -> None:
    reply = place.post(path, {"ticket_number": number})
    assert code_of(reply) == (413, "payload_too_large")
    assert json.loads(reply[2])["error"] == (
        f"The responses of ticket {number} are larger than 32 MiB. "
        f"Ask for them in pages: {QUERY} with ticket_number, and cursor."
    )


@pytest.mark.parametrize("fields", [None, ["html"], ["plain_text"], ["attachments"]])
def test_a_page_of_large_responses_ends_early_and_none_is_missed(
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
    assert pages > 1


def test_one_response_is_shown_however_large(place: PeculiarPlace) -> None:
    body = {**ticket("one"), "data": {"subject": "one", "content": "word " * 4_000_000}}
    new = data_of(place, "/api/create_ticket", body, "one")["ticket_number"]
    shown = data_of(place, SHOW, {"ticket_number": new})
    assert len(shown["responses"][0]["html"]) == 19_999_999


def test_many_who_read_large_replies_share_the_memory_there_is(
    place: PeculiarPlace, number: int
) -> None:
    def read(_: int) -> int:
        query = {"ticket_number": [number], "fields": ["html"]}
        return place.post(QUERY, query)[0]

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(read, range(24)))
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
    assert peak(place) < GIBIBYTE, peak(place)


def test_what_large_bodies_and_replies_took_goes_back_to_the_system(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin()

    def both(n: int) -> tuple[int, int]:
        new = {**ticket(f"{n}"), "data": {"subject": f"{n}", "content": "w " * (2 + n) * 500_000}}
        created = place.post("/api/create_ticket", new, f"{n}")
        return created[0], place.post(QUERY, {"limit": 4, "fields": ["html"]})[0]

    with ThreadPoolExecutor(12) as threads:
        for statuses in threads.map(both, range(12)):
            assert set(statuses) <= {200, 503}
    deadline = time.monotonic() + 10
    while memory(place, "VmRSS:") > MOST_KEPT and time.monotonic() < deadline:
        place.get("/_tickiti/healthz")
        time.sleep(0.1)
    assert memory(place, "VmRSS:") < MOST_KEPT
    assert place.end() == 0


def test_many_who_read_nothing_keep_nobody_from_reading(place: PeculiarPlace, number: int) -> None:
    body = json.dumps({"ticket_number": [number], "fields": ["html"]}).encode()
    with ExitStack() as readers:
        for _ in range(30):
            reader = readers.enter_context(connect(place))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw = head(place, f"Content-Length: {len(body)}") + body
            reader.sendall(raw.replace(b"/api/create_ticket", QUERY.encode()))
        time.sleep(3)
        assert place.post(SHOW, {"ticket_number": 220009 + 1})[0] in (200, 404, 422)
        statuses = [place.post(QUERY, json.loads(body))[0] for _ in range(3)]
        assert 200 in statuses
    assert peak(place) < GIBIBYTE, peak(place)


def test_lists_do_not_read_what_they_do_not_show(place: PeculiarPlace) -> None:
    """A hundred templates of a megabyte each are a list of a hundred lines."""
    for n in range(100):
        new = {"type": "email", "identifier": f"t{n}", "subject": "s", "content": "x" * 1_000_000}
        answer(place, "/api/v1/templates/create", new)
    before = time.process_time()
    for path, body in (("/api/v1/templates", {}), ("/api/v1/templates/search", {"search": "t"})):
        assert len(answer(place, path, body)) >= 100
    assert time.process_time() - before < 10


def test_a_slow_reader_of_the_description_is_counted_as_well(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(most_held=2_000_000)
    request = b"GET /_tickiti/docs HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as readers:
        for _ in range(60):
            reader = readers.enter_context(connect(place))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(request)
        time.sleep(1.5)
        assert place.get("/_tickiti/docs")[0] == 200
        assert place.post("/api/create_ticket", ticket("small"), "small")[0] == 200
    assert place.end() == 0
