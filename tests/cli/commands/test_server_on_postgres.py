"""A server whose database is a URL of PostgreSQL: found by its name, and one of several."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.support import postgres
from tests.support.cli import Cli, Ran
from tests.support.cluster import Cluster, cluster, is_installed
from tests.support.mail_server import MailServer
from tests.support.nodes import Nodes
from tests.support.place import holds_files
from tests.support.waiting import wait_until
from tickiti_server.store.upgrades import known_migrations

STORM = 60
"""Requests of one key, over two servers."""


MAILS = 40


@pytest.fixture(scope="module")
def server() -> Cluster:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    return cluster()


@pytest.fixture
def shop(run: Cli, server: Cluster, tmp_path: Path) -> Iterator[Nodes]:
    ours = Nodes(run, postgres.url_of(tmp_path / "shop.db"), server.passfile)
    yield ours
    for name in ("local", "local-2", "one", "two"):
        ours.tickiti("server", "stop", "--name", name)


def test_tickets_survive_a_restart_and_a_kill(shop: Nodes) -> None:
    shop.start()
    made = shop.tickiti(
        "ticket", "create", "--from", "marcus@shoes.example", "--queue", "Inbox",
        "--subject", "Cracked plate", "--body", "At mile 14.", "--idempotency-key", "k-1",
    )  # fmt: skip
    assert (made.code, made.stdout) == (0, "220009\n")
    again = shop.tickiti(
        "ticket", "create", "--from", "marcus@shoes.example", "--queue", "Inbox",
        "--subject", "Cracked plate", "--body", "At mile 14.", "--idempotency-key", "k-1",
    )  # fmt: skip
    assert again.stdout == "220009\n"
    answer = ("ticket", "respond", "220009", "--from", "anna@shoes.example", "--body", "Soon.")
    assert shop.tickiti(*answer).code == 0
    shop.tickiti("server", "stop")
    shop.start()
    os.kill(shop.status()["pid"], signal.SIGKILL)
    wait_until(lambda: shop.tickiti("server", "status").code == 13)
    shop.start()
    found = json.loads(shop.tickiti("ticket", "list", "--search", "content=MILE", "--json").stdout)
    assert [row["number"] for row in found] == [220009]
    seen = json.loads(shop.tickiti("ticket", "view", "220009", "--json").stdout)
    assert len(seen["responses"]) == 2
    assert shop.numbers() == [220009]


def test_a_server_without_a_file_is_found_by_its_name(shop: Nodes) -> None:
    base_url = shop.start("--name", "one")
    status = shop.status("--name", "one")
    assert (status["state"], status["base_url"], status["database"]) == (
        "running", base_url, shop.url,
    )  # fmt: skip
    assert shop.status("--db", shop.url) == status
    assert shop.tickiti("server", "url", "--name", "one") == Ran(0, f"{base_url}\n", "")
    assert shop.tickiti("server", "wait-ready", "--name", "one").code == 0
    assert f"Listening on {base_url}" in shop.tickiti("server", "logs", "--name", "one").stdout
    assert shop.tickiti("server", "stop", "--name", "one") == Ran(0, "stopped\n", "")
    assert shop.tickiti("server", "status", "--name", "one") == Ran(
        13, "", "tickiti: No server named 'one' is running.\ntickiti server start --name one\n"
    )
    assert f"Listening on {base_url}" in shop.tickiti("server", "logs", "--name", "one").stdout
    assert "Traceback" not in shop.tickiti("server", "logs", "--name", "one").stdout


def test_status_of_a_url_names_the_servers_if_there_are_several(shop: Nodes) -> None:
    shop.start("--name", "one")
    shop.start("--name", "two")
    assert shop.tickiti("server", "status", "--db", shop.url) == Ran(
        2,
        "",
        f"tickiti: 2 servers are running on {shop.url}.\nName the one that you mean: --name NAME\n",
    )


def test_a_url_that_nobody_serves_has_no_server(shop: Nodes) -> None:
    assert shop.tickiti("server", "status", "--db", shop.url) == Ran(
        13,
        "",
        f"tickiti: No server is running on {shop.url}.\ntickiti server start --db {shop.url}\n",
    )


@pytest.mark.parametrize(
    "secret",
    [
        "//tickiti:geheim@", "//tickiti:ge#heim@", "//tickiti:ge?heim@",
        "//tickiti@{}?password=geheim", "//u@{}?sslpassword=geheim",
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["start", "status", "stop"])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    run: Cli, secret: str, verb: str
) -> None:
    url = "postgresql:" + secret.format("127.0.0.1/shop")
    ran = run("server", verb, "--db", url if "127" in url else f"{url}127.0.0.1/shop")
    assert ran == Ran(
        2,
        "",
        "tickiti: --db: other users of this machine can read a password in a URL: put it into the"
        " file that PGPASSFILE names (~/.pgpass), or into PGPASSWORD.\n",
    )
    assert not (run.config / "servers").exists()
    checked = run("server", "check", url)
    assert checked.stderr == ran.stderr.replace("--db", "FILE")


def test_a_password_is_in_no_argument_file_or_log(shop: Nodes) -> None:
    password = shop.passfile.read_text().strip().rpartition(":")[2]
    words = ("server", "start", "--db", shop.url, "--port", "0", "--detach")
    assert shop.run.in_new_interpreter(*words, PGPASSFILE=str(shop.passfile)).code == 0
    pid = shop.status()["pid"]
    assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert shop.url.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    written = [path for path in shop.run.config.rglob("*") if path.is_file()]
    assert [path for path in written if password in path.read_text(errors="replace")] == []


def test_a_wrong_password_is_named_and_nothing_is_left_running(shop: Nodes, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("*:*:*:*:geheim\n")
    wrong.chmod(0o600)
    ran = shop._replace(passfile=wrong).tickiti("server", "start", "--db", shop.url, "--port", "0")
    assert (ran.code, ran.stdout) == (16, "")
    assert 'password authentication failed for user "tickiti"' in ran.stderr
    assert "geheim" not in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert shop.tickiti("server", "status").code == 13


def test_unsafe_settings_are_refused_unless_accepted(shop: Nodes) -> None:
    with postgres.connection_to(shop.url) as connection:
        name = shop.url.rpartition("/")[2]
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    refused = shop.tickiti("server", "start", "--db", shop.url, "--port", "0")
    assert refused == Ran(
        16,
        "",
        "tickiti: A power cut would lose tickets: synchronous_commit = off. Switch it on, or give"
        " --accept-unsafe for a database that may be lost.\n",
    )
    shop.start("--accept-unsafe")
    log = shop.tickiti("server", "logs").stdout
    assert "A power cut loses tickets: synchronous_commit = off" in log


def test_a_setting_that_is_switched_off_later_is_told_until_it_is_on(shop: Nodes) -> None:
    base_url = shop.start()
    name = shop.url.rpartition("/")[2]

    def switch(value: str) -> None:
        shop.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {value}')
        with suppress(psycopg.Error):  # its own connection ends too
            shop.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database()"
            )

    def told() -> Any:
        return httpx.get(f"{base_url}/_tickiti/readyz").headers.get("tickiti-unsafe-settings")

    assert told() is None
    switch("off")
    wait_until(lambda: told() == "synchronous_commit = off")
    ready = httpx.get(f"{base_url}/_tickiti/readyz")
    assert ready.json() == {"ok": True, "unsafe_settings": ["synchronous_commit = off"]}
    doctor = json.loads(shop.tickiti("doctor", "--json").stdout)
    (found,) = [row for row in doctor if row["name"] == "durability"]
    assert found["state"] == "fail"
    assert "the database has synchronous_commit = off" in found["detail"]
    log = shop.tickiti("server", "logs").stdout
    assert "A power cut loses tickets: synchronous_commit = off" in log
    switch("on")
    wait_until(lambda: told() is None)


def test_the_copies_are_made_by_postgresql(shop: Nodes) -> None:
    assert shop.tickiti("server", "backup", "shop.dump", "--db", shop.url) == Ran(
        15,
        "",
        "tickiti: PostgreSQL backs up and restores its databases itself.\n"
        f"pg_dump --format=custom --file=shop.dump {shop.url}\n",
    )
    assert shop.tickiti("server", "restore", "shop.dump", "--yes", "--db", shop.url) == Ran(
        15,
        "",
        "tickiti: PostgreSQL backs up and restores its databases itself.\n"
        f"pg_restore --clean --if-exists shop.dump --dbname {shop.url}\n",
    )


def test_copies_and_checks_find_the_database_by_the_name_of_a_server(shop: Nodes) -> None:
    shop.start("--name", "one")
    checked = shop.tickiti("server", "check", "--name", "one", "--json")
    assert json.loads(checked.stdout)["path"] == shop.url
    backed_up = shop.tickiti("server", "backup", "shop.dump", "--name", "one")
    restored = shop.tickiti("server", "restore", "shop.dump", "--yes", "--name", "one")
    assert [(ran.code, ran.stderr.splitlines()[1]) for ran in (backed_up, restored)] == [
        (15, f"pg_dump --format=custom --file=shop.dump {shop.url}"),
        (15, f"pg_restore --clean --if-exists shop.dump --dbname {shop.url}"),
    ]
    for words in (("check",), ("backup", "x"), ("restore", "x", "--yes")):
        assert shop.tickiti("server", *words, "--name", "nobody") == Ran(
            13,
            "",
            "tickiti: No server named 'nobody' was ever started here.\n"
            "tickiti server start --name nobody\n",
        )


def test_doctor_and_logs_name_the_server_of_a_url(shop: Nodes) -> None:
    base_url = shop.start("--name", "one")
    examined = json.loads(shop.tickiti("-p", "one", "doctor", "--json").stdout)
    told = [row["detail"] for row in examined if row["name"] == "local server"]
    assert told == [f"'one' runs at {base_url}."]
    assert {row["state"] for row in examined if row["name"] in ("connection", "token")} == {"ok"}


def test_a_check_counts_what_the_database_has(shop: Nodes) -> None:
    shop.start("--demo")
    checked = json.loads(shop.tickiti("server", "check", shop.url, "--json").stdout)
    assert checked.pop("bytes") > 1_000_000
    assert checked == {
        "path": shop.url,
        "schema": known_migrations("postgres")[-1].number,
        **{
            name: shop.value(f"SELECT count(*) FROM {table}")
            for name, table in {
                "tickets": "ticket", "responses": "response", "keys": "idem", "tokens": "api_token",
            }.items()
        },
    }  # fmt: skip
    assert checked["tickets"] == 12


def test_test_mode_needs_a_file(shop: Nodes) -> None:
    ran = shop.tickiti("server", "start", "--test", "--db", shop.url, "--port", "0")
    assert ran == Ran(
        2,
        "",
        "tickiti: --test needs a file: test mode can empty its database.\n"
        "Give test mode a database of its own: --memory or --db FILE\n",
    )


def test_two_servers_of_one_database_create_one_ticket_a_key(shop: Nodes) -> None:
    servers = [shop.start("--name", "one"), shop.start("--name", "two")]
    token = shop.token("one")
    keys = [f"{uuid4()}" for _ in range(6)]

    def send(number: int) -> tuple[str, int, Any]:
        key = keys[number % len(keys)]
        status, reply = shop.create(servers[number // len(keys) % 2], token, key)
        return key, status, reply

    with ThreadPoolExecutor(16) as clients:
        results = [*clients.map(send, range(STORM))]
    assert {status for _, status, _ in results} == {200}
    tickets = {(key, reply["data"]["ticket_number"]) for key, _, reply in results}
    assert len(tickets) == len(keys)
    assert len(shop.numbers()) == len(keys)


def test_a_token_that_one_server_revokes_is_refused_by_the_other(shop: Nodes) -> None:
    servers = [shop.start("--name", "one"), shop.start("--name", "two")]
    minted = shop.tickiti(
        "-p", "one", "token", "mint", "--name", "till", "--ability", "create-ticket", "--json"
    )
    assert minted.code == 0, minted.stderr
    token = json.loads(minted.stdout)["token"]
    assert shop.create(servers[1], token, "before")[0] == 200
    revoked = shop.tickiti("-p", "one", "token", "revoke", token.partition("|")[0], "--yes")
    assert revoked.code == 0, revoked.stderr
    status, reply = shop.create(servers[1], token, "after")
    assert (status, reply["code"]) == (401, "unauthenticated")


def test_a_killed_server_leaves_the_other_one_at_work(shop: Nodes) -> None:
    servers = [shop.start("--name", "one"), shop.start("--name", "two")]
    token = shop.token("one")
    assert shop.create(servers[0], token, "a")[0] == 200
    pid = shop.status("--name", "one")["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not holds_files(pid))
    replayed = shop.create(servers[1], token, "a")
    assert (replayed[0], replayed[1]["data"]["ticket_number"]) == (200, 220009)
    assert shop.create(servers[1], token, "b")[0] == 200
    assert shop.numbers() == [220009, 220010]


def test_the_second_server_without_a_name_is_local_2(shop: Nodes) -> None:
    shop.start()
    ran = shop.tickiti("server", "start", "--db", shop.url, "--port", "0", "--detach")
    assert ran.code == 0
    assert "Another server is running as 'local'; this one is 'local-2'." in ran.stderr
    assert shop.status("--name", "local-2")["database"] == shop.url


def test_mail_of_two_servers_is_sent_once_and_that_of_a_killed_one_by_the_other(
    shop: Nodes,
) -> None:
    servers = [shop.start("--name", "one"), shop.start("--name", "two")]
    token = shop.token("one")
    with MailServer() as mail:
        mailbox = {
            "name": "out", "address": "anna@shoes.example", "smtp_enable": True,
            "smtp_host": "127.0.0.1", "smtp_port": mail.port, "smtp_security": "none",
        }  # fmt: skip
        shop.post(servers[0], "/api/v1/mail/mailboxes/create", mailbox, token)

        def send(number: int) -> None:
            to = {"to_address": f"m{number}@shoes.example", "subject": "A pair", "content": "Soon."}
            shop.post(servers[number % 2], "/api/send_email", to, token)

        with ThreadPoolExecutor(8) as clients:
            [*clients.map(send, range(MAILS))]
        wait_until(lambda: len(mail.arrived) >= MAILS)
        sent = "SELECT count(*) FROM outbox WHERE state = 'sent' AND attempts = 1"
        wait_until(lambda: shop.value(sent) == MAILS)
        assert len({envelope.rcpt_tos[0] for envelope in mail.arrived}) == len(mail.arrived)

        shop.tickiti("server", "stop", "--name", "two")
        mail.script["DATA"] = "stall"
        send(0)
        wait_until(lambda: shop.value("SELECT count(*) FROM outbox WHERE state = 'claimed'") == 1)
        os.kill(shop.status("--name", "one")["pid"], signal.SIGKILL)
        mail.script.clear()
        shop.start("--name", "two")
        assert len(mail.arrived) == MAILS
        shop.execute("UPDATE outbox SET lease_until = 0 WHERE state = 'claimed'")
        wait_until(lambda: len(mail.arrived) == MAILS + 1)
