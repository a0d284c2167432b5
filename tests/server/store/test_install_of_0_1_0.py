"""A database that version 0.1.0 made opens, and has what October 2026 brings."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import databases
from tickiti_cli.contract.endpoint import Ability
from tickiti_server import prepare
from tickiti_server.auth.audit import Action
from tickiti_server.auth.token import secret_digest

pytestmark = pytest.mark.sqlite  # a file of an older version

DUMP = Path(__file__).parents[2] / "support" / "installs" / "0.1.0.sql"
TOKEN = "1|of-the-install"
SKILLS = {Ability.SKILLS_READ, Ability.SKILLS_WRITE}


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """The database, whose first token is TOKEN, not opened yet."""
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text())
        secret = secret_digest(TOKEN.partition("|")[2])
        connection.execute("UPDATE api_token SET secret_sha256 = ?", (secret,))
        connection.commit()
    return path


def opened(path: Path) -> None:
    assert prepare.prepare(path, demo=False, known_token=TOKEN).token == TOKEN


def abilities(path: Path, token_id: int = 1) -> set[str]:
    sql = f"SELECT abilities FROM api_token WHERE id = {token_id}"
    return set(json.loads(databases.value(path, sql)))


def test_staff_of_an_old_install_keeps_every_right(install: Path) -> None:
    opened(install)
    sql = "SELECT person_id, count(*), min(can_view + can_manage + can_delete) FROM queue_right"
    queues = databases.value(install, "SELECT count(*) FROM queue")
    found = [tuple(row) for row in databases.rows(install, f"{sql} GROUP BY person_id")]
    assert found == [(2, queues, 3), (3, queues, 3)]


def test_closed_ticket_of_an_old_install_counts_by_its_last_change(install: Path) -> None:
    opened(install)
    sql = "SELECT status, closed_at IS NULL, closed_at = updated_at FROM ticket ORDER BY id"
    found = [tuple(row) for row in databases.rows(install, sql)]
    assert found == [("open", 1, None), ("closed", 0, 1)]


def test_first_token_of_an_old_install_gains_the_new_abilities(install: Path) -> None:
    assert abilities(install) == set(Ability) - SKILLS
    opened(install)
    assert abilities(install) == set(Ability)
    sql = "SELECT action, actor_name FROM token_audit ORDER BY id"
    noted = [("mint", "server start"), (Action.UPDATE, "server start")]
    assert [tuple(row) for row in databases.rows(install, sql)] == noted
    opened(install)
    assert len(databases.rows(install, sql)) == 2


def rotated(path: Path) -> None:
    """As 0.1.0 rotated its first token: the successor, 2, is minted by token 1 into its family."""
    columns = "secret_sha256, abilities, person_id, created_at"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"UPDATE api_token SET secret_sha256 = zeroblob(32);"
            f"INSERT INTO api_token (id, family_id, name, {columns})"
            f" SELECT 2, 1, name, {columns} FROM api_token WHERE id = 1;"
            "INSERT INTO token_audit"
            " (at, action, token_id, token_name, actor_id, actor_name, details)"
            " VALUES (1, 'mint', 2, 'local', 1, 'local', '{\"follows\": 1}'),"
            " (1, 'rotate', 1, 'local', 1, 'local', '{\"successor\": 2}')"
        )
        connection.execute(
            "UPDATE api_token SET secret_sha256 = ? WHERE id = 2", (secret_digest("rotated"),)
        )
        connection.commit()


@pytest.mark.parametrize("is_pruned", [False, True])
def test_rotated_first_token_of_an_old_install_gains_them_too(
    install: Path, is_pruned: bool
) -> None:
    rotated(install)
    if is_pruned:
        databases.execute(install, "DELETE FROM api_token WHERE id = 1")
    assert prepare.prepare(install, demo=False, known_token="2|rotated").token == "2|rotated"
    assert abilities(install, 2) == set(Ability)


def test_rotated_token_of_an_edited_one_gains_no_ability(install: Path) -> None:
    rotated(install)
    prepare.prepare_database(install)
    databases.execute(
        install,
        "INSERT INTO token_audit (at, action, token_id, token_name, actor_id, actor_name, details)"
        " VALUES (1, 'update', 1, 'local', 1, 'local', '{}')",
    )
    prepare.prepare(install, demo=False, known_token="2|rotated")
    assert abilities(install, 2) == set(Ability) - SKILLS


def test_orders_of_an_old_install_keep_their_direction(install: Path) -> None:
    """As 0.1.0 stored them: by json.dumps, with a perspective whose name looks like an order."""
    orders = [{"field": "priority", "direction": "desc"}, {"field": "subject", "direction": "asc"}]
    name = '"direction": "asc"'
    with closing(sqlite3.connect(install)) as connection:
        connection.execute(
            "INSERT INTO perspective (name, description, shared, owner_id, show_in_crm,"
            " conditions, orders) VALUES (?, '', 1, 1, 0, '[]', ?)",
            (name, json.dumps(orders)),
        )
        connection.commit()
    opened(install)
    ((stored, found),) = databases.rows(
        install, "SELECT name, orders FROM perspective WHERE id > 1"
    )
    assert (stored, json.loads(found)) == (
        name,
        [{"field": "priority", "ascending": False}, {"field": "subject", "ascending": True}],
    )


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE api_token SET abilities = \'["create-ticket", "manage-tokens"]\'',
        (
            "UPDATE api_token SET name = 'shop'; INSERT INTO token_audit"
            " (at, action, token_id, token_name, actor_id, actor_name, details)"
            " VALUES (1, 'update', 1, 'local', 1, 'local', '{}')"
        ),
    ],
)
def test_edited_first_token_of_an_old_install_gains_no_ability(install: Path, change: str) -> None:
    prepare.prepare_database(install)
    with closing(sqlite3.connect(install)) as connection:
        connection.executescript(change)
    before = abilities(install)
    opened(install)
    assert abilities(install) == before


@pytest.mark.parametrize("table", ["queue", "template"])
def test_ids_of_an_old_install_are_never_given_again(install: Path, table: str) -> None:
    row = {
        "queue": "(name, name_key) VALUES ('Last', 'last')",
        "template": "(identifier, type, category, subcategory, subject, content, enabled,"
        " created_at, updated_at) VALUES ('last', 'email', '', '', '', '', 1, 0, 0)",
    }[table]
    with closing(sqlite3.connect(install)) as connection:
        last = connection.execute(f"INSERT INTO {table} {row}").lastrowid
        connection.commit()
        tickets = connection.execute("SELECT id, queue_id FROM ticket").fetchall()
    opened(install)
    with closing(sqlite3.connect(install)) as connection:
        assert connection.execute("SELECT id, queue_id FROM ticket").fetchall() == tickets != []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute(f"DELETE FROM {table} WHERE id = ?", (last,))
        assert connection.execute(f"INSERT INTO {table} {row}").lastrowid == (last or 0) + 1
