"""P12: durable tickets a second on PostgreSQL, by one server process and by two, against SQLite.

Two cores cannot show that processes scale, because the database needs a core of its own. So the
processor time of a ticket is measured too, of the server and of the database.
"""

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.creation import CONNECTIONS, WARM_UP, storm
from bench.figure import Figure
from bench.pace import paced
from bench.postgres import node, started_cluster
from bench.servers import Server, bundled
from tests.support.cluster import Cluster

ROUNDS = paced(5, 3)
SECONDS = paced(10, 3)
LEAST_SHARE = 0.45
MOST_MICROSECONDS = 550
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Round:
    """Tickets a second, and the microseconds of processor that a ticket took of each side."""

    rate: float
    server: float = 0.0
    database: float = 0.0


def measure(scratch: Path) -> list[Figure]:
    with ExitStack() as stack:
        cluster = stack.enter_context(started_cluster(scratch))
        nodes = [stack.enter_context(node(cluster, scratch, name)) for name in ("one", "two")]
        alone = stack.enter_context(bundled(scratch))
        for server in (*nodes, alone):
            storm(server, WARM_UP)
        rounds = [
            (
                storm(alone, SECONDS).rate,
                _measured(nodes[:1], cluster),
                _measured(nodes, cluster),
            )
            for _ in range(ROUNDS)
        ]
    sqlite, one, two = ([*each] for each in zip(*rounds, strict=True))
    return _figures(statistics.median(sqlite), one, two)


def _figures(sqlite: float, one: Sequence[Round], two: Sequence[Round]) -> list[Figure]:
    command = f"wrk -t1 -c{CONNECTIONS} -d{SECONDS}s, {ROUNDS} alternating rounds"
    rate = statistics.median(each.rate for each in one)
    both = statistics.median(each.rate for each in two)
    server = statistics.median(each.server for each in one)
    database = statistics.median(each.database for each in one)
    return [
        Figure(
            bar_name="P12",
            what="create_ticket on PostgreSQL, one server process, against SQLite",
            measured=f"{rate:,.0f} tickets/s",
            reference=f"{sqlite:,.0f} tickets/s",
            ratio=rate / sqlite,
            bar=LEAST_SHARE,
            better="higher",
            command=command,
        ),
        Figure(
            bar_name="P12",
            what="processor time of a ticket, server and database",
            measured=f"{server:.0f} + {database:.0f} us",
            reference=f"{MOST_MICROSECONDS} us",
            ratio=(server + database) / MOST_MICROSECONDS,
            bar=1.0,
            better="lower",
            command=command,
        ),
        Figure(
            bar_name="P12",
            what="two server processes on one database against one, on these cores;"
            f" cores that the server needs for each of the database's: {server / database:.1f}",
            measured=f"{both:,.0f} tickets/s",
            reference=f"{rate:,.0f} tickets/s",
            ratio=both / rate,
            bar=1.0,
            better="higher",
            command=f"wrk -t1 -c{CONNECTIONS // 2} on each, {ROUNDS} alternating rounds",
        ),
    ]


def _measured(nodes: Sequence[Server], cluster: Cluster) -> Round:
    before = [_seconds_of_family(node.pid) for node in nodes], _seconds_of_family(cluster.pid)
    with ThreadPoolExecutor(len(nodes)) as threads:
        share = CONNECTIONS // len(nodes)
        rates = threads.map(lambda node: storm(node, SECONDS, connections=share).rate, nodes)
        rate = sum(rates)
    servers = sum(
        _seconds_of_family(node.pid) - used for node, used in zip(nodes, before[0], strict=True)
    )
    database = _seconds_of_family(cluster.pid) - before[1]
    tickets = rate * SECONDS
    return Round(rate, servers / tickets * 1e6, database / tickets * 1e6)


def _seconds_of_family(pid: int) -> float:
    """Processor time of a process and its descendants, those that it has waited for included."""
    ticks = sum(int(field) for field in _fields(pid)[11:15])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return ticks / TICKS + sum(_seconds_of_family(int(child)) for child in children)


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which is in brackets: the state first."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
