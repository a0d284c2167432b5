"""Many clients send one key at once: one effect and equal replies, or one winner where the bodies
differ.

By hand: TICKITI_TEST_ROUNDS=1000.
"""

import http.client
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.support.place import Place, ticket

ROUNDS = int(os.environ.get("TICKITI_TEST_ROUNDS", "100"))
SAME, DIFFERENT = 64, 32
CREATE = "/api/create_ticket"

Reply = tuple[int, bool, bytes]
"""Status, whether it was replayed, and the body."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("storms"))
    found.start()
    yield found
    found.stop()


def storm(place: Place, clients: int, subject: Callable[[int, int], str]) -> list[list[Reply]]:
    """In each round every client sends one request with the round's key, all at once."""
    barrier, token = threading.Barrier(clients), place.token

    def run(client: int) -> list[Reply]:
        replies = []
        with closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)) as one:
            one.connect()
            for n in range(ROUNDS):
                body = json.dumps(ticket(subject(n, client)))
                headers = {
                    "Authorization": f"Bearer {token}", "Content-Type": "application/json",
                    "Idempotency-Key": f"{clients}-{n}",
                }  # fmt: skip
                barrier.wait(60)
                one.request("POST", CREATE, body, headers)
                reply = one.getresponse()
                is_replay = reply.getheader("idempotency-replayed") == "true"
                replies.append((reply.status, is_replay, reply.read()))
        return replies

    with ThreadPoolExecutor(clients) as threads:
        by_client = list(threads.map(run, range(clients)))
    return [list(replies) for replies in zip(*by_client, strict=True)]


@pytest.mark.timeout(60 + ROUNDS)
def test_same_key_from_many_clients_has_one_effect_and_one_reply(place: Place) -> None:
    before = len(place.every_ticket("number"))
    for replies in storm(place, SAME, lambda n, _: f"same {n}"):
        assert {status for status, _, _ in replies} == {200}
        assert len({body for _, _, body in replies}) == 1
        assert sum(not is_replay for _, is_replay, _ in replies) == 1
    subjects = Counter(row["subject"] for row in place.every_ticket("number"))
    assert sum(subjects.values()) - before == ROUNDS
    assert [subjects[f"same {n}"] for n in range(ROUNDS)] == [1] * ROUNDS


@pytest.mark.timeout(60 + ROUNDS)
def test_same_key_with_different_bodies_has_one_winner(place: Place) -> None:
    before = len(place.every_ticket("number"))
    for replies in storm(place, DIFFERENT, lambda n, client: f"race {n} {client}"):
        assert sorted(status for status, _, _ in replies) == [200] + [409] * (DIFFERENT - 1)
        codes = {json.loads(body)["code"] for status, _, body in replies if status == 409}
        assert codes == {"idempotency_key_conflict"}
    assert len(place.every_ticket("number")) - before == ROUNDS
