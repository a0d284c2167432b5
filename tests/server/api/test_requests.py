"""The request log lists the latest requests and replies, without any secret."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from tests.support.place import Place, ticket
from tickiti_server.logs.recent import MOST_PATH, MOST_REQUESTS, RequestLog
from tickiti_server.logs.request_lines import RequestLines, RequestLogLine

LOG, CREATE, INDEX = "/_tickiti/requests", "/api/create_ticket", "/api/tickiti_api_index"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("requests"))
    found.start()
    yield found
    found.stop()


def logged(place: Place, **body: Any) -> tuple[list[dict[str, Any]], str | None]:
    status, _, raw = place.post(LOG, body)
    assert status == 200, raw
    data = json.loads(raw)["data"]
    return data["requests"], data["next_cursor"]


def newest(place: Place) -> str:
    return str(logged(place, limit=1)[0][0]["request_id"])


def test_request_row_has_the_documented_members(place: Place) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    created = place.post(CREATE, ticket("A secret subject"), key="order:SP-2412-0489")
    refused = place.post(CREATE, {"password": "hidden"}, key="k")
    stranger = place.post(f"{INDEX}?token=14%7Cabc", {}, token="1|tkt_wrong")
    (third, second, first), _ = logged(place, limit=3)
    ended = datetime.now(UTC)
    for row in (first, second, third):
        assert began <= datetime.fromisoformat(row.pop("answered_at")) <= ended
        assert 0 < row.pop("milliseconds") < 30_000
    assert (first, second, third) == (
        {
            "method": "POST", "path": CREATE, "status": 200, "token_id": 1, "code": None,
            "key_hint": "order:SP", "request_id": created[1]["x-request-id"], "fault": None,
        },
        {
            "method": "POST", "path": CREATE, "status": 422, "token_id": 1,
            "code": "validation_failed", "key_hint": "k",
            "request_id": refused[1]["x-request-id"], "fault": None,
        },
        {
            "method": "POST", "path": INDEX, "status": 401, "token_id": None,
            "code": "unauthenticated", "key_hint": None,
            "request_id": stranger[1]["x-request-id"], "fault": None,
        },
    )  # fmt: skip


def test_token_in_a_path_is_redacted(place: Place) -> None:
    for path in ("/api/14|wfxNV4zX", "/api/14%7CwfxNV4zX/tickets", "/tkt_0123456789"):
        assert place.post(path, {})[0] == 404
    rows, _ = logged(place, limit=3)
    assert [row["path"] for row in rows] == ["/[token]", "/api/[token]", "/api/[token]"]
    assert [row["code"] for row in rows] == ["not_found"] * 3


def test_request_log_has_a_row_for_each_kind_of_answer(place: Place) -> None:
    for method, path in (("GET", "/_tickiti/healthz"), ("GET", CREATE), ("PUT", "/nowhere")):
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=30)
        connection.request(method, path)
        connection.getresponse().read()
        connection.close()
    rows, _ = logged(place, limit=3)
    assert [(row["method"], row["path"], row["status"], row["code"]) for row in rows] == [
        ("PUT", "/nowhere", 404, "not_found"),
        ("GET", CREATE, 405, "method_not_allowed"),
        ("GET", "/_tickiti/healthz", 200, None),
    ]


def test_reading_the_request_log_is_logged_only_when_refused(place: Place) -> None:
    place.post(INDEX, {})
    before = newest(place)
    assert newest(place) == before
    _, headers, _ = place.post(LOG, {}, token="1|tkt_wrong")
    assert newest(place) == headers["x-request-id"]


def test_request_log_is_read_in_pages_and_resumed(place: Place) -> None:
    place.post(INDEX, {})
    start = newest(place)
    asked = [place.post(INDEX, {})[1]["x-request-id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    sizes = []
    while True:
        rows, cursor = logged(place, limit=2, since=start, **({"cursor": cursor} if cursor else {}))
        seen += [row["request_id"] for row in rows]
        sizes.append(len(rows))
        if cursor is None:
            break
    assert (seen, sizes) == (asked[::-1], [2, 2, 1])
    assert logged(place, since=asked[-1]) == ([], None)


def test_forgotten_request_id_in_since_filters_nothing(place: Place) -> None:
    place.post(INDEX, {})
    everything, _ = logged(place, limit=1000)
    assert logged(place, limit=1000, since="of-before-the-restart")[0] == everything
    assert logged(place, cursor="of-before-the-restart") == ([], None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"since": 7}, "since"),
        ({"cursor": ["x"]}, "cursor"),
    ],
)
def test_invalid_page_is_a_bad_field(place: Place, body: Any, field: str) -> None:
    status, _, raw = place.post(LOG, body)
    assert (status, list(json.loads(raw)["errors"])) == (422, [field])


def test_request_log_opens_to_manage_tokens_alone(place: Place) -> None:
    minted = {"name": "n", "abilities": ["create-ticket", "administration:write"]}
    token = json.loads(place.post("/_tickiti/tokens/mint", minted)[2])["data"]["token"]
    status, _, raw = place.post(LOG, {}, token=token)
    assert (status, json.loads(raw)["code"]) == (403, "missing_ability")


def test_request_log_is_bounded_in_rows_and_path_length() -> None:
    log = RequestLog(RequestLines(StringIO().write, RequestLogLine.text))

    async def flood() -> None:
        for number in range(MOST_REQUESTS + 5):
            path = "/" + "x" * 60_000
            log.add(RequestLogLine(0.0, 0.0, "POST", path, 404, 0, None, None, f"r-{number}"))

    asyncio.run(flood())
    rows = list(log.newest_first())
    assert [rows[0]["request_id"], rows[-1]["request_id"], len(rows)] == [
        f"r-{MOST_REQUESTS + 4}", "r-5", MOST_REQUESTS
    ]  # fmt: skip
    assert {len(row["path"]) for row in rows} == {MOST_PATH}
