"""Sends a mail to an SMTP server.

Rule: before the final dot the server cannot have accepted the mail, after the dot it can. The mark
between the two is on the disk before the dot is sent. TLS is always verified. A feature that is
required and not offered ends the attempt.
"""

import base64
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tickiti_server import crash_points
from tickiti_server.delivery.mail.smtp_connection import (
    STEP_SECONDS,
    BadReply,
    SmtpConnection,
    TlsSmtpConnection,
)
from tickiti_server.delivery.outcomes import (
    Blocked,
    Delivered,
    LeaseHandle,
    Outcome,
    Rejected,
    Retry,
    Uncertain,
)

MOST_ERROR = 300
CREDENTIALS = (530, 534, 535, 538)
"""RFC 4954: authentication required, too weak, failed, needs encryption."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailJob:
    """One mail to one recipient, and the account that takes it. Addresses in wire form."""

    host: str
    port: int
    security: str
    """`none`, `starttls` or `tls`."""

    user: str | None
    password: str | None = field(repr=False)
    sender: str
    recipient: str


class _UnexpectedReply(Exception):
    """The server sent another reply than the expected one."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def carry(job: EmailJob, lease: LeaseHandle) -> Outcome:
    """Make one attempt to send a mail. Raises LeaseLost."""
    outcome = _attempt(job, lease)
    if job.password and not isinstance(outcome, Delivered):
        return replace(
            outcome, error=_without_password(outcome.error, job.user or "", job.password)
        )
    return outcome


def _without_password(text: str, user: str, password: str) -> str:
    """Hide the password in what a server said: some repeat the command that they refuse."""
    commands = (f"\0{user}\0{password}", password)
    encoded = (base64.b64encode(command.encode()).decode("ascii") for command in commands)
    for secret in (*encoded, password):
        text = text.replace(secret, "[password]")
    return text


def _attempt(job: EmailJob, lease: LeaseHandle) -> Outcome:
    try:
        with _connect(job) as connection:
            first = lease.read_piece(0)
            _introduce(connection, job, first)
            crash_points.reached("disp.rcpt_ok")
            _expect(connection.begin(_pieces(lease, first)), 354)
            crash_points.reached("disp.body_sent")
            lease.mark_may_have_arrived()
            crash_points.reached("disp.dot_marked")
            return _send_final_dot(connection)
    except _UnexpectedReply as unexpected:
        return unexpected.outcome
    except (OSError, smtplib.SMTPException) as error:
        return _outcome_before_dot(error, job)


def _pieces(lease: LeaseHandle, piece: bytes) -> Iterator[bytes]:
    """Read the mail from the outbox while it is sent, after its first piece.

    So many mails that wait for a slow server take little memory.
    """
    start = 0
    while piece:
        yield piece
        start += len(piece)
        piece = lease.read_piece(start)


def _send_final_dot(connection: SmtpConnection) -> Outcome:
    """Send the final dot and return the outcome of the reply to the whole mail."""
    try:
        code, reply = connection.end()
    except BadReply as error:
        return Uncertain(_short(f"The reply to the whole mail was lost: the server {error}."))
    except (OSError, smtplib.SMTPException) as error:
        return Uncertain(f"The reply to the whole mail was lost: {_reason(error)}")
    with suppress(OSError, smtplib.SMTPException):
        connection.putcmd("QUIT")
    if 200 <= code < 300:
        return Delivered(code)
    if 400 <= code < 600:
        return outcome_of_reply(code, reply)
    return Uncertain(f"The reply to the whole mail was none: {_reply_text(code, reply)}", code)


