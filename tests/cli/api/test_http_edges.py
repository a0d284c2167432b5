"""Redirects, proxies, certificates and time limits: the bytes on the wire and their receiver."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from tests.support.cli import Cli, Ran, Served, anonymous
from tests.support.faults.proxy import FAULTS, Fault, Proxy, pass_on
from tests.support.foreign import Foreign, drip, failure, raw_reply, ticket_created

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
HOST = "support.sole-trader.example"
TOKEN = {"TICKITI_API_TOKEN": "1|tkt_secret"}
MADE = Ran(0, "220009\n", "")


@pytest.mark.parametrize(
    ("status", "target"),
    [
        (308, "http://127.0.0.1:{other}/api/create_ticket"),
        (307, "https://127.0.0.1:{same}/api/create_ticket"),
        (302, "http://localhost:{other}/api/create_ticket"),
        (301, "//127.0.0.1:{other}/api/create_ticket"),
    ],
)
def test_redirect_target_gets_neither_token_nor_ticket(
    remote: Cli, foreign: Foreign, status: int, target: str
) -> None:
    with Foreign() as other:
        ports = {"other": other.base_url.rpartition(":")[2]}
        ports["same"] = foreign.base_url.rpartition(":")[2]
        foreign.answers(raw_reply(b"", status=status, location=target.format(**ports)))
        ran = remote(*CREATE)
        assert (ran.code, ran.stdout, other.connections, len(foreign.asked)) == (7, "", 0, 1)


def test_netrc_file_is_not_read_for_the_proxy(run: Cli, tmp_path: Path) -> None:
    netrc = run.folder.parent / ".netrc"
    netrc.write_text("default login marcus password hunter2\n")
    netrc.chmod(0o600)
    with Foreign() as proxy:
        proxy.answers(raw_reply(b"", status=403))
        run(*CREATE, "--base-url", f"https://{HOST}", "--retries", "0", **TOKEN,
            HTTPS_PROXY=proxy.base_url, NETRC=str(netrc))  # fmt: skip
        (asked,) = proxy.asked
    assert asked.line == f"CONNECT {HOST}:443 HTTP/1.1"
    assert "authorization" not in asked.headers
    assert "proxy-authorization" not in asked.headers


def test_only_allow_http_sends_a_token_unencrypted_to_another_host(run: Cli) -> None:
    """The proxy is what receives it: no server of a test listens anywhere but here."""
    with Foreign() as proxy:
        proxy.answers(ticket_created())
        there = (*CREATE, "--base-url", f"http://{HOST}")
        environ = {**TOKEN, "HTTP_PROXY": proxy.base_url, "http_proxy": proxy.base_url}
        assert run(*there, **environ).code == 2
        assert proxy.connections == 0
        assert run(*there, "--allow-http", **environ) == MADE
        (asked,) = proxy.asked
    assert asked.line == f"POST http://{HOST}/api/create_ticket HTTP/1.1"
    assert asked.headers["authorization"] == "Bearer 1|tkt_secret"


class FirstBad(Proxy):
    """Does one thing to the first request, and passes on every other."""

    def __init__(self, target: str, fault: Fault) -> None:
        super().__init__(target, one_in=1, seed=1)
        self._fault = fault

    def _drawn(self) -> Fault:
        return pass_on if self.done else self._fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_write_through_each_network_fault_is_done_once(
    run: Cli, local: Cli, served: Served, fault: Fault
) -> None:
    subject = f"Through {fault.__name__}"
    token = (served.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    with FirstBad(served.base_url, fault) as proxy:
        direct = {"TICKITI_API_BASE": proxy.base_url, "TICKITI_API_TOKEN": token}
        ran = run(*CREATE, "-s", subject, "--timeout", "1", "-q", **direct)
        assert ran == Ran(0, "", "")
        assert proxy.done[fault.__name__] == 1
    found = local("ticket", "list", "--subject", subject, "--fields", "subject")
    assert found == Ran(0, f"{subject}\n", "")


class Tunnel:
    """A proxy that takes CONNECT, wherever it is to, to one address of this machine."""

    def __init__(self, target: str) -> None:
        self._port = int(target.rpartition(":")[2])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.heads: list[str] = []
        """What was said before the tunnel stood."""

    def __enter__(self) -> "Tunnel":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as server:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            self.heads.append(head.decode())
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def encrypted(authority: trustme.CA, tmp_path: Path) -> Iterator[Foreign]:
    """A server with a certificate for HOST alone."""
    path = tmp_path / "server.pem"
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(path))
    with Foreign(path) as server:
        server.answers(ticket_created())
        yield server


@pytest.fixture
def tunnel(encrypted: Foreign) -> Iterator[Tunnel]:
    with Tunnel(encrypted.base_url) as tunnel:
        yield tunnel


def by_folder(file: str) -> str:
    """A folder of one authority, named as OpenSSL looks for it."""
    folder = Path(file).with_name("authorities")
    folder.mkdir()
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", file],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (folder / f"{done.stdout.strip()}.0").write_text(Path(file).read_text())
    return str(folder)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_tunnels_the_request_and_sees_no_token(
    run: Cli, encrypted: Foreign, tunnel: Tunnel, authority_file: str, variable: str
) -> None:
    there = (*CREATE, "--base-url", f"https://{HOST}", "--ca-bundle", authority_file)
    assert run(*there, **TOKEN, **{variable: tunnel.base_url}) == MADE
    (head,) = tunnel.heads
    assert head.startswith(f"CONNECT {HOST}:443 HTTP/1.1\r\n")
    assert "tkt_secret" not in head
    (asked,) = encrypted.asked
    assert asked.headers["authorization"] == "Bearer 1|tkt_secret"
    assert asked.headers["host"] == HOST


@pytest.mark.parametrize("value", [HOST, ".sole-trader.example", "*"])
def test_no_proxy_variable_is_honoured(run: Cli, tunnel: Tunnel, value: str) -> None:
    ran = run(
        *CREATE, "--base-url", f"https://{HOST}", "--retries", "0", **TOKEN,
        HTTPS_PROXY=tunnel.base_url, NO_PROXY=value,
    )  # fmt: skip
    assert (ran.code, tunnel.heads) == (11, [])
    assert ran.stderr.startswith(f"tickiti: The host name of https://{HOST} cannot be")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificate_authority_of_the_environment_is_trusted(
    run: Cli, encrypted: Foreign, tunnel: Tunnel, authority_file: str, variable: str
) -> None:
    there = (*CREATE, "--base-url", f"https://{HOST}", "--retries", "0")
    environ = {**TOKEN, "HTTPS_PROXY": tunnel.base_url}
    refused = run(*there, **environ)
    assert (refused.code, encrypted.asked) == (11, [])
    assert "is not trusted: unable to get local issuer" in refused.stderr
    named = by_folder(authority_file) if variable == "SSL_CERT_DIR" else authority_file
    assert run(*there, **environ, **{variable: named}) == MADE


def test_trusted_certificate_of_another_host_is_refused(
    run: Cli, encrypted: Foreign, authority_file: str
) -> None:
    there = ("--base-url", encrypted.base_url, "--ca-bundle", authority_file)
    ran = run(*CREATE, *there, **TOKEN)
    assert (ran.code, ran.stdout, encrypted.asked) == (11, "", [])
    assert "certificate is not valid for '127.0.0.1'" in ran.stderr


def test_unreachable_proxy_is_named(run: Cli) -> None:
    ran = run(
        *CREATE, "--base-url", f"https://{HOST}", "--retries", "0", **TOKEN,
        HTTPS_PROXY="http://127.0.0.1:9",
    )  # fmt: skip
    assert (ran.code, ran.stdout) == (11, "")
    assert anonymous(ran.stderr).partition(" Idempotency key: ")[0] == (
        "tickiti: No connection to the proxy http://127.0.0.1:9 (HTTPS_PROXY): "
        "Connection refused.\nNothing was done."
    )
    hint = "Change HTTPS_PROXY, or name the hosts that need no proxy in NO_PROXY.\n"
    assert ran.stderr.endswith(hint)


@pytest.mark.parametrize(
    ("variable", "proxy", "why"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1", "socksio"),
        ("HTTPS_PROXY", "socks4://127.0.0.1:1", "Unknown scheme"),
        ("all_proxy", "ftp://127.0.0.1:1", "Unknown scheme"),
        ("HTTPS_PROXY", "http://[::1", "not a valid address"),
        ("https_proxy", "http://127.0.0.1:99999", "not a valid address"),
        ("https_proxy", "://", "not a valid address"),
        ("https_proxy", "http://proxy..example:3128", "not a valid address"),
        ("https_proxy", f"http://{'p' * 64}.example:3128", "not a valid address"),
    ],
)
def test_unusable_proxy_is_named_with_its_variable(
    run: Cli, variable: str, proxy: str, why: str
) -> None:
    ran = run("ticket", "list", "--base-url", f"https://{HOST}", **TOKEN, **{variable: proxy})
    assert (ran.code, ran.stdout) == (3, "")
    assert f"tickiti: {variable.upper()}: the proxy" in ran.stderr
    assert why in ran.stderr


def test_unusable_proxy_for_other_servers_stops_nothing(run: Cli) -> None:
    there = ("ticket", "list", "--base-url", f"https://{HOST}:9", "--retries", "0")
    for environ in (
        {"HTTP_PROXY": "socks5://127.0.0.1:1"},
        {"ALL_PROXY": "ftp://127.0.0.1:1", "NO_PROXY": HOST},
        {"ALL_PROXY": "ftp://127.0.0.1:1", "no_proxy": f"other.example, {HOST}:9"},
        {"HTTPS_PROXY": "socks4://127.0.0.1:1", "NO_PROXY": "*"},
    ):
        ran = run(*there, **TOKEN, **environ)
        assert (ran.code, ran.stdout) == (11, "")  # such a name has no address
        assert ran.stderr.startswith(f"tickiti: The host name of https://{HOST}:9 cannot")


def test_proxy_password_is_never_shown(run: Cli) -> None:
    there = ("ticket", "list", "--base-url", f"https://{HOST}", "--retries", "0", "--debug")
    for proxy in ("http://me:hunter2@127.0.0.1:9", "me:hunter2@127.0.0.1:9", "ftp://me:hunter2@a"):
        ran = run(*there, **TOKEN, HTTPS_PROXY=proxy)
        assert ran.code in (3, 11)
        assert "hunter2" not in ran.stderr


def test_refusing_proxy_is_named_and_asked_once(run: Cli) -> None:
    with Foreign() as proxy:
        proxy.answers(raw_reply(b"", status=407))
        there = (*CREATE, "--base-url", f"https://{HOST}")
        ran = run(*there, **TOKEN, HTTPS_PROXY=proxy.base_url)
    assert (ran.code, ran.stdout, len(proxy.asked)) == (11, "", 1)
    assert f"The proxy {proxy.base_url} (HTTPS_PROXY) refused: 407" in ran.stderr
    assert "unknown" not in ran.stderr


def test_port_without_tls_is_not_retried(run: Cli) -> None:
    """The bundled server's own port, as one who mistypes the scheme finds it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_plainly, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        ran = run(*CREATE, "--base-url", f"https://127.0.0.1:{port}", **TOKEN)
        thread.join(10)
    assert (ran.code, ran.stdout) == (11, "")
    message, *_, hint = ran.stderr.splitlines()
    assert message == f"tickiti: https://127.0.0.1:{port} does not speak TLS."
    assert hint == f"If that server has no TLS, its address is http://127.0.0.1:{port}"


