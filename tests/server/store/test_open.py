"""A location chooses the driver: a path and `sqlite:` are SQLite, `postgresql:` is PostgreSQL, and
every other scheme is refused."""

import asyncio
import sys
from pathlib import Path

import pytest

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import check_database, open_database, prepare_database


@pytest.mark.parametrize("form", ["{path}", "sqlite:{path}", "sqlite://{path}", "SQLITE:{path}"])
def test_a_path_and_a_sqlite_url_open_the_same_file(tmp_path: Path, form: str) -> None:
    path = tmp_path / "the shop.db"
    prepare_database(path)
    location = form.format(path=str(path).replace(" ", "%20") if ":" in form else path)

    async def scenario() -> None:
        await open_database(location).close()

    asyncio.run(scenario())
    assert check_database(location).bytes == path.stat().st_size


@pytest.mark.parametrize("call", [open_database, prepare_database, check_database])
def test_a_location_of_another_scheme_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: object
) -> None:
    monkeypatch.chdir(tmp_path)
    assert callable(call)
    with pytest.raises(DatabaseUnusable) as refused:
        call("mysql://shop@db.example/tickets")
    assert str(refused.value) == (
        "This version has no driver for mysql: databases: give a file, or a URL that begins with"
        " postgresql://."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", [open_database, prepare_database, check_database])
def test_postgresql_without_its_extra_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, call: object
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for module in [name for name in sys.modules if ".store.postgres" in name]:
        monkeypatch.delitem(sys.modules, module)
    assert callable(call)
    with pytest.raises(DatabaseUnusable) as refused:
        call("postgresql://shop@db.example/tickets")
    assert str(refused.value) == (
        "PostgreSQL needs the extra `postgres`: pip install 'tickiti[postgres]'."
    )


def test_a_path_object_is_never_read_as_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sqlite:").mkdir()
    prepare_database(Path("sqlite:/t.db"))
    assert (tmp_path / "sqlite:" / "t.db").stat().st_size > 0
