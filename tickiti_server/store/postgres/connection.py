"""Opens connections and pools, and tells why a database cannot be used.

Rule: a password is in no URL and in no message. libpq takes it from PGPASSFILE, from a service file
or from PGPASSWORD.
"""

import re
from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import conninfo, sql
from psycopg.adapt import Dumper, Loader
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from tickiti_cli.contract.files.database_location import LocationRefused, direct, pooler_of
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.postgres.unusable import of_connecting

OLDEST = 15
"""The first version of PostgreSQL that the server is tested with."""

OPEN_SECONDS = 10
"""How long a start waits for the database."""

LOOK_UP_LOCK_SECONDS = 2
"""How long a look-up waits for a table that another program has locked. It takes a millisecond
otherwise, and as long as it waits it holds one of a few threads, which others need."""

WAIT_SECONDS = 3
"""How long a request waits for a connection."""

RECONNECT_SECONDS = 1
"""How long the pool tries to connect by itself. Its pauses double, so that after an outage it would
notice late; instead each waiting request makes it try again."""

SILENT_SECONDS = 10
"""How long a machine that has gone without a word counts as slow: then the connection is lost."""

PREPARED = 300
"""Statements that a connection keeps prepared."""

WRITABLE = ("read-write", "primary")
"""Values of target_session_attrs for serving; `check` and `migrate --from` may read a standby."""

SECRET_KEYS = ("password", "sslpassword")

APPLICATION = "tickiti"
"""Our connections in pg_stat_activity, unless the URL names them."""

Connection = psycopg.Connection[DictRow]

_NO_TIMEOUTS: LiteralString = """
SELECT set_config(name, '0', false) FROM pg_settings
 WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout',
                'idle_in_transaction_session_timeout')
"""
"""ALTER ROLE and ALTER DATABASE may have set others, which would end a start or a migration."""


class _Bigint(Dumper):
    """Whole numbers and flags as BIGINT: one prepared statement for all values."""

    oid = 20

    def dump(self, obj: Any) -> bytes:
        return str(int(obj)).encode()

    def quote(self, obj: Any) -> bytes:
        """As psycopg writes it into a FETCH of its own."""
        return self.dump(obj)


class _Number(Loader):
    """NUMERIC, which sums and averages are: an int if the number is whole, else a float."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or not text.lstrip("-").isdecimal() else int(text)


def checked(url: str) -> str:
    """The URL of the database itself, for libpq, if it can be read and has no password. Raises
    DatabaseUnusable."""
    url = direct(url)
    try:
        known = conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        raise DatabaseUnusable(_unreadable(error)) from None
    if any(known.get(key) for key in SECRET_KEYS):
        raise DatabaseUnusable(
            "A password in a URL can be read by others: put it into the file of PGPASSFILE."
        )
    return url


def connect(url: str, *, name: str = APPLICATION) -> Connection:
    """A connection to the database itself, which commits each statement. Raises DatabaseUnusable
    with the reason."""
    url = checked(url)
    try:
        connection = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, **_parameters(url, name)
        )
    except psycopg.Error as error:
        raise DatabaseUnusable(of_connecting(error)) from None
    try:
        connection.execute(_NO_TIMEOUTS)
    except psycopg.Error as error:
        connection.close()
        raise DatabaseUnusable(of_connecting(error)) from None
    configure(connection)
    return connection


def server_name(name: str) -> str:
    """The connections of a server that is called `name`, or of one without a name."""
    return f"{APPLICATION}/{name}" if name else APPLICATION


def open_pool(url: str, *, most: int, name: str) -> ConnectionPool[Connection]:
    """A pool of up to `most` connections of the server `name`, which lets waiting callers in one by
    one. They go through the PgBouncer of the URL, if it names one. Raises DatabaseUnusable if that
    lets nobody in."""
    address, own = _requests_address(url)
    own |= _parameters(address, server_name(name))
    kwargs = {"autocommit": True, "row_factory": dict_row, **own}
    if pooler_of(url):
        _try_pooler(address, kwargs)
    return ConnectionPool(
        address,
        connection_class=Connection,
        kwargs=kwargs,
        name="requests",
        configure=_configure_pooled,
        min_size=1,
        max_size=most,
        timeout=WAIT_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS,
        max_idle=300,
        open=True,
    )


def configure(connection: Connection) -> None:
    """Let values travel as the server's SQL expects them."""
    connection.prepared_max = PREPARED
    adapters = connection.adapters
    for kind in (int, bool):
        adapters.register_dumper(kind, _Bigint)
    adapters.register_loader("numeric", _Number)


