"""One callback over HTTP: permitted destinations, and replies that cannot harm the server."""

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import trustme

from tests.support.receiver import Receiver
from tickiti_cli.contract import webhooks
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_server.clock import SECOND
from tickiti_server.delivery import resolver
from tickiti_server.delivery.callback import pinned_http
from tickiti_server.delivery.callback.callbacks import CallbackCarrier, CallbackJob
from tickiti_server.delivery.callback.destinations import Destination, is_public, refusal_reason
from tickiti_server.delivery.outcomes import Delivered, Outcome, Rejected, Retry, settlement

SECRET = webhooks.new_secret()
BODY = json.dumps({"uid": "order-4711"}).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def carrier(resolve: resolver.Resolve) -> CallbackCarrier:
    return CallbackCarrier(lambda *_, **__: None, resolve=resolve)


def carried(
    url: str, *, allowed: str = "", resolve: resolver.Resolve | None = None, seconds: float = 10.0
) -> Outcome:
    """What becomes of one attempt."""
    job = CallbackJob(
        id="msg_1", url=url, body=BODY, secrets=[SECRET],
        allowed=[AllowedHost.of(entry) for entry in allowed.split()], seconds=seconds,
    )  # fmt: skip
    return carrier(resolve or resolver.look_up).carry(job, lambda: None)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
        "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::808:808",
        "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:808:808::1", "2001:db8::1",
        "2001:10::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "3fff::1", "5f00::1", "4000::1", "nonsense", "",
    ],
)  # fmt: skip
def test_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1",
     "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_internet_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0177.0.0.1",
     "0x7f.1", "127.1", "localhost", "localhost.", "LOCALHOST", "[::1]", "[64:ff9b::7f00:1]",
     "[2002:7f00:1::]", "[::127.0.0.1]", "[fec0::1]", "224.0.0.1", "[::ffff:0:127.0.0.1]"],
)  # fmt: skip
def test_spelling_of_a_private_host_is_refused(host: str) -> None:
    outcome = carried(f"https://{host}:9/", resolve=resolver.look_up)
    assert isinstance(outcome, Rejected), outcome
    assert "not public; if it is meant: tickiti server start --allow-callback" in outcome.error


def test_plain_http_needs_an_allowed_host(receiver: Receiver) -> None:
    outcome = carried("http://shop.example/decided")
    assert outcome == Rejected(
        "The epilog URL must begin with https://, or its host be allowed: "
        "tickiti server start --allow-callback shop.example:80."
    )
    assert isinstance(carried(receiver.url), Rejected)
    other = f"127.0.0.1:{receiver.port + 1}"
    assert isinstance(carried(receiver.url, allowed=other), Rejected)
    assert receiver.arrived == []
    assert carried(receiver.url, allowed=receiver.host) == Delivered(204)
    assert len(receiver.arrived) == 1


