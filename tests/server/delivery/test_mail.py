"""Mail reaches a real SMTP server once, or is listed as uncertain."""

import json
import os
import signal
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme

from tests.support.mail_server import DROP, STALL, MailServer
from tests.support.office import LEASE_SECONDS, MAILBOXES, SEND, Office
from tests.support.place import Place
from tests.support.replies import code_of
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tickiti_server import crash_points
from tickiti_server.delivery.mail.email import EmailCarrier

PASSWORD = "swordfish-9f2c"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[Office]:
    found = Office(tmp_path_factory.mktemp("office"))
    trusted = found.folder / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    found.environment["SSL_CERT_FILE"] = str(trusted)
    found.open()
    yield found
    assert found.end() == 0
    assert PASSWORD not in found.log


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as found:
        yield found


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Office]:
    """A place for one test, which may kill it; not opened yet."""
    found = Office(tmp_path)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGKILL)


def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("to", "members"),
    [
        ("marcus@trailblazers-club.example", {"content": "<p>Soon.</p>"}),
        ("a@xn--bcher-kva.example", {"to_address": "a@bücher.example", "content": "Grüße"}),
        ("jürgen@b.example", {"to_address": "jürgen@b.example", "subject": "Größe 42"}),
        ("-v@b.example", {"to_address": "-v@b.example"}),
        ("a@b.example", {"to_address": "a@b.example", "content": ".\n..\n.\r\n.\rx\n\n."}),
        ("a@b.example", {"to_address": "a@b.example", "content": "x" * 20_000 + "\n." + "é" * 99}),
        ("a@b.example", {"to_address": "a@b.example", "content": "日本語\n.\n" * 30_000}),
        ("a@b.example", {"to_address": "a@b.example", "subject": "A =?UTF-8?Q?=0A?=Bcc: x@y"}),
    ],
)  # fmt: skip
def test_mail_arrives_byte_for_byte_as_stored(
    office: Office, server: MailServer, to: str, members: dict[str, str]
) -> None:
    office.mailbox(server, from_name="Müller & Söhne, Köln")
    row = office.settled(office.send(**members), "sent", "retry", "failed")
    assert (row["state"], row["attempts"], row["last_error"]) == ("sent", 1, None)
    (arrived,) = server.arrived
    assert arrived.original_content == row["mime"].encode()
    assert (arrived.mail_from, arrived.rcpt_tos) == ("anna@sole-trader.example", [to])


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_temporary_refusal_is_retried_and_arrives_once(
    office: Office, server: MailServer, stage: str
) -> None:
    office.mailbox(server)
    server.script[stage] = "451 4.3.0 not now"
    email_id = office.send()
    row = office.settled(email_id, "retry", "failed", "sent")
    assert (row["state"], row["attempts"]) == ("retry", 1)
    assert row["last_error"] == "451 4.3.0 not now"
    wait = datetime.fromisoformat(row["next_at"]) - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60)
    server.script.clear()
    office.release(email_id)
    office.settled(email_id, "sent")
    assert len(server.arrived) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_permanent_refusal_is_final_and_reported(
    office: Office, server: MailServer, stage: str
) -> None:
    office.mailbox(server)
    server.script[stage] = "550 5.1.1 no such user"
    row = office.settled(office.send(), "retry", "failed", "sent")
    assert (row["state"], row["attempts"], row["next_at"]) == ("failed", 1, None)
    assert row["last_error"] == "550 5.1.1 no such user"
    assert (server.reached.count("MAIL"), server.arrived) == (1, [])


def test_unreachable_server_is_retried(office: Office, server: MailServer) -> None:
    office.mailbox(server, smtp_port=1)
    row = office.settled(office.send(), "retry")
    assert row["last_error"] == "127.0.0.1:1 cannot be reached: Connection refused"
    office.mailbox(server)
    server.script["RCPT"] = DROP
    row = office.settled(office.send(), "retry")
    assert row["last_error"].startswith("127.0.0.1 closed the connection: ")


