"""Several servers on one database of PostgreSQL: their jobs, settings, tokens, clocks and roles."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support import faketime, postgres
from tests.support.cli import Cli
from tests.support.cluster import Cluster, cluster, is_installed
from tests.support.mail_server import MailServer
from tests.support.nodes import Nodes
from tests.support.place import holds_files
from tests.support.waiting import wait_until
from tickiti_server import crash_points

NAMES = 12
"""Names that two servers take at the same time."""

OLD_TICKETS = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, closed_at)
SELECT 230000 + n, 's', 'A shoe', 1, 1, 'closed', 20, n, n, n FROM generate_series(1, 50) AS n
"""

PERSPECTIVES = "/api/v1/settings/perspectives"


@pytest.fixture(scope="module")
def server() -> Cluster:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    return cluster()


@pytest.fixture
def shop(run: Cli, server: Cluster, tmp_path: Path) -> Iterator[Nodes]:
    ours = Nodes(run, postgres.url_of(tmp_path / "shop.db"), server.passfile)
    yield ours
    for name in ("one", "two"):
        ours.tickiti("server", "stop", "--name", name)


def asked(base_url: str, path: str, body: Any, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    return httpx.post(f"{base_url}{path}", json=body, headers=headers, timeout=30)


@contextmanager
def served(shop: Nodes, folder: Path, environ: dict[str, str]) -> Iterator[str]:
    """A server with these variables, as the command line starts it; its URL."""
    port_file, log = folder / "port", folder / "log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        files = ["--socket-fd", str(listener.fileno()), "--port-file", str(port_file)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tickiti_server", "serve", "--db", shop.url, *files],
            stderr=output, pass_fds=[listener.fileno()],
            env={**os.environ, **environ, "PGPASSFILE": str(shop.passfile)},
        )  # fmt: skip
    try:
        wait_until(port_file.exists, process)
        yield f"http://127.0.0.1:{port_file.read_text().strip()}"
    finally:
        process.terminate()
        process.wait(60)


def test_a_job_of_a_killed_server_is_done_by_the_other_within_seconds(shop: Nodes) -> None:
    shop.start("--name", "two")
    shop.start("--name", "one", **{crash_points.VARIABLE: "closed.mid"})
    one, two = (shop.status("--name", name)["pid"] for name in ("one", "two"))
    os.kill(two, signal.SIGSTOP)
    try:
        shop.execute(OLD_TICKETS)
        shop.execute("INSERT INTO setting VALUES ('delete_closed_before', '1000000')")
        wait_until(lambda: not holds_files(one))  # killed where it has deleted the responses
        assert len(shop.numbers()) == 50
    finally:
        os.kill(two, signal.SIGCONT)
    wait_until(lambda: len(shop.numbers()) == 1, seconds=10)
    assert shop.value("SELECT count(*) FROM setting WHERE name = 'delete_closed_before'") == 0


def test_a_name_is_taken_once_whichever_server_is_asked(shop: Nodes) -> None:
    """Names are compared without case, which no constraint of the database does."""
    servers = [shop.start("--name", name) for name in ("one", "two")]
    token = shop.token("one")

    def create(n: int) -> int:
        name = f"late {n // 2}"
        body = {"name": name.upper() if n % 2 else name, "shared": True}
        return asked(servers[n % 2], f"{PERSPECTIVES}/create", body, token).status_code

    with ThreadPoolExecutor(2) as clients:
        statuses = [*clients.map(create, range(2 * NAMES))]
    assert sorted(statuses) == [200] * NAMES + [422] * NAMES
    assert shop.value("SELECT count(*) FROM perspective WHERE owner_id IS NOT NULL") == NAMES


