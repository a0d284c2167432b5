"""Deliveries go on beside servers that never answer, that answer without end, or by the drop."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.leased_mail import LeasedMail
from tests.support.mail_server import STALL, MailServer
from tests.support.office import MAILBOXES, Office, add_mailbox
from tests.support.receiver import Receiver
from tests.support.shop import Shop
from tests.support.waiting import wait_until
from tickiti_server.clock import wall_clock
from tickiti_server.delivery import slots
from tickiti_server.delivery.callback import callbacks
from tickiti_server.delivery.mail import smtp, smtp_connection
from tickiti_server.delivery.outcomes import Outcome, Retry, Uncertain
from tickiti_server.delivery.slots import DeliverySlots, Lane

pytestmark = pytest.mark.faults
"""Of each test, because it waits until a peer that says nothing is given up."""

MANY = 100
SOON_SECONDS = 30.0
"""Silence lasts minutes; a machine with a load of ten is slower than "at once"."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    found.open()
    yield found
    assert found.end() == 0
    assert "Traceback" not in found.log


@contextmanager
def silent_servers(count: int) -> Iterator[list[int]]:
    """Ports that accept connections and never say a word."""
    with ExitStack() as stack:
        made = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
            for _ in range(count)
        ]
        yield [server.getsockname()[1] for server in made]


def status_of(office: Office | Shop, name: str) -> int:
    """A number of /proc/PID/status: Threads, or VmRSS in kB."""
    lines = Path(f"/proc/{office.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def assert_sent_soon(office: Office, mailbox: str) -> None:
    began = time.monotonic()
    office.settled(office.send(mailbox=mailbox), "sent")
    assert time.monotonic() - began < SOON_SECONDS
    assert status_of(office, "Threads") < slots.MOST_AT_ONCE + 50


def test_mailboxes_without_a_reply_to_the_dot_stop_no_other(office: Office) -> None:
    with MailServer() as silent, MailServer() as good:
        silent.script["END"] = STALL
        for at in range(4):
            add_mailbox(office, f"silent{at}", silent.port)
        add_mailbox(office, "good", good.port)
        for at in range(4):
            for _ in range(3):
                office.send(mailbox=f"silent{at}")
        wait_until(lambda: silent.reached.count("END") == 8)
        assert_sent_soon(office, "good")
        assert len(good.arrived) == 1


@pytest.mark.parametrize("servers", [1, MANY], ids=["one silent server", "each its own"])
def test_hundred_mailboxes_of_silent_servers_stop_no_other(office: Office, servers: int) -> None:
    with silent_servers(servers) as ports, MailServer() as good:
        for at in range(MANY):
            add_mailbox(office, f"a-silent{at}", ports[at % servers])
        add_mailbox(office, "z-good", good.port)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda at: office.send(mailbox=f"a-silent{at % MANY}"), range(200)))
        assert_sent_soon(office, "z-good")
        time.sleep(2 * slots.YOUNG_SECONDS)  # all of them are old by now
        assert_sent_soon(office, "z-good")


def test_hundred_silent_callback_hosts_stop_no_delivery(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.furnish("http://127.0.0.1:1/")
    with silent_servers(MANY) as ports, Receiver() as receiver, MailServer() as good:
        for port in ports:
            shop.change(remote_epilog_url=f"http://127.0.0.1:{port}/")
            shop.asked_and_decided()
        shop.change(remote_epilog_url=receiver.url)
        began = time.monotonic()
        shop.settled(shop.asked_and_decided(), "sent")
        body = {"name": "out", "address": "anna@b.example", "smtp_enable": True,
                "smtp_host": "127.0.0.1", "smtp_port": good.port, "smtp_security": "none",
                }  # fmt: skip
        assert shop.post(f"{MAILBOXES}/create", body)[0] == 200
        mail = {"to_address": "a@b.example", "subject": "s", "content": "c", "mailbox": "out"}
        assert shop.post("/api/send_email", mail, "one")[0] == 200
        wait_until(lambda: good.arrived)
        assert time.monotonic() - began < SOON_SECONDS
    assert shop.end() == 0
    assert "Traceback" not in shop.log


def test_busy_mailbox_does_not_delay_the_others(office: Office) -> None:
    with MailServer() as good:
        add_mailbox(office, "a-busy", good.port)
        add_mailbox(office, "b-rare", good.port)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: office.send(mailbox="a-busy"), range(60)))
        office.settled(office.send(mailbox="b-rare"), "sent")
        assert len(good.arrived) < 61


