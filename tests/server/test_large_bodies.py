"""A large body costs whoever sends it: without a token there is none, and nobody waits for one."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.place import Place, ticket
from tests.server.test_codes import code_of

MINT, V1_MINT = "/api/idempotency_key", "/api/v1/idempotency_key"
MOST_PUBLIC = 64 * 1024


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("large"))
    found.start()
    yield found
    found.stop()


@pytest.mark.parametrize("path", [MINT, V1_MINT])
def test_without_a_token_a_body_is_small(place: Place, path: str) -> None:
    body = json.dumps({"action": "create_ticket", "padding": ""})
    padded = body.replace('""', f'"{"x" * (MOST_PUBLIC - len(body))}"')
    assert len(padded) == MOST_PUBLIC
    assert place.post(path, padded, token="")[0] == 200
    refused = place.post(path, f" {padded}", token="")
    assert code_of(refused) == (413, "payload_too_large")
    assert json.loads(refused[2])["error"] == f"The body is larger than {MOST_PUBLIC} bytes."


def test_while_a_large_body_is_understood_others_are_answered(place: Place) -> None:
    """A million numbers are looked at one by one, for seconds."""
    large = json.dumps({**ticket("large"), "numbers": [1] * 1_000_000})
    longest = 0.0
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        posted = threads.submit(place.post, "/api/create_ticket", large, "large")
        while not posted.done():
            asked = time.monotonic()
            assert place.get("/_tickiti/healthz")[0] == 200
            longest = max(longest, time.monotonic() - asked)
        took = time.monotonic() - began
    assert posted.result()[0] == 200
    again = place.post("/api/create_ticket", f" {large}", "large")
    assert (again[1].get("idempotency-replayed"), again[2]) == ("true", posted.result()[2])
    assert longest < took / 3
