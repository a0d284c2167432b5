"""The settings by which a power cut would lose what was acknowledged."""

from collections.abc import Sequence

from tickiti_server.store.interface import Transaction

UNSAFE = """
SELECT name || ' = ' || setting AS said FROM pg_settings
 WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
 ORDER BY name
"""


def unsafe_settings(tx: Transaction) -> Sequence[str]:
    """Those that are off, as `name = off`: for the whole database, and for a connection of the
    server's user."""
    return [str(row["said"]) for row in tx.all(UNSAFE)]
