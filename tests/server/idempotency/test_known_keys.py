"""A key that the filter calls new has no stored reply, and one that it misses is replayed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.databases import prepared_with_queues, run
from tests.support.place import Place, ticket
from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.idempotency import fingerprint, known_keys
from tickiti_server.idempotency.known_keys import BATCH, KnownKeys
from tickiti_server.store.sqlite.database import SqliteDatabase

CREATE = "/api/create_ticket"


def sha256(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    place.start()
    yield place
    place.stop()


def loaded(path: Path) -> KnownKeys:
    known = KnownKeys()

    async def scenario(database: SqliteDatabase) -> None:
        await known.load(database)

    run(path, scenario)
    return known


def store_keys(path: Path, keys: list[bytes]) -> None:
    prepared_with_queues(path)

    async def scenario(database: SqliteDatabase) -> None:
        sql = (
            "INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw,"
            " fp_canon, status, body, request_id, created_at, ran_at)"
            " VALUES (1, :key, '', '', 1, '', '', 200, '', '', 0, 0)"
        )
        await database.write(lambda tx: [tx.execute(sql, {"key": key}) for key in keys])

    run(path, scenario)


@given(st.sets(st.text(min_size=1), max_size=50))
def test_no_key_is_new_twice(keys: set[str]) -> None:
    known = KnownKeys()
    known._is_complete = True
    for key in keys:
        known.is_new(sha256(key))
    assert [key for key in keys if known.is_new(sha256(key))] == []


def test_no_key_is_new_before_all_stored_keys_are_known() -> None:
    assert not KnownKeys().is_new(sha256("pay"))


def test_every_stored_key_is_known_after_a_start(tmp_path: Path) -> None:
    keys = [sha256(str(number)) for number in range(BATCH + 1)]
    store_keys(tmp_path / "t.db", keys)
    known = loaded(tmp_path / "t.db")
    assert [key for key in keys if known.is_new(key)] == []


def test_nearly_every_other_key_is_new(tmp_path: Path) -> None:
    store_keys(tmp_path / "t.db", [sha256(str(number)) for number in range(BATCH)])
    known = loaded(tmp_path / "t.db")
    assert sum(known.is_new(sha256(f"other {number}")) for number in range(1000)) > 990


@pytest.mark.sqlite
def test_keys_are_read_again_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_keys(tmp_path / "t.db", [sha256("pay")])
    monkeypatch.setattr(known_keys, "RETRY_SECONDS", 0)
    read, failures = SqliteDatabase.read, [Overloaded(), Overloaded()]

    async def read_at_last(self: SqliteDatabase, work: Any) -> Any:
        if failures:
            raise failures.pop()
        return await read(self, work)

    monkeypatch.setattr(SqliteDatabase, "read", read_at_last)
    known = loaded(tmp_path / "t.db")
    assert (known.is_new(sha256("pay")), known.is_new(sha256("other")), failures) == (
        False, True, [],
    )  # fmt: skip


def test_a_key_that_the_filter_misses_is_replayed(place: Place) -> None:
    """Stored behind the server's back, the reply is found by the writer."""
    first = place.post(CREATE, ticket("pay"), "pay")[2]
    place.execute("UPDATE idem SET key_sha256 = :key", {"key": sha256("moved")})
    status, headers, body = place.post(CREATE, ticket("pay"), "moved")
    assert (status, body, headers["idempotency-replayed"]) == (200, first, "true")
    assert place.post(CREATE, ticket("another"), "moved")[0] == 409
    assert [row["subject"] for row in place.every_ticket("number")] == ["pay"]


def test_a_retry_with_the_same_bytes_is_not_decoded(place: Place) -> None:
    """The stored fingerprint is made that of a body that is not JSON."""
    first = place.post(CREATE, ticket("pay"), "pay")[2]
    no_json = b"{half a bod"
    sent = fingerprint.of_bytes(classic.create_ticket, CREATE, query=b"", raw=no_json)
    place.execute("UPDATE idem SET fp_raw = :sent", {"sent": sent})
    status, headers, body = place.post(CREATE, no_json, "pay")
    assert (status, body, headers["idempotency-replayed"]) == (200, first, "true")
    assert place.post(CREATE, no_json + b"y", "pay")[0] == 400


def test_a_large_retry_with_the_same_bytes_is_replayed(place: Place) -> None:
    body = ticket("pay") | {"more": "x" * 300_000}
    first = place.post(CREATE, body, "pay")
    assert first[0] == 200, first
    status, headers, again = place.post(CREATE, body, "pay")
    assert (status, again, headers["idempotency-replayed"]) == (200, first[2], "true")
    assert place.post(CREATE, body | {"more": "y" * 300_000}, "pay")[0] == 409


def test_a_reply_is_replayed_after_its_template_was_deleted(place: Place) -> None:
    """Nothing of the request is looked at but its key, also by the next server."""
    content = place.folder / "content"
    content.write_text("<p>Now</p>")
    flags = ("--type", "email", "-s", "Ship", "--content-file", str(content))
    place.tickiti("template", "create", "ship", *flags)
    body = {
        "originator_email_address": "a@b.example", "template_identifier": "ship",
        "queue_name": "Support", "data": {},
    }  # fmt: skip
    first = place.post(CREATE, body, "pay")
    assert first[0] == 200, first
    place.execute("DELETE FROM template")
    place.stop()
    place.start()
    status, headers, again = place.post(CREATE, body, "pay")
    assert (status, again, headers["idempotency-replayed"]) == (200, first[2], "true")
