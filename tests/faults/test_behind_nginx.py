"""The example of several servers: nginx's and Caddy's configurations, and what compose starts."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support import postgres
from tests.support.cli import Cli
from tests.support.cluster import cluster, is_installed
from tests.support.nginx import EXAMPLE, Nginx
from tests.support.nodes import Nodes
from tickiti_cli.bundled_server.systemd import STOP_SECONDS

COMPOSE = EXAMPLE.with_name("compose.yaml")
CADDYFILE = EXAMPLE.with_name("Caddyfile")
REQUESTS = 8


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Nodes]:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    ours = Nodes(Cli(tmp_path / "home"), postgres.url_of(tmp_path / "shop.db"), cluster().passfile)
    yield ours
    for name in ("one", "two"):
        ours.tickiti("server", "stop", "--name", name)


@pytest.fixture
def between(shop: Nodes, tmp_path: Path) -> Iterator[Nginx]:
    """The example in front of two servers that are started as compose starts them."""
    ports = []
    for name in ("one", "two"):
        base_url = shop.start("--name", name, "--behind-proxy")
        ports.append(int(base_url.rpartition(":")[2]))
    proxy = Nginx(tmp_path / "nginx", ports)
    proxy.start()
    yield proxy
    proxy.stop()


def test_requests_go_to_both_servers_and_then_to_the_one_that_is_left(
    shop: Nodes, between: Nginx
) -> None:
    checked = between.check()
    assert checked.returncode == 0, checked.stderr
    token = shop.token("one")
    base_url = between.base_url
    replies = [shop.create(base_url, token, f"{number}") for number in range(REQUESTS)]
    assert {status for status, _ in replies} == {200}
    # The same keys again reach the other server, or not: the ticket is the same.
    assert [shop.create(base_url, token, f"{number}") for number in range(REQUESTS)] == replies
    assert len(shop.numbers()) == REQUESTS

    logged = {name: _logged(shop, name) for name in ("one", "two")}
    prefixes = {name: {row["request_id"].partition("-")[0] for row in rows}
                for name, rows in logged.items()}  # fmt: skip
    assert prefixes == {"one": {"one"}, "two": {"two"}}
    assert {name: sum(row["path"] == "/api/create_ticket" for row in rows)
            for name, rows in logged.items()} == {"one": REQUESTS, "two": REQUESTS}  # fmt: skip

    for path in ("/readyz", "/healthz", "/_tickiti/readyz"):
        assert httpx.get(base_url + path).status_code == 200, path
    os.kill(shop.status("--name", "one")["pid"], signal.SIGKILL)
    more = [shop.create(base_url, token, f"more {number}") for number in range(REQUESTS)]
    assert {status for status, _ in more} == {200}
    assert httpx.get(f"{base_url}/readyz").status_code == 200
    shop.tickiti("server", "stop", "--name", "two")
    assert httpx.get(f"{base_url}/readyz").status_code == 502
    assert httpx.get(f"{base_url}/healthz").status_code == 200


def test_a_load_balancer_does_not_wait_for_a_machine_that_is_off(
    shop: Nodes, tmp_path: Path
) -> None:
    on = int(shop.start("--name", "two", "--behind-proxy").rpartition(":")[2])
    with ExitStack() as stack:
        off = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # A full queue: as a machine that is off, it answers no further connection.
        stack.enter_context(socket.create_connection(off.getsockname()))
        proxy = Nginx(tmp_path / "nginx", [off.getsockname()[1], on])
        proxy.start()
        stack.callback(proxy.stop)
        replies = [httpx.get(f"{proxy.base_url}/readyz", timeout=15) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]


def _logged(shop: Nodes, name: str) -> list[dict[str, Any]]:
    ran = shop.tickiti("-p", name, "server", "requests", "--limit", "100", "--json")
    assert ran.stderr == f"These are the requests of the server '{name}' only.\n"
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_caddy_accepts_its_example() -> None:
    program = shutil.which("caddy")
    assert program, "caddy is not installed: apt-get install caddy"
    words = [program, "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    adapted = [program, "adapt", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    found = subprocess.run(adapted, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "/_tickiti/readyz" in found
    assert [f'"dial":"{name}:8642"' in found for name in ("one", "two")] == [True, True]


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_server_of_compose_starts_with_its_flags(shop: Nodes, tmp_path: Path, name: str) -> None:
    """Without an engine: the same words, on the database and the port of the tests."""
    services = _composed()["services"]
    service, database = services[name], services["db"]["environment"]
    url = f"postgresql://{database['POSTGRES_USER']}@db/{database['POSTGRES_DB']}"
    here = {url: shop.url, "0.0.0.0": "127.0.0.1", "/data/token": str(tmp_path / "token")}
    words = [here.pop(word, word) for word in shlex.split(service["command"])]
    assert here == {}
    environ = dict(service["environment"])
    assert environ.pop("PGPASSWORD") == "${DB_PASSWORD}"
    ran = shop.run(*words, "--port", "0", "--detach", PGPASSWORD=cluster().password, **environ)
    assert ran.code == 0, ran.stderr
    assert (tmp_path / "token").exists()
    program, *health = shlex.split(service["healthcheck"]["test"])
    assert (program, shop.run(*health).code) == ("tickiti", 0)
    assert any(EXAMPLE.name in volume for volume in services["proxy"]["volumes"])


def test_the_servers_of_compose_keep_the_addresses_that_nginx_knows() -> None:
    """nginx looks names up when it starts. An engine may give a container that restarts another
    address, and the old one to another container."""
    composed = _composed()
    services = composed["services"]
    [addresses] = composed["networks"]["default"]["ipam"]["config"]
    fixed = {name: services[name]["networks"]["default"]["ipv4_address"] for name in ("one", "two")}
    assert set(fixed) == set(re.findall(r"server (\w+):8642 ", EXAMPLE.read_text()))
    assert services["proxy"]["extra_hosts"] == [f"{name}:{fixed[name]}" for name in fixed]
    for name, address in fixed.items():
        assert ip_address(address) in ip_network(addresses["subnet"])
        assert ip_address(address) not in ip_network(addresses["ip_range"])
        # Neighbours remember for a minute which card has an address.
        assert services[name]["mac_address"] == "02:00:" + ip_address(address).packed.hex(":")


def test_compose_names_what_every_engine_finds_and_gives_time_to_stop() -> None:
    services = _composed()["services"]
    images = [service["image"] for service in services.values() if "image" in service]
    # podman has no registry by default.
    assert all(image.startswith("docker.io/library/") for image in images)
    graces = [int(services[name]["stop_grace_period"].removesuffix("s")) for name in ("one", "two")]
    assert min(graces) >= STOP_SECONDS


def test_the_database_of_compose_is_healthy_only_by_tcp() -> None:
    """postgres' image creates the database by a server that it stops again, which has no TCP."""
    _, *words = _composed()["services"]["db"]["healthcheck"]["test"]
    assert words[:3] == ["pg_isready", "--host", "127.0.0.1"]


def _composed() -> Any:
    return yaml.safe_load(COMPOSE.read_text())