def test_hanging_server_delays_no_other_mailbox(office: Office, server: MailServer) -> None:
    office.mailbox(server)
    server.script["MAIL"] = STALL
    stuck = [office.send() for _ in range(3)]
    wait_until(lambda: server.reached.count("MAIL") == 2)
    with MailServer() as other:
        body = {"name": "second", "address": "b@c.example", "smtp_enable": True,
                "smtp_host": "127.0.0.1", "smtp_port": other.port,
                "smtp_security": "none"}  # fmt: skip
        assert office.post(f"{MAILBOXES}/create", body)[0] == 200
        office.settled(office.send(mailbox="second"), "sent")
    assert server.reached.count("MAIL") == 2
    second = office.mailboxes()[-1]["id"]
    assert office.post(f"{MAILBOXES}/delete", {"mailbox_id": second})[0] == 200
    server.script.clear()
    for email_id in stuck:
        office.settled(email_id, "sent")
    assert len(server.arrived) == 3


def test_wrong_password_pauses_the_mailbox(office: Office, authority: trustme.CA) -> None:
    certificate = tls(authority.issue_cert("127.0.0.1"))
    with MailServer(tls_context=certificate, auth_required=True) as server:
        server.passwords = {b"anna": PASSWORD.encode()}
        office.mailbox(server, smtp_security="starttls", smtp_user="anna")
        office.set_password(f"not {PASSWORD}")
        mails = [office.send(), office.send(subject="the second")]
        wait_until(office.paused)
        reason = office.paused()
        assert reason is not None
        assert reason.startswith("535 ")
        for email_id in mails:
            row = office.settled(email_id, "queued")  # the other one may still be claimed
            assert (row["attempts"], row["last_error"]) == (0, reason)
        office.set_password(PASSWORD)
        for email_id in mails:
            assert office.settled(email_id, "sent")["attempts"] == 1
        assert (len(server.arrived), office.paused()) == (2, None)
    assert PASSWORD not in json.dumps(office.mailboxes())


def test_verified_certificate_works_for_both_kinds_of_tls(
    office: Office, authority: trustme.CA
) -> None:
    certificate = tls(authority.issue_cert("127.0.0.1"))
    for security, how in (("tls", "implicit_tls"), ("starttls", "tls_context")):
        with MailServer(**{how: certificate}) as server:
            office.mailbox(server, smtp_security=security)
            office.settled(office.send(), "sent")
            assert len(server.arrived) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("fault", ["unknown authority", "another host", "expired"])
def test_unverified_certificate_pauses_the_mailbox(
    office: Office, authority: trustme.CA, security: str, fault: str
) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    certificate = {
        "unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "another host": lambda: authority.issue_cert("mail.elsewhere.example"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=past),
    }[fault]()
    how = {"tls": "implicit_tls", "starttls": "tls_context"}[security]
    with MailServer(**{how: tls(certificate)}) as server:
        office.mailbox(server, smtp_security=security)
        email_id = office.send()
        wait_until(office.paused)
        row = office.row(email_id)
        assert (row["state"], row["attempts"]) == ("queued", 0)
        assert row["last_error"].startswith("The certificate of 127.0.0.1 is not valid: ")
        assert ("MAIL" in server.reached, server.arrived) == (False, [])
    finish(office, email_id)


def finish(office: Office, email_id: str) -> None:
    """Let the mail leave through a good server, so that the next test finds nothing waiting."""
    with MailServer() as good:
        office.mailbox(good)
        office.settled(email_id, "sent")
        assert len(good.arrived) == 1


def test_server_without_starttls_gets_no_mail(office: Office, server: MailServer) -> None:
    office.mailbox(server, smtp_security="starttls")
    email_id = office.send()
    wait_until(office.paused)
    assert office.paused() == "127.0.0.1: STARTTLS extension not supported by server."
    assert ("MAIL" in server.reached, server.arrived) == (False, [])
    finish(office, email_id)


def test_lost_reply_leaves_the_mail_uncertain(office: Office, server: MailServer) -> None:
    office.mailbox(server)
    server.script["END"] = DROP
    email_id = office.send()
    row = office.settled(email_id, "uncertain", "retry", "sent")
    assert (row["state"], row["attempts"]) == ("uncertain", 1)
    assert row["last_error"].startswith("The reply to the whole mail was lost: ")
    server.script.clear()
    time.sleep(2 * LEASE_SECONDS)  # nothing else takes it up
    assert (office.row(email_id)["state"], len(server.arrived)) == ("uncertain", 1)
    office.release(email_id)
    office.settled(email_id, "sent")
    first, second = server.arrived
    assert first.original_content == second.original_content


