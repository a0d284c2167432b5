"""A cluster of PostgreSQL and servers on it, for as long as a benchmark runs."""

import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import Server, running, wait_until
from tests.support.cluster import Cluster

DATABASE = "bench"


@contextmanager
def started_cluster(scratch: Path) -> Iterator[Cluster]:
    """A cluster of its own with an empty database, DATABASE."""
    folder = scratch / "cluster"
    folder.mkdir()
    # The data belong to the cluster's user, who must reach them.
    scratch.chmod(0o711)
    cluster = Cluster(folder)
    cluster.start()
    try:
        with cluster.connect() as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def node(cluster: Cluster, scratch: Path, name: str, database: str = DATABASE) -> Iterator[Server]:
    """A server of this name on a database of the cluster, with a token of its own."""
    folder = scratch / name
    folder.mkdir()
    port_file, config = folder / "port", folder / "config"
    argv = [str(Path(sys.executable).with_name("tickiti")), "server", "start", "--port", "0"]
    argv += ["--port-file", str(port_file), "--name", name, "--db", cluster.url(database)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKITI_")}
    environment |= {
        "TICKITI_CONFIG_DIR": str(config),
        "XDG_STATE_HOME": str(folder / "state"),
        "PGPASSFILE": str(cluster.passfile),
    }
    with running(argv, folder / "log", environment) as process:
        wait_until(process, port_file.exists)
        credentials = tomllib.loads((config / "credentials.toml").read_text())
        (token,) = (each["token"] for each in credentials.values())
        address = f"http://127.0.0.1:{port_file.read_text().strip()}"
        yield Server(address, token, process.pid)
