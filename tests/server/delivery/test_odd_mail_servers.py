"""Mail servers with odd log-ins, refusals in the middle of a mail, and replies that are none."""

import base64
import hmac
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import pytest

from tests.support.leased_mail import LeasedMail
from tickiti_server.delivery.mail import smtp
from tickiti_server.delivery.outcomes import Blocked, Delivered, Outcome, Rejected, Retry, Uncertain

USER, PASSWORD = "jürgen", "pässwörd-9f2c"
MAIL = b"Subject: x\r\n\r\nhello\r\n"


def large_mail() -> bytes:
    """More than the buffers of the system hold."""
    return MAIL + b"x" * 40_000_000 + b"\r\n"


class OddServer:
    """Answers each command with the reply of its first word; other lines with `replies["ANSWER"]`
    in their order. `cut` is said in the middle of a mail, before the connection ends."""

    def __init__(self, replies: Mapping[str, bytes | Sequence[bytes]], cut: bytes = b"") -> None:
        self.replies = {
            "GREETING": b"220 hello", "EHLO": b"250 odd.test", "MAIL": b"250 ok", "RCPT": b"250 ok",
            "DATA": b"354 go", "END": b"250 taken", **replies,
        }  # fmt: skip
        self.cut = cut
        self.heard: list[bytes] = []

    def speak(self, connection: socket.socket) -> None:
        connection.sendall(self.reply("GREETING"))
        with connection.makefile("rb") as source:
            while line := source.readline():
                self.heard.append(line.strip())
                word = line.split()[0].decode().upper() if line.split() else ""
                connection.sendall(self.reply(word if word in self.replies else "ANSWER"))
                if word == "DATA" and self.reply("DATA").startswith(b"354"):
                    if self.cut:
                        source.read(10_000)
                        connection.sendall(self.cut + b"\r\n")
                        connection.shutdown(socket.SHUT_RDWR)
                        return
                    while source.readline() != b".\r\n":
                        pass
                    connection.sendall(self.reply("END"))

    def reply(self, word: str) -> bytes:
        found = self.replies.get(word, b"500 unknown")
        if not isinstance(found, bytes):
            found, *left = found
            self.replies[word] = left or found
        return found + b"\r\n"


@contextmanager
def listening(server: OddServer) -> Iterator[int]:
    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                server.speak(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(10)


def sent(
    server: OddServer,
    mail: LeasedMail | None = None,
    *,
    user: str | None = None,
    password: str = "",
) -> Outcome:
    with listening(server) as port:
        job = smtp.EmailJob(
            host="127.0.0.1", port=port, security="none", user=user, password=password,
            sender="a@b.example", recipient="c@d.example",
        )  # fmt: skip
        return smtp.carry(job, mail or LeasedMail(MAIL))


def encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())


@pytest.mark.parametrize(
    ("head", "offer", "options"),
    [
        ("Cc: jürgen@d.example", b"250-odd.test\r\n250 SMTPUTF8", b" SMTPUTF8 BODY=8BITMIME"),
        ("Cc: jürgen@d.example", b"250 odd.test", b""),
        ("Cc: j@d.example", b"250-odd.test\r\n250 SMTPUTF8", b""),
    ],
)
def test_a_header_with_an_address_of_other_letters_is_announced(
    head: str, offer: bytes, options: bytes
) -> None:
    """Where it comes unannounced, a server may refuse the mail to everybody (RFC 6531)."""
    server = OddServer({"EHLO": offer})
    mail = LeasedMail(f"{head}\r\nSubject: x\r\n\r\nGrüße\r\n".encode())
    assert isinstance(sent(server, mail), Delivered)
    assert b"MAIL FROM:<a@b.example>" + options in server.heard


def test_name_and_password_of_other_letters_are_sent_in_utf_8() -> None:
    plain = OddServer({"EHLO": b"250-x\r\n250 AUTH PLAIN", "AUTH": b"235 welcome"})
    assert sent(plain, user=USER, password=PASSWORD) == Delivered(250)
    assert b"AUTH PLAIN " + encoded(f"\0{USER}\0{PASSWORD}") in plain.heard

    login = OddServer(
        {"EHLO": b"250-x\r\n250 AUTH LOGIN", "AUTH": b"334 UGFzc3dvcmQ6", "ANSWER": b"235 welcome"}
    )
    assert sent(login, user=USER, password=PASSWORD) == Delivered(250)
    assert [b"AUTH LOGIN " + encoded(USER), encoded(PASSWORD)] == login.heard[1:3]

    challenge = b"<1896.697170952@odd.test>"
    cram = OddServer(
        {"EHLO": b"250-x\r\n250 AUTH CRAM-MD5", "AUTH": b"334 " + base64.b64encode(challenge),
         "ANSWER": b"235 welcome"}
    )  # fmt: skip
    assert sent(cram, user=USER, password=PASSWORD) == Delivered(250)
    digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
    assert cram.heard[2] == encoded(f"{USER} {digest}")


@pytest.mark.parametrize(
    ("method", "question", "error"),
    [
        (b"CRAM-MD5", b"334 abcde", "127.0.0.1: the question of its log-in is not Base64"),
        (b"LOGIN", b"334 eA==", "127.0.0.1: the log-in did not end"),
    ],
)
def test_log_in_that_cannot_succeed_pauses_the_mailbox(
    method: bytes, question: bytes, error: str
) -> None:
    server = OddServer(
        {"EHLO": b"250-x\r\n250 AUTH " + method, "AUTH": question, "ANSWER": question}
    )
    assert sent(server, user=USER, password=PASSWORD) == Blocked(error)


def test_password_that_a_server_repeats_is_not_told() -> None:
    repeated = b"535 no: " + encoded(f"\0{USER}\0{PASSWORD}") + b" " + encoded(PASSWORD)
    server = OddServer({"EHLO": b"250-x\r\n250 AUTH PLAIN", "AUTH": repeated})
    outcome = sent(server, user=USER, password=PASSWORD)
    assert outcome == Blocked("535 no: [password] [password]", 535)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (b"552 5.3.4 too large", Rejected("552 5.3.4 too large", 552)),
        (b"421 4.3.2 going down", Retry("421 4.3.2 going down", 421)),
    ],
)
def test_refusal_in_the_middle_of_a_mail_is_told(said: bytes, outcome: Outcome) -> None:
    mail = LeasedMail(large_mail())
    assert (sent(OddServer({}, cut=said), mail), mail.marks) == (outcome, 0)


@pytest.mark.parametrize("said", [b"250 taken", b"354 go on", b"nonsense"])
def test_no_other_reply_in_the_middle_of_a_mail_settles_it(said: bytes) -> None:
    mail = LeasedMail(large_mail())
    outcome = sent(OddServer({}, cut=said), mail)
    assert isinstance(outcome, Retry)
    assert ("cannot be reached" in outcome.error, outcome.code, mail.marks) == (True, None, 0)


@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
def test_reply_without_a_code_is_told_as_it_is(stage: str) -> None:
    outcome = sent(OddServer({stage: b"SSH-2.0-OpenSSH\x1b[2J"}))
    assert outcome == Retry("127.0.0.1 did not answer with SMTP: SSH-2.0-OpenSSH [2J.")


def test_reply_without_a_code_to_the_dot_leaves_the_mail_uncertain() -> None:
    outcome = sent(OddServer({"END": b"OK " + b"x" * 1000}))
    assert isinstance(outcome, Uncertain)
    assert outcome.error.startswith("The reply to the whole mail was lost: the server did not")
    assert len(outcome.error) == smtp.MOST_ERROR
