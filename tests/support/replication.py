"""A primary and its synchronous standby, of one test.

Rule: a commit is acknowledged when both have it on their disks, so that a failover loses nothing.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.cluster import USER, Cluster
from tests.support.waiting import wait_until

DATABASE = "tickets"

FOLLOWED = "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"


class Pair(NamedTuple):
    primary: Cluster
    standby: Cluster

    @property
    def url(self) -> str:
        """Whichever of the two takes writes."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self)
        return f"postgresql://{USER}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def empty(self) -> None:
        """Make the database, or make it again."""
        with self.primary.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def wait_until_synchronous(self) -> None:
        with self.primary.connect() as connection:
            wait_until(lambda: connection.execute(FOLLOWED).fetchone() == (1,))

    @property
    def sender(self) -> int:
        """The process of the primary that sends to the standby."""
        with self.primary.connect() as connection:
            ((pid,),) = connection.execute("SELECT pid FROM pg_stat_replication").fetchall()
        return int(pid)

    def promote(self) -> None:
        """Make the standby take writes."""
        with self.standby.connect() as connection:
            assert connection.execute("SELECT pg_promote()").fetchone() == (True,)


@contextmanager
def pair() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="tickiti-pair-"))
    folder.chmod(0o711)
    started: list[Cluster] = []
    try:
        primary = _started(folder / "one", started)
        standby = _started(folder / "two", started, standby_of=primary)
        with primary.connect() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        ours = Pair(primary, standby)
        ours.wait_until_synchronous()
        yield ours
    finally:
        for each in started:
            each.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, started: list[Cluster], standby_of: Cluster | None = None) -> Cluster:
    folder.mkdir(mode=0o711)
    new = Cluster(folder, standby_of=standby_of)
    started.append(new)
    new.start()
    return new