def _configure_pooled(connection: Connection) -> None:
    configure(connection)
    if is_behind_pooler(connection):
        connection.prepare_threshold = None
    if keeps_settings(connection):
        # Of look-ups; writes and reads set their own.
        connection.execute(f"SET lock_timeout = '{LOOK_UP_LOCK_SECONDS}s'".encode())


def keeps_settings(connection: Connection) -> bool:
    """Whether what a connection of the pool has set and prepared is there the next time."""
    return connection.prepare_threshold is not None


def is_behind_pooler(connection: Connection) -> bool:
    """Whether a PgBouncer is in between: it tells each client a process of its own making. A URL
    may lead to one although it does not name it; then the next transaction may run in another
    session, without its prepared statements and locks."""
    process = number(connection, "SELECT pg_backend_pid()")
    return process != connection.info.backend_pid


def number(connection: Connection, statement: LiteralString) -> int:
    """The only column of the first row, which is a number."""
    row = connection.execute(statement).fetchone()
    return 0 if row is None else int(next(iter(row.values())) or 0)


def setting(connection: Connection, name: str) -> str:
    """The value of a setting of the database."""
    row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
    return "" if row is None else str(next(iter(row.values())))


def _refuse_standbys(address: str) -> None:
    """Raise DatabaseUnusable if requests may reach a standby, which takes no writes and whose reads
    are late: a new ticket would be missing from the next list."""
    wanted = conninfo.conninfo_to_dict(address).get("target_session_attrs")
    if wanted not in (None, *WRITABLE):
        raise DatabaseUnusable(
            f"target_session_attrs={wanted} lets requests reach a standby: leave it out, or give"
            f" {' or '.join(WRITABLE)}."
        )


def _try_pooler(address: str, parameters: Mapping[str, Any]) -> None:
    """Connect once, because a pool keeps the reason to itself. Raises DatabaseUnusable."""
    try:
        psycopg.connect(address, **parameters).close()
    except psycopg.Error as error:
        raise DatabaseUnusable(of_connecting(error, what="PgBouncer")) from None


def _unreadable(error: psycopg.Error) -> str:
    """The name of an unknown parameter. Other reasons of libpq repeat the URL, or a password."""
    unknown = re.match(r'invalid URI query parameter: "([^"]*)"', str(error))
    what = f": PostgreSQL has no parameter {unknown[1]}" if unknown else ""
    return f"The URL of the database cannot be read{what}."


def _requests_address(url: str) -> tuple[str, dict[str, Any]]:
    """Where requests go, and psycopg's parameters for it. Raises DatabaseUnusable.

    In its transaction mode PgBouncer gives each transaction another connection, and keeps what one
    of them has prepared only since its version 1.21.
    """
    address = checked(url)
    _refuse_standbys(address)
    try:
        pooler = pooler_of(url)
    except LocationRefused as error:
        raise DatabaseUnusable(f"The URL of the database: {error}") from None
    if pooler is None:
        return address, {}
    known: dict[str, Any] = conninfo.conninfo_to_dict(address)
    known.pop("hostaddr", None)
    known |= {"host": pooler.host, "port": pooler.port}
    return conninfo.make_conninfo(**known), {"prepare_threshold": None}


def _parameters(url: str, name: str = APPLICATION) -> dict[str, Any]:
    """What the URL does not say itself, and the only encoding that has every text."""
    usual = {
        "application_name": name,
        "connect_timeout": OPEN_SECONDS,
        "keepalives_idle": SILENT_SECONDS,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "target_session_attrs": "read-write",
    }
    said = conninfo.conninfo_to_dict(url)
    unsaid: dict[str, Any] = {name: value for name, value in usual.items() if name not in said}
    # A text is bound to no type, so that PostgreSQL takes that of the column. Another encoding that
    # a URL names for other programs has no word for most texts.
    return unsaid | {"client_encoding": "UTF8"}