def test_slow_lanes_leave_slots_for_other_lanes() -> None:
    now = [0.0]
    found = DeliverySlots(lambda: now[0])
    for at in range(1000):
        lane = Lane(f"slow{at}", f"server{at}")
        now[0] += slots.YOUNG_SECONDS
        free = found.free()
        if lane.name not in free.closed and free.admits(lane, []):
            found.begin(at, lane)
    assert len(found._running) == slots.MOST_AT_ONCE  # each was new, none was known to be slow
    for at in range(slots.MOST_AT_ONCE):
        found.end(at)
    assert len(found.free().closed) == 0
    for at in range(slots.MOST_AT_ONCE):
        lane = Lane(f"slow{at}", f"server{at}")
        now[0] += slots.YOUNG_SECONDS
        if lane.name not in found.free().closed:
            found.begin(at, lane)
    assert len(found._running) == slots.MOST_SLOW
    assert found.free().admits(Lane("new", "elsewhere"), [])


def test_lanes_servers_and_young_deliveries_have_limits() -> None:
    found, lane = DeliverySlots(lambda: 0.0), Lane("mailbox:2", "mail.example:25")
    free = found.free()
    assert free.admits(lane, [lane])
    assert not free.admits(lane, [lane, lane])
    others = [Lane(f"mailbox:{at}", lane.server) for at in range(slots.PER_SERVER)]
    assert not free.admits(lane, others)
    for at, other in enumerate(others):
        found.begin(at, other)
    assert found.free().full == [lane.server]
    for at in range(slots.MOST_YOUNG):
        found.begin(f"more{at}", Lane(f"other{at}", f"server{at}"))
    assert found.free().count == 0


Speech = Callable[[socket.socket], None]


