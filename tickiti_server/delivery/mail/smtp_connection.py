"""A conversation with an SMTP server that cannot be drawn out.

The rule of this file: smtplib knows the protocol, but it keeps every line of a reply and gives each
read a time of its own. Here a reply has a number of lines and bytes, every command with its reply
has a deadline, and so has everything before the final dot.
"""

import io
import smtplib
import socket
from collections.abc import Iterable
from typing import Any

from tickiti_server import crash_points
from tickiti_server.delivery import lookup, wire
from tickiti_server.delivery.wire import Deadline

STEP_SECONDS = 60.0
"""For a command and its reply, and for the connection."""

SESSION_SECONDS = 600.0
"""For everything before the final dot."""

REPLY_SECONDS = 600.0
"""RFC 5321 4.5.3.2.6: a server may take ten minutes to answer the final dot, and whoever gives up
earlier gets the mail delivered twice (RFC 1047)."""

MOST_LINES = 100
"""Lines of a reply. EHLO is the longest: a line for each extension, of which there are some 50."""

MOST_REPLY = 64 * 1024
"""Bytes of a reply; RFC 5321 4.5.3.1.5 allows 512 a line."""

NAMELESS = -1
"""The code of a reply that begins with no code, as smtplib has it."""


class BadReply(smtplib.SMTPException):
    """A reply that no SMTP server sends; the text is the rest of a sentence about the server."""


class Conversation(smtplib.SMTP):
    """smtplib's client, with limits on every reply, and with the end of a mail in our hands."""

    _session: Deadline
    _step: Deadline
    _incoming: wire.Incoming
    file: Any

    def begin(self, pieces: Iterable[bytes]) -> tuple[int, bytes]:
        """Send the mail but for the dot that ends it, or the reply that refuses it.

        Returns the reply to DATA: 354 if the mail was sent.
        """
        reply = self.docmd("DATA")
        if reply[0] == 354:
            self._step = self._session
            for piece in stuffed(pieces):
                self._send(piece)
        return reply

    def end(self) -> tuple[int, bytes]:
        """Send the final dot. Returns its reply."""
        self._session = self._step = Deadline(REPLY_SECONDS)
        self._send(b".\r\n")
        crash_points.reached("disp.dot_sent")
        reply = self.getreply()
        crash_points.reached("disp.reply_read")
        return reply

    def send(self, s: Any) -> None:
        """One command; its reply must come within the same time."""
        self._step = self._session.part(STEP_SECONDS)
        self._send(s.encode(self.command_encoding) if isinstance(s, str) else bytes(s))

    def getreply(self) -> tuple[int, bytes]:
        """The code and the text of a whole reply. Raises BadReply, SMTPServerDisconnected and
        OSError."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        if self.file is None:  # a new connection, or TLS has begun: what came before is dropped
            self._incoming = wire.Incoming(self.sock, self._step, MOST_REPLY)
            self.file = io.BufferedReader(self._incoming)
        self._incoming.allow(self._step, MOST_REPLY)
        try:
            reply = self._reply()
            # smtplib wraps the socket for STARTTLS: the handshake gets what is left of the step.
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
            code = int(line[:3]) if line[:3].isdigit() else NAMELESS
            if code == NAMELESS or line[3:4] != b"-":
                return code, b"\n".join(lines)
        raise BadReply(f"sent a reply of more than {MOST_LINES} lines")

    def _line(self) -> bytes:
        """One line. A reader that is filled by the byte is bounded by the bytes of the reply."""
        try:
            line: bytes = self.file.readline()
        except wire.TooLong:
            raise BadReply(f"sent a reply of more than {MOST_REPLY // 1024} KiB") from None
        if not line.endswith(b"\n"):
            raise smtplib.SMTPServerDisconnected("it ended before its reply did")
        return line

    def _send(self, raw: bytes) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        wire.send(self.sock, raw, self._step)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002
        """smtplib's own place for another way to connect."""
        self._session = Deadline(SESSION_SECONDS)
        self._step = self._session.part(STEP_SECONDS)
        addresses = lookup.resolved(lookup.look_up, host, port, self._step)
        connection = wire.connected(addresses, port, self._step)
        connection.settimeout(self._step.left)
        return connection


class TlsConversation(smtplib.SMTP_SSL, Conversation):
    """The same under TLS from the first byte."""


def stuffed(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """A mail's pieces with a second dot where a line begins with one, also at the beginning of a
    piece (RFC 5321 4.5.2)."""
    before = b"\n"
    for piece in pieces:
        yield (before + piece).replace(b"\n.", b"\n..")[1:]
        before = piece[-1:]