def test_what_two_servers_change_in_a_queue_is_all_kept(shop: Nodes) -> None:
    servers = [shop.start("--name", name) for name in ("one", "two")]
    token = shop.token("one")
    for n in range(NAMES):
        shop.execute(f"INSERT INTO queue (id, name, name_key) VALUES ({10 + n}, 'q{n}', 'q{n}')")

    def change(n: int) -> int:
        changes = ({"is_parked": True}, {"track_resolutions": True})[n % 2]
        body = {"queue_id": str(10 + n // 2), **changes}
        path = "/api/v1/workflow/queues/update"
        return asked(servers[n % 2], path, body, token).status_code

    with ThreadPoolExecutor(2) as clients:
        assert {*clients.map(change, range(2 * NAMES))} == {200}
    kept = "SELECT count(*) FROM queue WHERE is_parked = 1 AND track_resolutions = 1"
    assert shop.value(kept) == NAMES


def test_a_server_of_another_machine_keeps_its_token_from_one_of_the_same_name(
    shop: Nodes, tmp_path: Path
) -> None:
    """Every machine calls its server `local` by default, and stores its token itself."""
    base_url = shop.start("--name", "one")
    other = shop._replace(run=Cli(tmp_path / "other"))
    words = ("server", "start", "--db", shop.url, "--name", "one", "--port", "0", "--detach")
    ran = other.tickiti(*words)
    assert ran.code == 14
    assert ran.stderr.startswith("tickiti: A server named 'one' is connected to postgresql://")
    assert "--name NAME" in ran.stderr
    assert shop.create(base_url, shop.token("one"), "first")[0] == 200

    shop.tickiti("server", "stop", "--name", "one")
    try:
        base_url = other.start("--name", "one")
        assert other.create(base_url, other.token("one"), "second")[0] == 200
    finally:
        other.tickiti("server", "stop", "--name", "one")


@pytest.mark.parametrize("moment", ["+3600s", "-3600s"])
@faketime.HAS_FAKETIME
def test_servers_go_by_the_clock_of_the_database(shop: Nodes, tmp_path: Path, moment: str) -> None:
    """With clocks of their own, the one that is ahead would take the other's mail for lost."""
    one = shop.start("--name", "one")
    token = shop.token("one")
    with MailServer() as mail:
        mailbox = {
            "name": "out", "address": "anna@shoes.example", "smtp_enable": True,
            "smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_security": "none",
        }  # fmt: skip
        shop.post(one, "/api/v1/mail/mailboxes/create", mailbox, token)
        mail.script["DATA"] = "stall"
        to = {"to_address": "m@shoes.example", "subject": "A pair", "content": "Soon."}
        shop.post(one, "/api/send_email", to, token)
        wait_until(lambda: shop.value("SELECT count(*) FROM outbox WHERE state = 'claimed'") == 1)

        wrong = faketime.environment(tmp_path / "moment", moment)
        with served(shop, tmp_path, wrong) as two:
            assert shop.create(two, token, "a")[0] == 200
            time.sleep(1)  # five looks at the outbox
            assert shop.value("SELECT lease_token FROM outbox") == 1
        mail.script.clear()
    away = "SELECT abs(created_at - microseconds(clock_timestamp())) FROM ticket"
    assert shop.value(away) < 10_000_000
    ahead = "ahead of" if moment.startswith("+") else "behind"
    told = f"The clock of this machine is 3600 s {ahead} that of the database"
    log = (tmp_path / "log").read_text()
    assert log.count(told) == 1
    line = next(line for line in log.splitlines() if told in line)
    logged = datetime.fromisoformat(line.partition(" ")[0])
    assert abs(datetime.now(UTC) - logged) < timedelta(minutes=5)
    assert "clock of this machine" not in shop.tickiti("server", "logs", "--name", "one").stdout


GRANTS = """
GRANT USAGE ON SCHEMA public TO {user};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {user};
"""


@pytest.fixture
def till(shop: Nodes, tmp_path: Path) -> Iterator[Nodes]:
    """The same shop as a user who owns nothing."""
    user, passfile = f"till_{uuid4().hex[:12]}", tmp_path / "pgpass"
    passfile.write_text(f"{shop.passfile.read_text()}*:*:*:{user}:geheim\n")
    passfile.chmod(0o600)
    shop.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'geheim'")
    url = shop.url.replace("//tickiti@", f"//{user}@")
    yield shop._replace(url=url, passfile=passfile)
    shop.execute(f"DROP OWNED BY {user}; DROP ROLE {user}")


def test_a_user_without_tables_serves_what_the_owner_has_prepared(shop: Nodes, till: Nodes) -> None:
    user = till.url.partition("//")[2].partition("@")[0]
    shop.start("--name", "one")
    shop.tickiti("server", "stop", "--name", "one")
    shop.execute(GRANTS.format(user=user))
    shop.execute("DROP INDEX response_text_parts")
    two = till.start("--name", "two")
    token = till.token("two")
    assert till.create(two, token, "a")[0] == 200
    minted = till.tickiti("-p", "two", "token", "mint", "--name", "t", "--ability", "create-ticket")
    assert minted.code == 0, minted.stderr
    words = ("-p", "two", "ticket", "close", "220009", "--body", "Done.")
    assert till.tickiti(*words).code == 0
    missing = "index response_text_parts is missing: start a server once as the owner"
    wait_until(lambda: missing in till.tickiti("server", "logs", "--name", "two").stdout)
    assert "Traceback" not in till.tickiti("server", "logs", "--name", "two").stdout


def test_a_user_without_tables_is_told_who_prepares_them(till: Nodes) -> None:
    ran = till.tickiti("server", "start", "--db", till.url, "--port", "0", "--name", "two")
    assert (ran.code, ran.stdout) == (16, "")
    assert ran.stderr.startswith(
        "tickiti: The user of the database may not create or upgrade its tables: permission denied"
    )
    assert ran.stderr.endswith(
        "Make the user the owner of the database, or start a server once as the owner of the"
        " tables: see `tickiti help postgresql`.\n"
    )
