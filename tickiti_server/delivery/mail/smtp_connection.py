"""An SMTP connection with deadlines and limits.

Rule: smtplib speaks the protocol, but keeps every line of a reply and restarts its time-out with
each read. Here the lines and bytes of a reply are limited. Every command with its reply has a
deadline, and so have all commands before the final dot together.
"""

import base64
import hmac
import io
import smtplib
import socket
from collections.abc import Callable, Iterable
from typing import Any

from tickiti_server import crash_points
from tickiti_server.delivery import bounded_socket, resolver
from tickiti_server.delivery.bounded_socket import Deadline

STEP_SECONDS = 60.0
"""The limit for a command and its reply, and for connecting."""

SESSION_SECONDS = 600.0
"""The limit for everything before the final dot."""

REPLY_SECONDS = 600.0
"""The limit for the reply to the final dot. RFC 5321 4.5.3.2.6 allows a server ten minutes, and a
client that gives up earlier causes a second delivery (RFC 1047)."""

MOST_LINES = 100
"""Lines of a reply. EHLO has the longest reply: one line for each of some 50 extensions."""

MOST_REPLY = 64 * 1024
"""Bytes of a reply; RFC 5321 4.5.3.1.5 allows 512 a line."""

MOST_CHALLENGES = 5
"""Questions of a server at a log-in; LOGIN has two."""

LAST_WORDS_SECONDS = 5.0
"""The wait for the reason of a server that closed the connection during a mail."""


class BadReply(smtplib.SMTPException):
    """The server broke the protocol; the text is the rest of a sentence about the server."""


class SmtpConnection(smtplib.SMTP):
    """smtplib's client with limits on every reply, and with a method for the final dot."""

    _session: Deadline
    _step: Deadline
    _incoming: bounded_socket.BoundedReader
    file: Any

    def begin(self, pieces: Iterable[bytes]) -> tuple[int, bytes]:
        """Send the mail without the final dot. Returns the reply to DATA, 354 on success."""
        reply = self.docmd("DATA")
        if reply[0] == 354:
            self._step = self._session
            try:
                for piece in dot_stuffed(pieces):
                    self._send(piece)
            except ConnectionError as error:
                return self._last_words(error)
        return reply

    def _last_words(self, error: ConnectionError) -> tuple[int, bytes]:
        """Return the refusal that the server sent before it closed the connection, as for a mail
        that is too large. Raises `error` without one."""
        self._step = self._session.part(LAST_WORDS_SECONDS)
        try:
            reply = self.getreply()
        except (OSError, smtplib.SMTPException):
            raise error from None
        if not 400 <= reply[0] < 600:
            raise error
        return reply

    def end(self) -> tuple[int, bytes]:
        """Send the final dot and return its reply."""
        self._session = self._step = Deadline(REPLY_SECONDS)
        self._send(b".\r\n")
        crash_points.reached("disp.dot_sent")
        reply = self.getreply()
        crash_points.reached("disp.reply_read")
        return reply

    def auth(
        self, mechanism: str, authobject: Callable[..., Any], *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """Log in with one mechanism. Names and passwords are sent in UTF-8 (RFC 4616), where
        smtplib takes ASCII alone. Raises SMTPException."""
        first = authobject() if initial_response_ok else None
        answer = "" if first is None else f" {_in_base64(first)}"
        self._auth_challenge_count = 0 if first is None else 1  # auth_login counts by it
        reply = self.docmd("AUTH", f"{mechanism.upper()}{answer}")
        while reply[0] == 334:
            self._auth_challenge_count += 1
            if self._auth_challenge_count > MOST_CHALLENGES:
                raise smtplib.SMTPException("the log-in did not end")
            reply = self.docmd(_in_base64(authobject(_challenge(reply[1]))))
        if reply[0] in (235, 503):  # 503: logged in already
            return reply
        raise smtplib.SMTPAuthenticationError(*reply)

    def auth_cram_md5(self, challenge: Any = None) -> Any:
        """Return the answer to a challenge; CRAM-MD5 has no answer before one."""
        if challenge is None:
            return None
        return f"{self.user} {hmac.new(str(self.password).encode(), challenge, 'md5').hexdigest()}"

    def send(self, s: Any) -> None:
        """Send one command. The deadline covers its reply too."""
        self._step = self._session.part(STEP_SECONDS)
        self._send(s.encode(self.command_encoding) if isinstance(s, str) else bytes(s))

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the text of a reply.

        Raises BadReply, SMTPServerDisconnected and OSError.
        """
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        if self.file is None:  # after connecting or STARTTLS, buffered bytes are dropped
            self._incoming = bounded_socket.BoundedReader(self.sock, self._step, MOST_REPLY)
            self.file = io.BufferedReader(self._incoming)
        self._incoming.allow(self._step, MOST_REPLY)
        try:
            reply = self._reply()
            # smtplib wraps the socket for STARTTLS, so the handshake gets the rest of the step.
            self.sock.settimeout(self._step.left)
        except (OSError, smtplib.SMTPException):
            self.close()
            raise
        return reply

    def _reply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        while len(lines) < MOST_LINES:
            line = self._line()
            lines.append(line[4:].strip(b" \t\r\n"))
            if not line[:3].isdigit():
                text = line.strip().decode(errors="replace")
                raise BadReply(f"did not answer with SMTP: {text}")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        raise BadReply(f"sent a reply of more than {MOST_LINES} lines")

    def _line(self) -> bytes:
        """Read one line. The limit for the bytes of a reply also limits a line without an end."""
        try:
            line: bytes = self.file.readline()
        except bounded_socket.ReplyTooLong:
            raise BadReply(f"sent a reply of more than {MOST_REPLY // 1024} KiB") from None
        if not line.endswith(b"\n"):
            raise smtplib.SMTPServerDisconnected("it ended before its reply did")
        return line

    def _send(self, raw: bytes) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        bounded_socket.send(self.sock, raw, self._step)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002
        """Connect; smtplib calls this method so that a subclass may replace it."""
        self._session = Deadline(SESSION_SECONDS)
        self._step = self._session.part(STEP_SECONDS)
        addresses = resolver.resolve(resolver.look_up, host, port, self._step)
        connection = bounded_socket.connect(addresses, port, self._step)
        connection.settimeout(self._step.left)
        return connection


class TlsSmtpConnection(smtplib.SMTP_SSL, SmtpConnection):
    """An SMTP connection with TLS from the first byte."""


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _challenge(raw: bytes) -> bytes:
    try:
        return base64.b64decode(raw)
    except ValueError:
        raise smtplib.SMTPException("the question of its log-in is not Base64") from None


def dot_stuffed(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Double the dot at the start of a line, also where a piece starts a line (RFC 5321 4.5.2)."""
    before = b"\n"
    for piece in pieces:
        yield (before + piece).replace(b"\n.", b"\n..")[1:]
        before = piece[-1:]
