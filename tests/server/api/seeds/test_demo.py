"""The demo data: what a new database gets, and which databases stay as they are."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import databases
from tickiti_cli.contract.token_format import checksum
from tickiti_server import prepare
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.seed import SeedRequest, apply_seed, read_seed
from tickiti_server.auth.first_token import FirstTokenRequest

NUMBERS = "SELECT number FROM ticket ORDER BY number"
NOW = 1_800_000_000_000_000


def numbers(database: Path) -> list[int]:
    return [number for (number,) in databases.rows(database, NUMBERS)]


def test_a_new_database_gets_twelve_tickets(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(database, demo=True)
    assert numbers(database) == [*range(220009, 220021)]
    assert databases.value(database, "SELECT count(*) FROM attachment") == 1
    states = "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state"
    assert databases.rows(database, states) == [("queued", 3), ("sent", 1)]


def test_tickets_are_numbered_by_age(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(database, demo=True)
    by_age = databases.rows(database, "SELECT number FROM ticket ORDER BY created_at, number")
    assert [number for (number,) in by_age] == numbers(database)


def test_a_second_start_with_demo_changes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    token = prepare.prepare(database, demo=True).token
    before = databases.tables(database)
    prepare.prepare(database, demo=True, known_token=token)
    assert databases.tables(database) == before


def test_an_existing_database_gets_two_queues_and_no_data(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    token = prepare.prepare(database, demo=False).token
    prepare.prepare(database, demo=True, known_token=token)
    assert numbers(database) == []
    queues = databases.rows(database, "SELECT name FROM queue ORDER BY id")
    assert queues == [("Inbox",), ("Sales",), ("Support",)]


def test_demo_data_is_added_with_a_given_first_token(tmp_path: Path) -> None:
    random = "Given" * 8
    database, given = tmp_path / "t.db", f"77|tkt_{random}{checksum(random)}"
    prepare.prepare(database, demo=True, wanted=FirstTokenRequest(given=given))
    assert numbers(database) == [*range(220009, 220021)]


def test_the_sender_of_the_demo_is_the_mailbox_that_delivers(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(database, demo=True)
    value = "SELECT value FROM setting WHERE name = 'mail_from_address'"
    built_in = "SELECT address FROM mailbox WHERE built_in"
    assert databases.value(database, value) == databases.value(database, built_in)


@pytest.mark.parametrize(
    ("requests", "sentence"),
    [
        (
            [SeedRequest("workflow.queues.create", {"name": "A"}, 0, None),
             SeedRequest("workflow.queues.create", {"nam": "B"}, 0, None)],
            "request 2, workflow.queues.create: The name field is required.",
        ),
        (
            [SeedRequest("workflow.queues.create", {"name": "A"}, 0, None),
             SeedRequest("workflow.queues.create", {"name": "a"}, 0, None)],
            "request 2, workflow.queues.create: Queue 'A' already exists.",
        ),
    ],
)  # fmt: skip
def test_a_seed_that_fails_names_the_request_and_leaves_nothing(
    tmp_path: Path, requests: list[SeedRequest], sentence: str
) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(database, demo=False)
    before = databases.tables(database)

    async def scenario(opened: Any) -> None:
        await opened.write(lambda tx: apply_seed(tx, requests, token_id=1, now=NOW))

    with pytest.raises(SeedRefused) as refused:
        databases.run(database, scenario)
    assert str(refused.value) == sentence
    assert databases.tables(database) == before


@pytest.mark.parametrize("ago", ["3", "3w", "-3d", "soon", ""])
def test_an_age_without_a_known_unit_is_refused(ago: str) -> None:
    text = f'[[request]]\nendpoint = "workflow.queues.create"\nago = "{ago}"\n'
    with pytest.raises(SeedRefused, match=r"write a number and d, h, m or s, such as 3d"):
        read_seed(text)
