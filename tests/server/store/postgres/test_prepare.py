"""A start creates or upgrades the tables, and refuses a database that it cannot serve."""

import importlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cluster import Cluster
from tests.support.postgres import connection_to
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import (
    accept_durability,
    check_database,
    open_database,
    prepare_database,
)
from tickiti_server.store.upgrades import Migration, known_migrations


def test_of_servers_that_start_at_once_one_migrates(empty: str) -> None:
    with ThreadPoolExecutor(4) as starts:
        ran = [*starts.map(lambda _: prepare_database(empty), range(4))]
    assert sorted(map(len, ran)) == [0, 0, 0, len(known_migrations("postgres"))]
    assert check_database(empty).schema == known_migrations("postgres")[-1].number


def test_a_failed_migration_leaves_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [Migration(13, "0013_a.sql", "CREATE TABLE one (id INT); SELECT nothing_such();")]
    module = importlib.import_module("tickiti_server.store.postgres.prepare")
    monkeypatch.setattr(module, "missing_migrations", lambda *_: broken)
    with pytest.raises(Exception, match="nothing_such"):
        prepare_database(empty)
    with connection_to(empty) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_newer_schema_is_refused(url: str) -> None:
    with connection_to(url) as connection:
        connection.execute("INSERT INTO schema_migration VALUES (9999, 'later.sql')")
    for call in (prepare_database, open_database, check_database):
        with pytest.raises(DatabaseUnusable, match="a newer tickiti used it") as refused:
            call(url)
        assert str(refused.value).startswith(f"The database {url} has schema 9999 ")


def test_a_database_without_tables_is_not_served(empty: str) -> None:
    with pytest.raises(DatabaseUnusable, match=r"lacks the migration 0013_initial\.sql"):
        open_database(empty)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (r"/t_\w+$", "/t_none", 'database "t_none" does not exist'),
        (r":\d+/", ":1/", "Connection refused"),
        ("//tickiti@", "//nobody@", "no password supplied"),
    ],
)
def test_what_libpq_refuses_is_one_sentence(empty: str, old: str, new: str, reason: str) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        prepare_database(re.sub(old, new, empty))
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_password_in_a_url_is_refused_and_not_repeated(server: Cluster) -> None:
    for url in (
        f"postgresql://tickiti:geheim@127.0.0.1:{server.port}/postgres",
        f"postgresql://tickiti@127.0.0.1:{server.port}/postgres?password=geheim",
    ):
        with pytest.raises(DatabaseUnusable) as refused:
            prepare_database(url)
        assert "PGPASSFILE" in str(refused.value)
        assert "geheim" not in str(refused.value)


def test_a_database_of_another_encoding_is_refused(server: Cluster) -> None:
    with server.connect() as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(DatabaseUnusable, match="is LATIN1; it must be UTF8"):
        prepare_database(server.url("latin"))


def test_a_setting_that_loses_tickets_is_refused_unless_accepted(url: str) -> None:
    assert accept_durability(url, unsafe=False) == []
    with connection_to(url) as connection:
        name = url.rpartition("/")[2]
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    with pytest.raises(DatabaseUnusable, match="synchronous_commit = off"):
        accept_durability(url, unsafe=False)
    assert accept_durability(url, unsafe=True) == ["synchronous_commit = off"]
