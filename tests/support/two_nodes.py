"""Two servers of one database behind nginx, as the command line's tests see them: as one server."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import databases
from tests.support.cli import Cli, Ran, Served
from tests.support.nginx import Nginx


@contextmanager
def served_by_two(cli: Cli) -> Iterator[Served]:
    """The profile `local` is for nginx's address; the token is that of the server `local`."""
    database = cli.folder / "tickiti.db"
    databases.prepared_with_queues(database)

    def tickiti(*words: str) -> Ran:
        ran = cli(*words, PGPASSFILE=os.environ["PGPASSFILE"])
        assert ran.code == 0, ran.stderr
        return ran

    def start(name: str, *flags: str) -> int:
        where = ("--db", str(databases.location(database)), "--port", "0", "--name", name)
        said = tickiti("server", "start", "--detach", "--behind-proxy", "--page", *where, *flags)
        return int(said.stdout.strip().rpartition(":")[2])

    one = start("local")
    try:
        two = start("two", "--no-profile", "--first-token-file", str(cli.folder / "token-of-two"))
        between = Nginx(cli.folder / "nginx", [one, two])
        between.start()
        config = cli.config / "config.toml"
        config.write_text(config.read_text().replace(f"http://127.0.0.1:{one}", between.base_url))
        pid = json.loads(tickiti("server", "status", "--name", "local", "--json").stdout)["pid"]
        try:
            yield Served(between.base_url, cli.config, database, pid)
        finally:
            between.stop()
    finally:
        for name in ("local", "two"):
            cli("server", "stop", "--name", name)
