"""The demo data: what a new database gets, and which databases stay as they are."""

import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

from tests.support import databases
from tickiti_cli.contract.token_format import checksum
from tickiti_server import prepare
from tickiti_server.api.seeds.declared import apply_seeds
from tickiti_server.api.seeds.demo import DEMO
from tickiti_server.api.seeds.entries import Seed
from tickiti_server.auth.first_token import FirstTokenRequest
from tickiti_server.store.interface import Database

NUMBERS = "SELECT number FROM ticket ORDER BY number"
NOW = 1_800_000_000_000_000


def numbers(database: Path) -> list[int]:
    return [number for (number,) in databases.rows(database, NUMBERS)]


def test_a_new_database_gets_twelve_tickets(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(databases.location(database), demo=True)
    assert numbers(database) == [*range(220009, 220021)]
    assert databases.value(database, "SELECT count(*) FROM attachment") == 1
    states = "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state"
    assert databases.rows(database, states) == [("queued", 3), ("sent", 1)]


def test_tickets_are_numbered_by_age(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(databases.location(database), demo=True)
    by_age = databases.rows(database, "SELECT number FROM ticket ORDER BY created_at, number")
    assert [number for (number,) in by_age] == numbers(database)


def test_a_second_start_with_demo_changes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    token = prepare.prepare(databases.location(database), demo=True).token
    before = databases.tables(database)
    prepare.prepare(databases.location(database), demo=True, known_token=token)
    assert databases.tables(database) == before


def test_an_existing_database_gets_two_queues_and_no_data(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    token = prepare.prepare(databases.location(database), demo=False).token
    prepare.prepare(databases.location(database), demo=True, known_token=token)
    assert numbers(database) == []
    queues = databases.rows(database, "SELECT name FROM queue ORDER BY id")
    assert queues == [("Inbox",), ("Sales",), ("Support",)]


def test_demo_data_is_added_with_a_given_first_token(tmp_path: Path) -> None:
    random = "Given" * 8
    database, given = tmp_path / "t.db", f"77|tkt_{random}{checksum(random)}"
    prepare.prepare(databases.location(database), demo=True, wanted=FirstTokenRequest(given=given))
    assert numbers(database) == [*range(220009, 220021)]


def test_the_sender_of_the_demo_is_the_mailbox_that_delivers(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(databases.location(database), demo=True)
    value = "SELECT value FROM setting WHERE name = 'mail_from_address'"
    built_in = "SELECT address FROM mailbox WHERE built_in = 1"
    assert databases.value(database, value) == databases.value(database, built_in)


def test_the_demo_is_a_seed_like_any_other(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(databases.location(database), demo=True)
    before = databases.tables(database)
    text = files("tickiti_server.api.seeds").joinpath(DEMO).read_text("utf-8")

    async def scenario(opened: Database) -> None:
        seeds = [Seed(DEMO, tomllib.loads(text))]
        await opened.write(lambda tx: apply_seeds(tx, seeds, token_id=1, now=NOW))

    databases.run(database, scenario)
    assert databases.tables(database) == before


def test_the_demo_has_what_the_examples_name(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(databases.location(database), demo=True)
    assert databases.rows(database, "SELECT name FROM queue ORDER BY id") == [
        ("Inbox",), ("Sales",), ("Support",), ("Wholesale",), ("Old orders",), ("Returned",)
    ]  # fmt: skip
    decided = "SELECT t.number, r.decision FROM review r JOIN ticket t ON t.id = r.ticket_id"
    assert databases.rows(database, f"{decided} ORDER BY t.number") == [
        (220018, '{"accept":true,"customer":"Petra","price":79.9}'),
        (220019, None),
        (220020, None),
    ]
    tokens = "SELECT id, family_id, name, overlap_until IS NULL FROM api_token ORDER BY id"
    assert databases.rows(database, tokens)[1:] == [
        (2, 2, "sales-portal", 1), (3, 3, "warehouse", 0), (4, 3, "warehouse", 1),
        (5, 5, "fair-stand", 0), (6, 5, "fair-stand", 1), (7, 7, "contractor", 1),
    ]  # fmt: skip
    assert databases.value(database, "SELECT count(*) FROM response") == 23
    held = databases.value(database, "SELECT on_hold_until FROM ticket WHERE number = 220015")
    days = (date.fromisoformat(str(held)) - datetime.now(UTC).date()).days
    assert days in (6, 7)  # 6 where midnight passes meanwhile