def _answer_plainly(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_dripping_replies_end_within_max_time(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(drip(ticket_created(), pause=0.1))
    began = time.monotonic()
    ran = remote(*CREATE, "--timeout", "0.7", "--max-time", "2")
    assert (ran.code, ran.stdout) == (11, "")
    assert time.monotonic() - began < 10
    assert len(foreign.asked) > 1
    assert len(set(foreign.keys)) == 1


@pytest.mark.parametrize("asked", ["-5", "soon", "1e9", ""])
def test_malformed_retry_after_is_ignored(remote: Cli, foreign: Foreign, asked: str) -> None:
    foreign.answers(failure(503, "unavailable", retry_after=asked), ticket_created())
    assert remote(*CREATE, "-q") == Ran(0, "", "")
    assert len(foreign.asked) == 2


@pytest.mark.parametrize(
    "asked",
    ["1000000000", "9" * 40, format_datetime(datetime(2036, 1, 1, tzinfo=UTC), usegmt=True)],
)
def test_retry_after_beyond_the_deadline_ends_the_command_at_once(
    remote: Cli, foreign: Foreign, asked: str
) -> None:
    foreign.answers(failure(503, "unavailable", retry_after=asked))
    began = time.monotonic()
    assert remote(*CREATE, "-q").code == 10
    assert time.monotonic() - began < 10
    assert len(foreign.asked) == 1


@pytest.mark.parametrize("hours", [-3, 3])
def test_retry_after_date_is_read_by_the_servers_clock(
    remote: Cli, foreign: Foreign, hours: int
) -> None:
    there = datetime.now(UTC) + timedelta(hours=hours)
    date, again = there, there + timedelta(seconds=1)
    headers = {"date": format_datetime(date, True), "retry_after": format_datetime(again, True)}
    foreign.answers(failure(503, "unavailable", **headers), ticket_created())
    began = time.monotonic()
    assert remote(*CREATE, "-q") == Ran(0, "", "")
    assert 1 <= time.monotonic() - began < 20