def answering(*answers: Sequence[str]) -> tuple[resolver.Resolve, list[str]]:
    """A resolver that says one thing after the other, and what it was asked."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "fe80::1"]],
)
def test_private_address_among_public_addresses_is_refused(
    receiver: Receiver, addresses: list[str]
) -> None:
    resolve, asked = answering(addresses)
    outcome = carried(f"https://shop.example:{receiver.port}/", resolve=resolve)
    (inner,) = [address for address in addresses if address != "8.8.8.8"]
    assert outcome == Rejected(
        f"shop.example is {inner}, which is not public; if it is meant: "
        f"tickiti server start --allow-callback shop.example:{receiver.port}"
    )
    assert (asked, receiver.arrived) == (["shop.example"], [])


def test_connection_uses_the_checked_address(receiver: Receiver, authority: trustme.CA) -> None:
    """A second look-up would get another answer: that is how a name is turned against its host."""
    with tls_receiver(authority, "shop.test") as (secure, names):
        resolve, asked = answering(["127.0.0.1"], ["127.0.0.2"])
        url = f"https://shop.test:{secure.port}/decided?by=tickiti"
        outcome = carried(url, allowed="shop.test", resolve=resolve)
        assert outcome == Delivered(204)
        assert (asked, names) == (["shop.test"], ["shop.test"])
        (arrived,) = secure.arrived
        assert arrived.headers["host"] == f"shop.test:{secure.port}"
        assert arrived.path == "/decided?by=tickiti"


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[trustme.CA]:
    """An authority that the system trusts."""
    found = trustme.CA()
    found.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    pinned_http._tls_context.cache_clear()
    yield found
    pinned_http._tls_context.cache_clear()


class tls_receiver:  # noqa: N801 - used like a function
    """A receiver in TLS under a name, and the names that were asked for in it."""

    def __init__(self, authority: trustme.CA, name: str) -> None:
        self.names: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        context.sni_callback = lambda _, asked, __: self.names.append(asked)  # type: ignore[assignment]
        self.receiver = Receiver(context)

    def __enter__(self) -> tuple[Receiver, list[str | None]]:
        return self.receiver.__enter__(), self.names

    def __exit__(self, *_: object) -> None:
        self.receiver.__exit__()


@pytest.mark.parametrize("fault", ["unknown authority", "another host", "no tls"])
def test_unverified_certificate_gets_no_request(
    receiver: Receiver, authority: trustme.CA, fault: str
) -> None:
    issuer = trustme.CA() if fault == "unknown authority" else authority
    with tls_receiver(issuer, "other.test" if fault == "another host" else "shop.test") as (
        secure,
        _,
    ):
        port = receiver.port if fault == "no tls" else secure.port
        resolve, _ = answering(["127.0.0.1"])
        outcome = carried(f"https://shop.test:{port}/", allowed="shop.test", resolve=resolve)
        assert isinstance(outcome, Retry)
        expected = (
            f"shop.test:{port} cannot be reached: "
            if fault == "no tls"
            else "The certificate of shop.test is not valid: "
        )
        assert outcome.error.startswith(expected), outcome
        assert (secure.arrived, receiver.arrived) == ([], [])


def test_second_address_is_tried_when_the_first_fails(receiver: Receiver) -> None:
    resolve, _ = answering(["127.0.0.99", "127.0.0.1"])
    outcome = carried(f"http://shop.test:{receiver.port}/", allowed="shop.test", resolve=resolve)
    assert outcome == Delivered(204)


def test_unresolvable_name_is_retried() -> None:
    is_over = threading.Event()

    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def stalled(host: str, port: int) -> Sequence[str]:
        is_over.wait(60)
        return ["8.8.8.8"]

    outcome = carried("https://shop.test/", resolve=unknown)
    assert outcome == Retry("shop.test was not found: Name or service not known.")
    began = time.monotonic()
    outcome = carried("https://shop.test/", resolve=stalled, seconds=0.2)
    is_over.set()
    assert outcome == Retry("shop.test was not found within 0.2 s.")
    assert time.monotonic() - began < 30


def drip_status(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 204 No Content\r\n\r\n":
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.1)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.1)


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (drip_status, "HOST has not answered within 0.5 s."),
        (drip_headers, "HOST has not answered within 0.5 s."),
        (say_nothing, "HOST has not answered within 0.5 s."),
        (drip_body, "It answered 500: x"),
    ],
)
def test_slow_reply_has_one_deadline(
    receiver: Receiver, answer: Callable[[socket.socket], None], error: str
) -> None:
    receiver.answer = answer
    began = time.monotonic()
    outcome = carried(receiver.url, allowed="127.0.0.1", seconds=0.5)
    assert isinstance(outcome, Retry)
    # How much of a dripping body has arrived by then is chance.
    assert outcome.error.rstrip("x") == error.replace("HOST", receiver.host).rstrip("x")
    assert time.monotonic() - began < 20  # the replies have no end


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(90):
        connection.sendall(b"X: " + b"y" * 10_000 + b"\r\n")
    connection.sendall(b"\r\n")


def cut_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Len")
    connection.shutdown(socket.SHUT_RDWR)


def no_http(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (endless_headers, "HOST has not answered to the end of a reply."),
        (cut_head, "HOST has not answered to the end of a reply."),
        (no_http, "HOST did not answer with HTTP (BadStatusLine)."),
    ],
)
def test_truncated_or_non_http_reply_is_an_error(
    receiver: Receiver, answer: Callable[[socket.socket], None], error: str
) -> None:
    receiver.answer = answer
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert outcome == Retry(error.replace("HOST", receiver.host))


def preceded_by(*interim: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"".join((*interim, b"HTTP/1.1 204 No Content\r\n\r\n")))

    return answer


@pytest.mark.parametrize(
    "interim",
    [
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 102 Processing\r\n\r\n"] * 3,
        [b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 199 Whatever\r\nX: y\r\n\r\n"],
    ],
)
def test_interim_reply_is_not_the_reply(receiver: Receiver, interim: Sequence[bytes]) -> None:
    receiver.answer = preceded_by(*interim)
    assert carried(receiver.url, allowed="127.0.0.1") == Delivered(204)


def test_interim_replies_without_an_end_are_left(receiver: Receiver) -> None:
    receiver.answer = preceded_by(*[b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 100_000)
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert outcome == Retry(f"{receiver.host} has not answered to the end of a reply.")


def test_reply_that_leaves_http_is_no_delivery(receiver: Receiver) -> None:
    receiver.answer = preceded_by(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
    assert carried(receiver.url, allowed="127.0.0.1") == Retry("It answered 101", 101)


def huge_body(sent: list[int]) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 10000000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1_000_000)

    return answer


def test_huge_reply_is_read_at_its_beginning_only(receiver: Receiver) -> None:
    sent: list[int] = []
    receiver.answer = huge_body(sent)
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert outcome == Retry("It answered 500: " + "x" * (300 - len("It answered 500: ")), 500)
    assert sum(sent) < 20_000_000  # what the system's own buffers hold


def test_compressed_reply_is_not_decompressed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 500, {"Content-Encoding": "gzip"}
    receiver.body = gzip.compress(b"0" * 50_000_000)
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert isinstance(outcome, Retry)
    assert "000" not in outcome.error
    assert receiver.arrived[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(receiver: Receiver, status: int) -> None:
    with Receiver() as elsewhere:
        receiver.status, receiver.headers = status, {"Location": elsewhere.url}
        outcome = carried(receiver.url, allowed="127.0.0.1")
        sentence = f"It answered with a redirect ({status}), which is not followed."
        assert (outcome, elsewhere.arrived) == (Retry(sentence, status), [])


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_reply_other_than_2xx_is_retried(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.body = status, b"not\nnow"
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert outcome == Retry(f"It answered {status}: not now", status)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3600", 3600), ("0", 0), ("999999999", 86400), ("9" * 30, 0), ("-5", 0), ("1.5", 0),
     ("soon", 0), ("", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
     ("Fri, 31 Dec 9999 23:59:59 GMT", 86400), ("IN AN HOUR", 3600)],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_within_its_limits(
    receiver: Receiver, status: int, said: str, seconds: int
) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    said = in_an_hour if said == "IN AN HOUR" else said
    receiver.status, receiver.headers = status, {"Retry-After": said}
    outcome = carried(receiver.url, allowed="127.0.0.1")
    assert isinstance(outcome, Retry)
    assert outcome.retry_after in (seconds, *((seconds - n) for n in range(60) if seconds == 3600))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://a.example/", "must be a URL such as https://shop.example/decided"),
        ("https://", "must be a URL such as https://shop.example/decided"),
        ("https:///path", "must be a URL such as https://shop.example/decided"),
        ("https://a.example:0/", "must be a URL such as https://shop.example/decided"),
        ("https://a.example:99999/", "must be a URL such as https://shop.example/decided"),
        ("https://[::1/", "must be a URL such as https://shop.example/decided"),
        ("https://[fe80::1%25eth0]/", "must be a URL such as https://shop.example/decided"),
        ("https://a b.example/", "must be printable ASCII: "),
        ("https://a.example/\r\nX: y", "must be printable ASCII: "),
        ("https://bücher.example/", "must be printable ASCII: "),
        ("https://u:p@a.example/", "must not hold a user or a password: callbacks are signed"),
        ("https://a.example/#x", "must not have a fragment: a server never sees it"),
        ("https://a.example/" + "x" * 2048, "may not be longer than 2048 characters"),
    ],
)
def test_invalid_destination_is_refused(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Destination.of(url)


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://A.Example", "a.example", "/"),
        ("https://a.example:443/b", "a.example", "/b"),
        ("https://a.example.:8443/b?c=d", "a.example:8443", "/b?c=d"),
        ("http://[2606:4700::1111]:80/", "[2606:4700::1111]", "/"),
    ],
)
def test_destination_is_split_into_its_parts(url: str, authority: str, target: str) -> None:
    found = Destination.of(url)
    assert (found.authority, found.target) == (authority, target)


def test_allowed_host_may_be_private() -> None:
    inner = Destination.of("http://10.0.0.1:9000/")
    assert refusal_reason(inner, [AllowedHost.of("10.0.0.1")]) is None
    assert refusal_reason(inner, [AllowedHost.of("10.0.0.2")]) is not None
    assert refusal_reason(Destination.of("https://8.8.8.8/"), []) is None


def after(attempts: int, outcome: Outcome) -> Any:
    """What becomes of a row that was tried so often before."""
    row: Any = {"attempts": attempts, "uncertainties": 0, "policy": "resend-once"}
    return settlement(row, outcome, carrier=carrier(resolver.look_up), now=0)


def test_schedule_is_the_published_one_within_a_fifth() -> None:
    published = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    for attempts, seconds in enumerate(published):
        waits = []
        for _ in range(200):
            columns = after(attempts, Retry("no"))
            assert (columns["state"], columns["attempts"]) == ("retry", attempts + 1)
            waits.append(columns["next_at"] / SECOND)
        assert 0.8 * seconds <= min(waits) < 0.9 * seconds
        assert 1.1 * seconds < max(waits) <= 1.2 * seconds
    columns = after(len(published), Retry("no", 500))
    assert (columns["state"], columns["attempts"], columns["last_code"]) == ("dead", 10, 500)


def test_retry_after_delays_and_never_hastens() -> None:
    assert after(0, Retry("no", retry_after=60))["next_at"] == 60 * SECOND
    assert after(8, Retry("no", retry_after=60))["next_at"] >= 0.8 * 86400 * SECOND
