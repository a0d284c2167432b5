"""P8 on PostgreSQL: the same searches, on helpdesks of the same tickets that have moved there."""

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import million
from bench.figure import Figure
from bench.postgres import DATABASE, node, started_cluster
from bench.searching import FEW, MANY, figures_of
from bench.servers import await_index
from tests.support.cluster import Cluster
from tickiti_cli.contract.files.database_location import DatabaseUrl
from tickiti_server.store.open import move_database

SMALL = "few"


def measure(scratch: Path) -> list[Figure]:
    with ExitStack() as stack:
        cluster = stack.enter_context(started_cluster(scratch))
        with cluster.connect() as connection:
            connection.execute(f"CREATE DATABASE {SMALL}")
        for count, database in ((FEW, SMALL), (MANY, DATABASE)):
            _move(million.database_of(count), cluster, database)
        small, large = (
            stack.enter_context(node(cluster, scratch, name, database))
            for name, database in (("small", SMALL), ("large", DATABASE))
        )
        await_index(small)
        await_index(large)
        figures = figures_of(small, large)
    return [replace(figure, what=f"PostgreSQL: {figure.what}") for figure in figures]


def _move(path: Path, cluster: Cluster, database: str) -> None:
    os.environ["PGPASSFILE"] = str(cluster.passfile)
    url = DatabaseUrl(cluster.url(database))
    moved = move_database(path, url, lambda _: None)
    print(f"{moved.rows:,} rows moved in {moved.seconds:.0f} s", file=sys.stderr)
    with cluster.connect(database) as connection:
        connection.execute("VACUUM ANALYZE")