@contextmanager
def speaking(speech: Speech) -> Iterator[int]:
    """The port of a server that says this to whoever comes first."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                speech(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(10)


def sent_to(speech: Speech, *, user: str | None = None, security: str = "none") -> Outcome:
    with speaking(speech) as port:
        job = smtp.EmailJob(
            host="127.0.0.1", port=port, security=security, user=user, password="swordfish",
            sender="a@b.example", recipient="c@d.example",
        )  # fmt: skip
        return smtp.carry(job, LeasedMail(b"Subject: x\r\n\r\n.\r\n..x\r\n", piece=7))


def conversation(last: Callable[[socket.socket], None], steps: int, user: bool = False) -> Speech:
    """A server that is good for so many replies, and then does this."""
    good = [b"220 hello\r\n", b"250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"]
    good += [b"235 welcome\r\n"] if user else []
    good += [b"250 from\r\n", b"250 to\r\n", b"354 go\r\n"]

    def speak(connection: socket.socket) -> None:
        source = connection.makefile("rb")
        for reply in good[:steps]:
            connection.sendall(reply)
            if reply.startswith(b"354"):
                while source.readline() != b".\r\n":
                    pass
            else:
                source.readline()
        last(connection)

    return speak


def endless(line: bytes) -> Speech:
    def speak(connection: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection.sendall(line * 100)

    return speak


def drip(piece: bytes) -> Speech:
    def speak(connection: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection.sendall(piece)
                time.sleep(0.05)

    return speak


ENDLESS = {
    "lines": b"250-xxx\r\n", "long lines": b"250-" + b"x" * 500 + b"\r\n", "one line": b"250-x",
    "zeros": b"\0" * 64, "empty texts": b"334-\r\n",
}  # fmt: skip


@pytest.mark.parametrize("line", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("steps", range(5))
def test_endless_reply_before_the_dot_ends_the_attempt(steps: int, line: bytes) -> None:
    outcome = sent_to(conversation(endless(line), steps))
    assert isinstance(outcome, Retry), outcome
    assert "sent a reply of more than" in outcome.error or "\0" in line.decode(), outcome


def test_endless_reply_to_auth_or_starttls_ends_the_attempt() -> None:
    line = b"334-xxx\r\n"
    assert isinstance(sent_to(conversation(endless(line), 2), user="u"), Retry)
    assert isinstance(sent_to(conversation(endless(line), 2), security="starttls"), Retry)


def test_endless_reply_to_the_dot_leaves_the_mail_uncertain() -> None:
    outcome = sent_to(conversation(endless(b"250-xxx\r\n"), 5))
    assert isinstance(outcome, Uncertain)
    assert outcome.error == (
        "The reply to the whole mail was lost: the server sent a reply of more than 100 lines."
    )


@pytest.mark.parametrize("piece", [b"2", b"250-x\r\n", b" "])
@pytest.mark.parametrize("steps", range(6))
def test_dripping_server_is_left_after_one_steps_deadline(
    monkeypatch: pytest.MonkeyPatch, steps: int, piece: bytes
) -> None:
    monkeypatch.setattr(smtp_connection, "STEP_SECONDS", 0.6)
    monkeypatch.setattr(smtp_connection, "REPLY_SECONDS", 0.6)
    began = time.monotonic()
    outcome = sent_to(conversation(drip(piece), steps))
    assert time.monotonic() - began < SOON_SECONDS
    assert isinstance(outcome, Uncertain if steps == 5 else Retry)
    assert "no answer within 0.6 s" in outcome.error


def test_conversation_of_many_slow_steps_has_one_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_connection, "SESSION_SECONDS", 0.9)

    def speak(connection: socket.socket) -> None:
        source = connection.makefile("rb")
        for reply in (b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 x\r\n"):
            time.sleep(0.4)
            with suppress(OSError):
                connection.sendall(reply)
                source.readline()

    outcome = sent_to(speak)
    assert isinstance(outcome, Retry)
    assert "did not answer in time" in outcome.error


def test_server_that_reads_a_mail_by_the_drop_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_connection, "SESSION_SECONDS", 1.0)

    given_up = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        source = connection.makefile("rb", buffering=0)
        for reply in (b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n"):
            connection.sendall(reply)
            source.readline()
        connection.sendall(b"354 x\r\n")
        with suppress(OSError):
            while not given_up.wait(0.05) and connection.recv(64):
                pass

    with speaking(speak) as port:
        job = smtp.EmailJob(
            host="127.0.0.1", port=port, security="none", user=None, password=None,
            sender="a@b.example", recipient="c@d.example",
        )  # fmt: skip
        mail = LeasedMail(b"x" * 20_000_000)
        outcome = smtp.carry(job, mail)
        given_up.set()
    assert isinstance(outcome, Retry)
    assert mail.marks == 0


def test_ordinary_slow_server_with_many_extensions_is_accepted() -> None:
    lines = b"".join(b"250-X-EXTENSION-%d\r\n" % at for at in range(60)) + b"250 HELP\r\n"

    def speak(connection: socket.socket) -> None:
        source = connection.makefile("rb")
        connection.sendall(b"220-hello\r\n220 world\r\n")
        source.readline()
        for at in range(0, len(lines), 300):
            connection.sendall(lines[at : at + 300])
            time.sleep(0.01)
        for reply in (b"250 x\r\n", b"250 x\r\n", b"354 x\r\n"):
            source.readline()
            connection.sendall(reply)
        arrived.append(b"")
        while not arrived[0].endswith(b"\r\n.\r\n"):
            arrived[0] += source.readline()
        connection.sendall(b"250-taken\r\n250 thanks\r\n")

    arrived: list[bytes] = []
    outcome = sent_to(speak)
    assert not isinstance(outcome, (Retry, Uncertain)), outcome
    assert arrived[0] == b"Subject: x\r\n\r\n..\r\n...x\r\n.\r\n"


def test_memory_does_not_grow_with_the_replies_of_a_mail_server(
    office: Office,
) -> None:
    with ExitStack() as stack:
        for steps in (0, 1, 5):
            port = stack.enter_context(speaking(conversation(endless(b"250-xxx\r\n"), steps)))
            add_mailbox(office, f"endless{steps}", port)
        before = status_of(office, "VmRSS")
        sent = [office.send(mailbox=f"endless{steps}") for steps in (0, 1, 5)]
        rows = [office.settled(one, "retry", "uncertain") for one in sent]
        assert [row["state"] for row in rows] == ["retry", "retry", "uncertain"]
        assert status_of(office, "VmRSS") - before < 40_000


def test_long_mail_arrives_byte_for_byte(office: Office) -> None:
    content = "".join(f"<p>.{at} dots . and lines</p>\n.\n" for at in range(20_000))
    with MailServer() as good:
        add_mailbox(office, "good", good.port)
        email_id = office.send(mailbox="good", content=content)
        office.settled(email_id, "sent")
        shown: Any = json.loads(office.post("/_tickiti/outbox/show", {"id": email_id})[2])["data"]
        (arrived,) = good.arrived
        assert arrived.original_content is not None
        assert len(arrived.original_content) > 500_000
        assert arrived.original_content.decode() == shown["mime"]


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2030 00:00:00 +9999999999",
     "Mon, 01 Jan 0001 00:00:00 +2359", "1" * 5000, "Mon, " * 2000],
)  # fmt: skip
def test_retry_after_beyond_the_calendar_is_ignored(date: str) -> None:
    assert callbacks._wait(date, now=wall_clock()) == 0
