"""Handing a mail to an SMTP server.

The rule of this file: before the final dot nothing can have been taken, after it everything can.
The mark between the two is on the disk before the dot is sent. TLS is always verified, and what was
asked for and is not offered ends the attempt.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tickiti_server import crash_points
from tickiti_server.delivery.smtp_wire import (
    STEP_SECONDS,
    BadReply,
    Conversation,
    TlsConversation,
)
from tickiti_server.delivery.verdicts import (
    Barred,
    Delivered,
    Doubtful,
    Grip,
    Later,
    Refused,
    Verdict,
)

MOST_ERROR = 300
CREDENTIALS = (530, 534, 535, 538)
"""RFC 4954: authentication required, too weak, failed, needs encryption."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one recipient, and the account that takes it. Addresses in their wire form."""

    host: str
    port: int
    security: str
    """`none`, `starttls` or `tls`."""

    user: str | None
    password: str | None = field(repr=False)
    sender: str
    recipient: str


class _Unsaid(Exception):
    """A reply that is not the one to go on with."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


def carry(letter: Letter, grip: Grip) -> Verdict:
    """One attempt. Raises LeaseLost."""
    verdict = _attempt(letter, grip)
    if letter.password and not isinstance(verdict, Delivered):
        return replace(verdict, error=verdict.error.replace(letter.password, "[password]"))
    return verdict


def _attempt(letter: Letter, grip: Grip) -> Verdict:
    try:
        with _opened(letter) as wire:
            _introduce(wire, letter)
            crash_points.reached("disp.rcpt_ok")
            _expect(wire.begin(_pieces(grip)), 354)
            crash_points.reached("disp.body_sent")
            grip.mark()
            crash_points.reached("disp.dot_marked")
            return _ended(wire)
    except _Unsaid as unsaid:
        return unsaid.verdict
    except (OSError, smtplib.SMTPException) as error:
        return _before_the_dot(error, letter)


def _pieces(grip: Grip) -> Iterator[bytes]:
    """The mail, read from the outbox while it is sent: many that wait for a slow server hold no
    mail in memory."""
    start = 0
    while piece := grip.piece(start):
        yield piece
        start += len(piece)


def _ended(wire: Conversation) -> Verdict:
    """The dot, and what the other side says to the whole mail."""
    try:
        code, reply = wire.end()
    except BadReply as error:
        return Doubtful(f"The reply to the whole mail was lost: the server {error}.")
    except (OSError, smtplib.SMTPException) as error:
        return Doubtful(f"The reply to the whole mail was lost: {_reason(error)}")
    with suppress(OSError, smtplib.SMTPException):
        wire.putcmd("QUIT")
    if 200 <= code < 300:
        return Delivered(code)
    if 400 <= code < 600:
        return _refusal(code, reply)
    return Doubtful(f"The reply to the whole mail was none: {_said(code, reply)}", code)


@contextmanager
def _opened(letter: Letter) -> Iterator[Conversation]:
    """A connection, in TLS where that is asked for. It is closed without a word: a QUIT in the
    middle of a mail would be one more line of it."""
    name = letter.sender.rpartition("@")[2]
    wire = (
        TlsConversation(letter.host, letter.port, name, timeout=STEP_SECONDS, context=_trust())
        if letter.security == "tls"
        else Conversation(letter.host, letter.port, name, timeout=STEP_SECONDS)
    )
    try:
        if letter.security == "starttls":
            wire.ehlo_or_helo_if_needed()
            wire.starttls(context=_trust())
        wire.ehlo_or_helo_if_needed()
        yield wire
    finally:
        wire.close()


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """smtplib's own default verifies nothing."""
    return ssl.create_default_context()


def _introduce(wire: Conversation, letter: Letter) -> None:
    """Everything up to the mail itself: who we are, from whom it is, to whom it goes."""
    if letter.user is not None:
        wire.login(letter.user, letter.password or "")
    options = ""
    if not letter.recipient.isascii():
        if not wire.has_extn("smtputf8"):
            sentence = f"{letter.host} takes no address with letters beyond ASCII (SMTPUTF8)."
            raise _Unsaid(Refused(sentence))
        wire.command_encoding = "utf-8"
        options = " SMTPUTF8 BODY=8BITMIME"
    _expect(wire.docmd("MAIL", f"FROM:<{letter.sender}>{options}"), 250)
    _expect(wire.docmd("RCPT", f"TO:<{letter.recipient}>"), 250, 251)


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    """Raises _Unsaid for any other reply."""
    if reply[0] not in wanted:
        raise _Unsaid(_refusal(*reply))


def _refusal(code: int, reply: bytes) -> Verdict:
    """What a reply that refuses says about the next attempt."""
    said = _said(code, reply)
    if code in CREDENTIALS:
        return Barred(said, code)
    return Refused(said, code) if 500 <= code < 600 else Later(said, code)


def _before_the_dot(error: Exception, letter: Letter) -> Verdict:
    """Nothing was taken. An account's or a certificate's trouble is everybody's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Barred(f"The certificate of {letter.host} is not valid: {error.verify_message}.")
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error)
    if isinstance(error, BadReply):
        return Later(f"{letter.host} {error}.")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Later(f"{letter.host} closed the connection: {_reason(error)}")
    if isinstance(error, smtplib.SMTPException):  # no STARTTLS, no AUTH, no method that we know
        return Barred(f"{letter.host}: {_reason(error)}")
    what = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
    return Later(f"{letter.host}:{letter.port} {what}: {_reason(error)}")


def _answered(error: smtplib.SMTPResponseException) -> Verdict:
    """A reply that smtplib itself took for a refusal."""
    code, said = error.smtp_code, _said(error.smtp_code, error.smtp_error)
    is_login = isinstance(error, smtplib.SMTPAuthenticationError)
    if code in CREDENTIALS or (is_login and not 400 <= code < 500):
        return Barred(said, code)
    return Later(said, code)


def _said(code: int, reply: bytes | str) -> str:
    text = reply if isinstance(reply, str) else reply.decode(errors="replace")
    return _short(f"{code} {text}")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _short(text or type(error).__name__)


def _short(text: str) -> str:
    """On one line, and not the book that a server may have sent."""
    return _CONTROLS.sub(" ", text).strip()[:MOST_ERROR]
