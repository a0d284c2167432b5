"""The size and the row counts of a database, whose soundness PostgreSQL keeps itself."""

from tickiti_server.store.interface import DatabaseSummary
from tickiti_server.store.postgres.connection import connect, number
from tickiti_server.store.postgres.prepare import refuse_unprepared
from tickiti_server.store.postgres.unusable import explained
from tickiti_server.store.postgres.upkeep.held_tables import waiting_briefly


def summary_of(url: str) -> DatabaseSummary:
    """Count the rows of a database that this version can serve. Raises DatabaseUnusable."""
    with explained(), connect(url) as connection, waiting_briefly(connection, url):
        refuse_unprepared(connection, url)
        return DatabaseSummary(
            bytes=number(connection, "SELECT pg_database_size(current_database())"),
            schema=number(connection, "SELECT max(number) FROM schema_migration"),
            tickets=number(connection, "SELECT count(*) FROM ticket"),
            responses=number(connection, "SELECT count(*) FROM response"),
            keys=number(connection, "SELECT count(*) FROM idem"),
            tokens=number(connection, "SELECT count(*) FROM api_token"),
        )
