"""A URL of PostgreSQL is read as libpq reads it: no password of any spelling gets past."""

from pathlib import Path

import pytest
from psycopg import conninfo

from tickiti_cli.contract.files.database_location import DatabaseUrl, LocationRefused, location_of

WITH_PASSWORD = [
    "postgresql://shop:geheim@db/tickets",
    "postgres://:geheim@db/tickets",
    "postgresql://shop:ge#heim@db/tickets",
    "postgresql://shop:ge?heim@db/tickets",
    "postgresql://shop:ge[heim@db/tickets",
    "postgresql://shop#:geheim@db",
    "postgresql://sh%3Aop:geheim@db1,db2/tickets",
    "postgresql://db/tickets?password=geheim",
    "postgresql://db/tickets?connect_timeout=1#&password=geheim",
    "postgresql://db/tickets#?sslmode=disable&password=geheim",
    "postgresql://db?user=shop&pass%77ord=geheim",
    "postgresql://shop@/tickets?sslpassword=geheim",
    "postgresql:///?password=geheim",
]

WITHOUT = [
    "postgresql://shop@db.example:5432/tickets",
    "postgresql://sh%3Aop%40work@db:5432/a%40b",
    "postgresql://[::1]:5432,db2:5433/tickets?target_session_attrs=read-write",
    "postgresql://db/tickets?application_name=a:b@c",
    "postgresql:///tickets?host=/run/postgresql&user=shop",
    "postgresql://",
    "postgresql:///?host=/tmp/a@b&user=shop",
    "postgresql://shop@?host=/tmp/a@b",
]


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    known = conninfo.conninfo_to_dict(url)
    assert {"password", "sslpassword"} & known.keys()
    with pytest.raises(LocationRefused, match="PGPASSFILE") as refused:
        location_of(url)
    assert "heim" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://shop:ge/heim@db/tickets", "postgres://s:1/2@db/t"])
def test_password_that_libpq_takes_for_a_database_is_refused(url: str) -> None:
    with pytest.raises(LocationRefused, match="and no password") as refused:
        location_of(url)
    assert "heim" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://db/tickets?PASSWORD=geheim",
        "postgresql:///?user=shop&Pass%77ord=geheim",
        "host=db dbname=tickets user=shop password=geheim",
        " Password = geheim host = db",
        "service=shop",
    ],
)
def test_what_libpq_reads_otherwise_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(LocationRefused) as refused:
        location_of(text)
    assert "heim" not in str(refused.value)


@pytest.mark.parametrize("name", ["./host=db.db", "shop.db", "hosts.db", "a b=c"])
def test_file_of_any_other_name_is_a_file(name: str) -> None:
    assert location_of(name) == Path(name).resolve()


@pytest.mark.parametrize("url", WITHOUT)
def test_url_without_a_password_is_taken_as_it_is(url: str) -> None:
    assert "password" not in conninfo.conninfo_to_dict(url)
    assert location_of(url) == DatabaseUrl(url)
