"""Why a database cannot be used, in a sentence that says what to do.

Rule: a sentence names host, user and database, and never a password.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import errors

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.postgres.errors import reason

HELP = "see `tickiti help postgresql`"

_CONNECTING: Mapping[str, str] = {
    r"no password supplied": "Put the password into ~/.pgpass, which only its owner may read"
    " (chmod 600), or into the file of PGPASSFILE.",
    r"password authentication failed": "Correct the line of this host, port, database and user in"
    " ~/.pgpass, or in the file of PGPASSFILE; PGPASSWORD goes before both.",
    r'database "[^"]*" does not exist': "Create it: createdb --owner USER --encoding UTF8 DATABASE",
    r"session is read-only|server is in hot standby mode": "Name the primary, which takes writes,"
    " or reset default_transaction_read_only of the user and the database.",
}
"""What to do about libpq's reasons, as patterns."""

_STATES: Mapping[str, str] = {
    "42501": f"The owner of the tables grants the missing right to the user: {HELP}.",
    "3F000": "The search_path of the user must name a schema that exists and that the user may use:"
    " ALTER ROLE ... RESET search_path.",
}
"""What to do about errors of statements, by SQLSTATE."""

_OF_OTHER_OBJECTS = (
    "The schema has tables or functions of another program, or its search_path leaves out the one"
    " of the extension pg_trgm: name an empty database."
)


@contextmanager
def explained() -> Iterator[None]:
    """Raise DatabaseUnusable instead of an error of PostgreSQL."""
    try:
        yield
    except errors.LockNotAvailable:
        raise  # waiting_briefly() knows which one
    except psycopg.Error as error:
        raise DatabaseUnusable(_of_statement(error)) from error


def of_connecting(error: psycopg.Error, *, what: str = "The database") -> str:
    """Why no connection could be made: libpq's reason in one line, and what to do."""
    lines = [line.strip() for line in str(error).splitlines()]
    # The line behind it asks whether the server is running, and has a tab.
    told = [line for line in lines if line and not line.startswith("Is the server running")]
    said = " ".join(told) or type(error).__name__
    hint = next((hint for about, hint in _CONNECTING.items() if re.search(about, said)), "")
    said = said.removeprefix("connection failed: ")
    return f"{what} cannot be used: {said}" + (f". {hint}" if hint else "")


def _of_statement(error: psycopg.Error) -> str:
    state = error.sqlstate or ""
    # Class 42 is about names: of tables, columns, functions, operators.
    hint = _STATES.get(state, _OF_OTHER_OBJECTS if state.startswith("42") else "")
    return f"The database cannot be used: {reason(error)}. {hint}".rstrip()