@contextmanager
def _connect(job: EmailJob) -> Iterator[SmtpConnection]:
    """A connection, in TLS where that is asked for. It is closed without a word: a QUIT in the
    middle of a mail would be one more line of it."""
    name = job.sender.rpartition("@")[2]
    connection = (
        TlsSmtpConnection(job.host, job.port, name, timeout=STEP_SECONDS, context=_tls_context())
        if job.security == "tls"
        else SmtpConnection(job.host, job.port, name, timeout=STEP_SECONDS)
    )
    try:
        if job.security == "starttls":
            connection.ehlo_or_helo_if_needed()
            connection.starttls(context=_tls_context())
        connection.ehlo_or_helo_if_needed()
        yield connection
    finally:
        connection.close()


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """Return a context that verifies certificates, which smtplib's default does not."""
    return ssl.create_default_context()


def _introduce(connection: SmtpConnection, job: EmailJob, first: bytes) -> None:
    """Log in and name the sender and the recipient of the mail that begins with `first`.

    A header that names another recipient with letters beyond ASCII needs SMTPUTF8 as well. A server
    without it gets the mail anyway: most take such a header, and this recipient can be reached.
    """
    if job.user is not None:
        connection.login(job.user, job.password or "")
    options = ""
    is_offered = connection.has_extn("smtputf8")
    if not (is_offered or job.recipient.isascii()):
        sentence = f"{job.host} takes no address with letters beyond ASCII (SMTPUTF8)."
        raise _UnexpectedReply(Rejected(sentence))
    head = first.partition(b"\r\n\r\n")[0]
    if is_offered and not (head.isascii() and job.recipient.isascii()):
        connection.command_encoding = "utf-8"
        options = " SMTPUTF8 BODY=8BITMIME"
    _expect(connection.docmd("MAIL", f"FROM:<{job.sender}>{options}"), 250)
    _expect(connection.docmd("RCPT", f"TO:<{job.recipient}>"), 250, 251)


def _expect(reply: tuple[int, bytes], *wanted: int) -> None:
    """Raise _UnexpectedReply for a reply with any other code."""
    if reply[0] not in wanted:
        raise _UnexpectedReply(outcome_of_reply(*reply))


def outcome_of_reply(code: int, reply: bytes) -> Outcome:
    """Return the outcome of a reply that refuses the mail."""
    text = _reply_text(code, reply)
    if code in CREDENTIALS:
        return Blocked(text, code)
    return Rejected(text, code) if 500 <= code < 600 else Retry(text, code)


def _outcome_before_dot(error: Exception, job: EmailJob) -> Outcome:
    """Return the outcome of an error before the dot, when nothing can have been accepted.

    A wrong account or certificate blocks the whole lane.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return Blocked(f"The certificate of {job.host} is not valid: {error.verify_message}.")
    if isinstance(error, smtplib.SMTPResponseException):
        return _outcome_of_response_exception(error)
    if isinstance(error, BadReply):
        return Retry(_short(f"{job.host} {error}."))
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Retry(f"{job.host} closed the connection: {_reason(error)}")
    if isinstance(error, smtplib.SMTPException):  # no STARTTLS, no AUTH, no method that we know
        return Blocked(f"{job.host}: {_reason(error)}")
    what = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
    return Retry(f"{job.host}:{job.port} {what}: {_reason(error)}")


def _outcome_of_response_exception(error: smtplib.SMTPResponseException) -> Outcome:
    """Return the outcome of a reply that smtplib raised as an error."""
    code, text = error.smtp_code, _reply_text(error.smtp_code, error.smtp_error)
    is_login = isinstance(error, smtplib.SMTPAuthenticationError)
    if code in CREDENTIALS or (is_login and not 400 <= code < 500):
        return Blocked(text, code)
    return Retry(text, code)


def _reply_text(code: int, reply: bytes | str) -> str:
    text = reply if isinstance(reply, str) else reply.decode(errors="replace")
    return _short(f"{code} {text}")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _short(text or type(error).__name__)


def _short(text: str) -> str:
    """Shorten a text to one line, because a server may send a long one."""
    return _CONTROLS.sub(" ", text).strip()[:MOST_ERROR]
