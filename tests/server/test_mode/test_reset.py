"""A reset returns a server to its start while it runs; a snapshot, to any other moment."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support import databases
from tests.support.place import Place, mail, ticket

pytestmark = pytest.mark.sqlite  # test mode needs a file


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("test-mode"))
    found.start_for_tests()
    yield found
    found.stop()


@pytest.fixture
def place(served: Place) -> Place:
    """A server that has just been reset."""
    control(served, "reset")
    return served


def control(place: Place, path: str, **body: Any) -> dict[str, Any]:
    status, _, reply = place.post(f"/_tickiti/test/{path}", body)
    assert status == 200, reply
    data: dict[str, Any] = json.loads(reply)["data"]
    return data


def refused(place: Place, path: str, **body: Any) -> tuple[int, str]:
    status, _, reply = place.post(f"/_tickiti/test/{path}", body)
    return status, json.loads(reply)["message"]


def created(place: Place, subject: str, key: str) -> tuple[int, bool]:
    """The number of a ticket, and whether the reply is a stored one."""
    status, headers, reply = place.post("/api/create_ticket", ticket(subject), key)
    assert status == 200, reply
    return json.loads(reply)["data"]["ticket_number"], "idempotency-replayed" in headers


def tables(place: Place) -> dict[str, list[Any]]:
    """All rows, but for what belongs to the file, to the epoch and to the use of tokens."""
    names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'running_time'"
    names += " AND name NOT LIKE 'search%'"  # the index of texts, which is made bit by bit
    found = {name: place.rows(f"SELECT * FROM {name}") for (name,) in place.rows(names)}
    found["setting"] = [row for row in found["setting"] if not row[0].startswith("test_epoch")]
    columns = "id, family_id, name, secret_sha256, abilities, revoked_at"
    found["api_token"] = place.rows(f"SELECT {columns} FROM api_token")
    # The key of the subject is written with the index.
    columns = place.rows("SELECT name FROM pragma_table_info('ticket') WHERE name <> 'subject_key'")
    found["ticket"] = place.rows(f"SELECT {', '.join(name for (name,) in columns)} FROM ticket")
    return found


def epoch(place: Place) -> str:
    found: str = json.loads(place.get("/_tickiti/healthz")[2])["epoch"]
    return found


def test_a_reset_returns_every_table_to_the_start(place: Place) -> None:
    before = tables(place)
    assert created(place, "first", "k-1") == (220009, False)
    place.tickiti("queue", "create", "Returns")
    body = {"name": "x", "abilities": ["create-ticket"]}
    assert place.post("/_tickiti/tokens/mint", body)[0] == 200
    assert place.post("/api/send_email", mail("A new pair"), "k-2")[0] == 200
    assert tables(place) != before
    control(place, "reset")
    assert tables(place) == before


def test_numbers_and_keys_start_again(place: Place) -> None:
    assert created(place, "first", "k-1") == (220009, False)
    assert created(place, "first", "k-1") == (220009, True)
    control(place, "reset")
    assert created(place, "another", "k-1") == (220009, False)


def test_each_reset_begins_an_epoch_that_health_shows(place: Place) -> None:
    first = epoch(place)
    told = control(place, "reset")
    assert told["epoch"] == epoch(place) == control(place, "show")["epoch"] != first


def test_the_profile_works_after_a_rotation_and_a_reset(place: Place) -> None:
    place.tickiti("token", "rotate", "--self")
    columns = "id, family_id, secret_sha256, abilities, overlap_until, revoked_at"
    token, before = place.token, place.rows(f"SELECT {columns} FROM api_token")
    control(place, "reset")
    assert (place.token, place.rows(f"SELECT {columns} FROM api_token")) == (token, before)
    assert created(place, "first", "k-1") == (220009, False)


def test_a_minted_token_ends_with_its_epoch(place: Place) -> None:
    body = {"name": "x", "abilities": ["create-ticket"]}
    minted = json.loads(place.post("/_tickiti/tokens/mint", body)[2])["data"]["token"]
    assert place.post("/api/create_ticket", ticket("x"), "k", token=minted)[0] == 200
    control(place, "reset")
    assert place.post("/api/create_ticket", ticket("x"), "k", token=minted)[0] == 401


def test_a_snapshot_returns_to_its_moment_and_survives_a_restart(place: Place) -> None:
    created(place, "first", "k-1")
    saved = control(place, "snapshots/save", name="one")
    assert saved["name"] == "one"
    before = tables(place)
    created(place, "second", "k-2")
    control(place, "snapshots/load", name="one")
    assert tables(place) == before
    assert created(place, "first", "k-1") == (220009, True)  # the stored reply is part of the state
    assert created(place, "third", "k-2") == (220010, False)
    place.stop()
    place.start_for_tests()
    assert [one["name"] for one in control(place, "snapshots")["snapshots"]] == ["one"]
    control(place, "snapshots/load", name="one")
    assert tables(place) == before
    control(place, "snapshots/delete", name="one")
    assert control(place, "snapshots")["snapshots"] == []


def test_two_resets_at_once_under_load_leave_one_ticket_for_each_key(place: Place) -> None:
    """Each request is answered by one epoch alone, and a key of an earlier one is free."""
    is_over = threading.Event()

    def write(writer: int) -> list[int]:
        answers: list[int] = []
        while not is_over.is_set():
            key = f"{writer}: {len(answers) % 20}"
            answers.append(place.post("/api/create_ticket", ticket(key), key)[0])
        return answers

    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(write, writer) for writer in range(4)]
        for _ in range(5):
            resets = [pool.submit(control, place, "reset") for _ in range(2)]
            assert len({reset.result()["epoch"] for reset in resets}) == 2
        is_over.set()
        assert {status for each in writing for status in each.result()} == {200}
    found = place.rows("SELECT count(*), count(DISTINCT subject), count(idem_id) FROM ticket")
    assert len(set(found[0])) == 1
    assert place.value("SELECT count(*) FROM idem") == found[0][0]
    assert place.rows("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("older", "DELETE FROM schema_migration WHERE number = 13"),
        ("newer", "INSERT INTO schema_migration (number, name) VALUES (9999, '9999_x.sql')"),
    ],
)
def test_a_snapshot_of_another_version_changes_nothing(
    place: Place, name: str, change: str
) -> None:
    created(place, "first", "k-1")
    control(place, "snapshots/save", name=name)
    databases.execute(Path(f"{place.database}.snapshots") / f"{name}.db", change)
    before = (epoch(place), tables(place))
    sentence = "Another version of tickiti saved this state; save it again."
    assert refused(place, "snapshots/load", name=name) == (409, f"Snapshot '{name}': {sentence}")
    assert (epoch(place), tables(place)) == before
    control(place, "snapshots/delete", name=name)


@pytest.mark.parametrize("length", [0, 100, 40_000])
def test_a_damaged_snapshot_changes_nothing(place: Place, length: int) -> None:
    created(place, "first", "k-1")
    control(place, "snapshots/save", name="damaged")
    path = Path(f"{place.database}.snapshots") / "damaged.db"
    path.write_bytes(path.read_bytes()[:length])
    before = (epoch(place), tables(place))
    assert refused(place, "snapshots/load", name="damaged")[0] == 409
    assert (epoch(place), tables(place)) == before
    control(place, "snapshots/delete", name="damaged")


def test_a_snapshot_that_does_not_exist_changes_nothing(place: Place) -> None:
    before = epoch(place)
    sentence = (404, "Snapshot 'none' not found.")
    assert refused(place, "snapshots/load", name="none") == sentence
    assert refused(place, "snapshots/delete", name="none") == sentence
    assert epoch(place) == before


@pytest.mark.parametrize("name", ["", ".start", "../t", "a/b", "-x", "a b", "x" * 61, "ä"])
def test_a_snapshot_name_is_not_a_path(place: Place, name: str) -> None:
    for path in ("save", "load", "delete"):
        status, _ = refused(place, f"snapshots/{path}", name=name)
        assert status == 422
    names = {path.name for path in Path(f"{place.database}.snapshots").iterdir()}
    assert {name for name in names if not name.startswith((".empty.db", ".start.db"))} == set()


def test_a_search_finds_only_the_tickets_of_the_loaded_snapshot(place: Place) -> None:
    created(place, "Cracked plate", "k-1")
    control(place, "snapshots/save", name="search")
    control(place, "reset")
    created(place, "Two left shoes", "k-2")
    for word, found in (("Cracked", ""), ("left", "220009\n")):
        assert (
            place.tickiti(
                "ticket", "list", "--search", f"subject={word}", "--fields", "number"
            ).stdout
            == found
        )
    control(place, "snapshots/load", name="search")
    for word, found in (("Cracked", "220009\n"), ("left", "")):
        assert (
            place.tickiti(
                "ticket", "list", "--search", f"subject={word}", "--fields", "number"
            ).stdout
            == found
        )
