"""The PgBouncer that the URL of a database names."""

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli.contract.files.database_location import Pooler, direct, pooler_of

PLAIN = "postgresql://shop@db.example/tickets"


@pytest.mark.parametrize(
    ("query", "kept", "pooler"),
    [
        ("", "", None),
        ("?pooler=127.0.0.1:6432", "", Pooler("127.0.0.1", 6432)),
        ("?pooler=%2Frun%2Fpgbouncer:6432", "", Pooler("/run/pgbouncer", 6432)),
        ("?sslmode=require&pooler=p:1&options=-cx=1", "?sslmode=require&options=-cx=1",
         Pooler("p", 1)),
        ("?sslmode=require", "?sslmode=require", None),
    ],
)  # fmt: skip
def test_the_parameter_is_read_and_kept_from_libpq(
    query: str, kept: str, pooler: Pooler | None
) -> None:
    assert pooler_of(PLAIN + query) == pooler
    assert direct(PLAIN + query) == PLAIN + kept


@pytest.mark.parametrize("pooler", ["", "host", ":6432", "host:", "host:0", "host:65536", "h:x"])
def test_what_is_no_address_is_refused(run: Cli, pooler: str) -> None:
    assert run("server", "start", "--db", f"{PLAIN}?pooler={pooler}") == Ran(
        2,
        "",
        "tickiti: --db: pooler must be the address of a PgBouncer, such as"
        " pooler=127.0.0.1:6432.\n",
    )


def test_the_commands_of_postgresql_get_the_database_itself(run: Cli) -> None:
    ran = run("server", "backup", "x.dump", "--db", f"{PLAIN}?pooler=127.0.0.1:6432")
    assert (ran.code, ran.stderr.splitlines()[-1]) == (
        15, f"pg_dump --format=custom --file=x.dump {PLAIN}",
    )  # fmt: skip