@pytest.mark.faults
@pytest.mark.parametrize("stage", ["RCPT", "END"])
def test_mail_after_kill_9_arrives_once_or_is_uncertain(
    alone: Office, server: MailServer, stage: str
) -> None:
    alone.open()
    alone.mailbox(server)
    server.script[stage] = STALL
    email_id = alone.send()
    wait_until(lambda: stage in server.reached)
    alone.end(signal.SIGKILL)
    server.script.clear()
    alone.open()
    row = alone.settled(email_id, "uncertain" if stage == "END" else "sent")
    assert len(server.arrived) == 1
    if stage == "END":
        assert "was lost" in row["last_error"]
        time.sleep(2 * LEASE_SECONDS)
        assert (alone.row(email_id)["state"], len(server.arrived)) == ("uncertain", 1)
    assert alone.end() == 0


@pytest.mark.faults
def test_mail_killed_at_any_crash_point_is_never_sent_twice(
    tmp_path: Path,
) -> None:
    """The mail server outlives every death. Before the mark the mail leaves again, and for the
    first time; between the mark and the note of its reply an operator decides."""
    points = [label for label in crash_points.LABELS if label.startswith("disp.")]
    with ThreadPoolExecutor(len(points)) as threads:
        fates = threads.map(lambda label: fate(tmp_path / label, label), points)
    assert dict(zip(points, fates, strict=True)) == {
        "disp.claimed": ("sent", 1),
        "disp.rcpt_ok": ("sent", 1),
        "disp.body_sent": ("sent", 1),
        "disp.dot_marked": ("uncertain", 0),
        "disp.dot_sent": ("uncertain", 1),
        "disp.reply_read": ("uncertain", 1),
        "disp.done_committed": ("sent", 1),
    }


def fate(folder: Path, label: str) -> tuple[str, int]:
    """What is listed of a mail whose server died there, and how often it has arrived."""
    folder.mkdir()
    office = Office(folder)
    office.environment[crash_points.VARIABLE] = label
    with MailServer() as server:
        office.open()
        office.mailbox(server)
        email_id = office.send()
        assert office.process.wait(timeout=PATIENCE_SECONDS) == -signal.SIGKILL, office.log
        del office.environment[crash_points.VARIABLE]
        office.open()
        office.settled(email_id, "sent", "uncertain")
        time.sleep(1.5 * LEASE_SECONDS)  # nothing else takes it up
        state = office.row(email_id)["state"]
        assert office.end() == 0
        return state, len(server.arrived)


@pytest.mark.faults
@pytest.mark.parametrize("stage", ["RCPT", "END"])
def test_shutdown_waits_for_no_mail_server(alone: Office, server: MailServer, stage: str) -> None:
    alone.open()
    alone.mailbox(server)
    server.script[stage] = STALL
    email_id = alone.send()
    wait_until(lambda: stage in server.reached)
    began = time.monotonic()
    assert alone.end() == 0
    assert time.monotonic() - began < 20  # the mail server stalls for ever
    server.script.clear()
    alone.open()
    alone.settled(email_id, "uncertain" if stage == "END" else "sent")
    assert len(server.arrived) == 1
    assert alone.end() == 0
    assert "Traceback" not in alone.log


@pytest.mark.faults
@pytest.mark.parametrize("stage", ["RCPT", "END"])
def test_worker_without_its_lease_sends_nothing_twice(
    alone: Office, server: MailServer, stage: str
) -> None:
    alone.open()
    alone.mailbox(server)
    server.script[stage] = STALL
    email_id = alone.send()
    wait_until(lambda: stage in server.reached)
    os.kill(alone.process.pid, signal.SIGSTOP)
    time.sleep(2.5 * LEASE_SECONDS)
    server.script.clear()
    os.kill(alone.process.pid, signal.SIGCONT)
    alone.settled(email_id, "sent", "uncertain")
    time.sleep(1.5 * LEASE_SECONDS)
    assert len(server.arrived) == 1
    assert alone.end() == 0


