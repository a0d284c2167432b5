"""A bug in a handler leaves nothing in the database and is answered with the error envelope."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import databases
from tests.support.peculiar import PeculiarPlace
from tests.support.peculiar_server import SECRET_OF_THE_FAULT
from tests.support.place import mail, ticket
from tests.support.replies import code_of
from tests.support.waiting import wait_until
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Body, Key

CREATE = "/api/create_ticket"
MOST_STATEMENTS = 50
HANDLED = [
    row
    for row in CATALOGUE.values()
    if row.served and row.body is Body.JSON and row.method == "POST"
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("failures"))
    found.begin()
    try:
        assert found.post(CREATE, ticket("first"), "first")[0] == 200
        yield found
    finally:
        assert found.end() == 0


def contents(place: PeculiarPlace) -> list[str]:
    """Every row, but for when a token was used last, and the key of a subject: both are written
    beside requests."""
    rows = databases.tables(place.database)
    for row in rows["ticket"]:
        del row["subject_key"]
    del rows["api_token"]
    return [f"{name} {row}" for name, found in rows.items() for row in found]


def is_an_internal_failure(place: PeculiarPlace, reply: tuple[int, dict[str, str], bytes]) -> None:
    assert code_of(reply) == (500, "internal")
    body = json.loads(reply[2])
    assert body["retryable"] is True
    assert SECRET_OF_THE_FAULT not in reply[2].decode()
    said = f"request={body['request_id']} failed"
    wait_until(lambda: f"RuntimeError: {SECRET_OF_THE_FAULT}" in place.log.partition(said)[2])
    assert place.log.count(said) == 1


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CREATE, {**ticket("half"), "originator_email_address": "new@customer.example"}),
        (CREATE, ticket("half of a known requester")),
        ("/api/ticket_respond", {"ticket_number": 220009, "from_email": "n@e", "content": "c"}),
        ("/api/send_email", mail("half")),
    ],
)  # fmt: skip
def test_failure_at_any_statement_is_rolled_back_and_frees_the_key(
    place: PeculiarPlace, path: str, body: Any
) -> None:
    before, key = contents(place), f"half-{path}-{uuid4()}"
    position = 0
    while position < MOST_STATEMENTS:
        position += 1
        place.fail(str(position))
        reply = place.post(path, body, key)
        if reply[0] == 200:
            break
        is_an_internal_failure(place, reply)
        assert contents(place) == before
    place.fail("")
    assert 4 < position < MOST_STATEMENTS
    assert "idempotency-replayed" not in reply[1]
    assert len(contents(place)) > len(before)
    assert place.post(path, body, key)[2] == reply[2]


def test_exception_in_any_handler_is_a_500_without_secrets(
    tmp_path: Path,
) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(fault="handlers")
    try:
        before = contents(place)
        for row in HANDLED:
            key = f"fault-{row.name}" if row.key is not Key.NONE else None
            path = row.path.format(**dict.fromkeys(row.params, "1"))
            is_an_internal_failure(place, place.post(path, {}, key))
        assert contents(place) == before
    finally:
        assert place.end() == 0
