"""How long a helpdesk takes to move to PostgreSQL and back, and in how much memory.

`python -m bench.moving 100000`: a database of so many tickets (bench/million.py), and a cluster of
its own (tests/support/cluster.py). Prints a line for each direction; the digests must be the same.
"""

import resource
import sys
import tempfile
from pathlib import Path

from bench.million import database_of
from tests.support import postgres
from tickiti_server.store.moving.move import Moved
from tickiti_server.store.open import Location, move_database

COUNT = 100_000


def main() -> int:
    """Move there and back. Returns 1 if what comes back is not the same."""
    source = database_of(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
    with tempfile.TemporaryDirectory() as folder:
        url = postgres.url_of(Path(folder) / "there")
        there = _moved(source, url)
        back = _moved(url, Path(folder) / "back.db")
    print("the same" if there.tables == back.tables else "NOT the same")
    return int(there.tables != back.tables)


def _moved(source: Location, target: Location) -> Moved:
    moved = move_database(source, target, lambda _: None)
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    way = "to a file" if isinstance(target, Path) else "to PostgreSQL"
    print(f"{way}: {moved.rows:,} rows in {moved.seconds:.1f} s, {mebibytes} MiB", flush=True)
    return moved


if __name__ == "__main__":
    sys.exit(main())