def test_mail_leaves_from_the_configured_sender(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    place.start("--mail-from", "Second@b.example")
    used = []
    for wanted in ({}, {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_enable": True}):
        for name in ("first", "second"):
            body = {"name": f"{name}{len(wanted)}", "address": f"{name}@b.example", **wanted}
            assert place.post(f"{MAILBOXES}/create", body)[0] == 200
        used.append(chosen(place))
    place.stop()
    place.start("--mail-from", "")
    used.append(chosen(place))
    place.stop()
    assert used == ["local", "second3", "first3"]


def chosen(place: Place) -> str:
    mail = {"to_address": "a@b.example", "subject": "s", "content": "c"}
    found: str = json.loads(place.post(SEND, mail, str(uuid4()))[2])["data"]["mailbox"]
    return found


def test_attempts_continue_for_three_days() -> None:
    delays = EmailCarrier.delays
    assert (delays[:4], max(delays)) == ((60, 120, 240, 480), 4 * 3600)
    assert 64 * 3600 < sum(delays) <= 72 * 3600


def test_invalid_mailbox_is_refused(office: Office, server: MailServer) -> None:
    good = {"name": "new", "address": "a@b.example", "smtp_enable": True, "smtp_host": "h.example"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": "local"}, "name"), ({"smtp_host": None}, "smtp_host"),
        ({"smtp_host": "a b"}, "smtp_host"), ({"smtp_port": 70_000}, "smtp_port"),
        ({"smtp_security": "none", "smtp_user": "u"}, "smtp_security"),
        ({"smtp_security": "ssl"}, "smtp_security"), ({"smtp_user": "jürgen"}, "smtp_user"),
        ({"address": "jürgen@b.example"}, "address"), ({"address": "a@i❤.example"}, "address"),
        ({"from_name": "a\nBcc: x@y"}, "from_name"),
    ]  # fmt: skip
    for change, field in wrong:
        reply = office.post(f"{MAILBOXES}/create", {**good, **change})
        assert code_of(reply) == (422, "validation_failed"), change
        assert list(json.loads(reply[2])["errors"]) == [field]
    for path, more in (("update", {}), ("delete", {}), ("set-password", SECRET)):
        reply = office.post(f"{MAILBOXES}/{path}", {"mailbox_id": 1, **more})
        assert code_of(reply) == (422, "validation_failed"), path
    assert office.post(f"{MAILBOXES}/delete", {"mailbox_id": 999})[0] == 200


SECRET = {"field": "smtp_password", "value": "x"}


def test_mailbox_with_queued_mail_is_not_deleted(office: Office, server: MailServer) -> None:
    office.mailbox(server)
    server.script["RCPT"] = "451 later"
    email_id = office.send()
    office.settled(email_id, "retry")
    mailbox_id = office.mailboxes()[-1]["id"]
    reply = office.post(f"{MAILBOXES}/delete", {"mailbox_id": mailbox_id})
    assert code_of(reply) == (409, "conflict")
    server.script.clear()
    office.release(email_id)
    office.settled(email_id, "sent")


def test_sent_mail_is_listed_searched_and_shown(office: Office, server: MailServer) -> None:
    office.mailbox(server)
    email_id = office.send(subject="Laces 100% red")
    row = office.settled(email_id, "sent")
    base = "/api/v1/mail/sent-mail"
    number = json.loads(office.post(base, {})[2])[0]["id"]
    expected = {
        "id": number, "to_address": "marcus@trailblazers-club.example", "subject": "Laces 100% red",
        "mailbox": "out", "sent_at": row["sent_at"], "status": "sent",
    }  # fmt: skip
    assert json.loads(office.post(base, {"range_days": 1})[2])[0] == expected
    assert json.loads(office.post(f"{base}/search", {"q": "100% R"})[2]) == [expected]
    for mail_id in (email_id, number, int(number)):
        shown = json.loads(office.post(f"{base}/show", {"id": mail_id})[2])
        assert shown == {**expected, "cc": [], "text": "Soon.", "html": "Soon."}
    assert code_of(office.post(base, {"range_days": 31})) == (422, "validation_failed")
