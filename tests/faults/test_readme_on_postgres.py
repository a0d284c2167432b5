"""The README's commands for more than one machine, pasted in order, on a cluster of the tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.cli import Cli
from tests.support.cluster import cluster, is_installed, program
from tests.support.nodes import Nodes
from tickiti_server.store.open import prepare_database

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
URL = "postgresql://shop@db.example/tickets"


def blocks() -> list[str]:
    text = README.read_text()
    section = text.partition("## More than one machine\n")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


def test_the_readmes_servers_share_a_database_that_is_dumped_and_restored(tmp_path: Path) -> None:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    url = postgres.url_of(tmp_path / "shop.db")
    name = url.rpartition("/")[2]
    with cluster().connect() as connection:
        connection.execute(f'DROP DATABASE "{name}"')
    shop = Nodes(Cli(tmp_path / "home"), url, cluster().passfile)
    environ = shop.run.environ({}) | {
        "PATH": os.pathsep.join([
            str(Path(sys.executable).parent), str(Path(program("pg_dump")).parent),
            os.environ["PATH"],
        ]),
        "PGPASSFILE": str(shop.passfile), "PGHOST": "127.0.0.1", "PGPORT": str(cluster().port),
        "PGUSER": "tickiti",
    }  # fmt: skip

    def paste(block: str) -> str:
        text = re.sub(r" tickets$", f" {name}", block.replace(URL, url), flags=re.MULTILINE)
        text = re.sub(r"(--port \d+ )?--detach", "--port 0 --detach", text)
        done = subprocess.run(
            ["/bin/sh", "-ec", text], cwd=tmp_path, env=environ, timeout=100, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (text, done.stderr)
        return done.stdout

    start, second, copy, move = blocks()
    try:
        paste(start)
        assert "running" in paste(second)
        token = shop.token("one")
        one, two = (shop.status("--name", name)["base_url"] for name in ("one", "two"))
        made = shop.create(one, token, "a")
        assert (made[0], shop.create(two, token, "a")) == (200, made)
    finally:
        for each in ("one", "two"):
            shop.tickiti("server", "stop", "--name", each)
    checked = paste(copy).split("\t")
    assert (checked[0], checked[3]) == (url, "1")
    assert shop.numbers() == [220009]
    prepare_database(tmp_path / "tickiti.db")
    with cluster().connect() as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    paste(move)
    assert shop.numbers() == []
