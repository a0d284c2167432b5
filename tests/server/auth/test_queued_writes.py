"""A write that waits in the writer's queue: its token is checked again inside the transaction."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.databases import write_lock
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.replies import code_of

CREATE = "/api/create_ticket"
QUEUED_SECONDS = 0.5
"""After this long a request has been authenticated, and its write waits for the writer."""

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("queued"))
    found.begin()
    yield found
    assert found.end() == 0


def mint(place: PeculiarPlace, name: str, **more: Any) -> tuple[int, str]:
    body = {"name": name, "abilities": ["create-ticket"], **more}
    status, _, raw = place.post("/_tickiti/tokens/mint", body)
    assert status == 200, raw
    row = json.loads(raw)["data"]
    return row["id"], row["token"]


def tickets(place: PeculiarPlace) -> int:
    return len(place.every_ticket("number"))


def queued(threads: ThreadPoolExecutor, place: PeculiarPlace, *request: Any, **more: Any) -> Any:
    found: Future[Answer] = threads.submit(place.post, *request, **more)
    time.sleep(QUEUED_SECONDS)
    return found


@pytest.mark.sqlite
def test_a_queued_write_behind_a_revocation_is_unauthenticated(place: PeculiarPlace) -> None:
    token_id, token = mint(place, "to be revoked")
    assert place.post(CREATE, ticket("before"), "before", token=token)[0] == 200
    before = tickets(place)
    with ThreadPoolExecutor(2) as threads:
        with write_lock(place.database):
            revoked = queued(threads, place, "/_tickiti/tokens/revoke", {"ids": [token_id]})
            created = queued(threads, place, CREATE, ticket("late"), "late", token=token)
        assert revoked.result()[0] == 200
        assert code_of(created.result()) == (401, "unauthenticated")
    assert tickets(place) == before


@pytest.mark.sqlite
def test_a_queued_write_whose_token_expires_meanwhile_is_unauthenticated(
    place: PeculiarPlace,
) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=3)
    _, token = mint(place, "to expire", expires_at=expires_at.isoformat())
    assert place.post(CREATE, ticket("before"), "in time", token=token)[0] == 200
    before = tickets(place)
    with ThreadPoolExecutor(1) as threads:
        with write_lock(place.database):
            created = queued(threads, place, CREATE, ticket("late"), "too late", token=token)
            time.sleep(max(0.0, (expires_at - datetime.now(UTC)).total_seconds() + 0.1))
        assert code_of(created.result()) == (401, "unauthenticated")
    assert tickets(place) == before
