"""Encodes an e-mail as MIME bytes, with pure functions.

Rule: no text of a request can add a header. The `email` library does not ensure this, because it
decodes `=?UTF-8?Q?=0A?=` in a subject into a line break. So every header is encoded here, and the
finished bytes are parsed again and compared.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import Header
from email.utils import format_datetime

from tickiti_server.rendering.text import plain_text
from tickiti_server.validation.addresses import wire_address

MOST_QUOTED = 64 * 1024
"""Longer texts are encoded as base64, which takes a hundredth of the time."""

_HEADERS = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
)  # fmt: skip
_NEWLINE = re.compile(r"\r\n|\r|\n")
_LONG_WORD = re.compile(r"\S{60}")
"""A word that cannot be folded; the first line of its header would be empty."""

_STRAY = re.compile(rb"\r(?!\n)|(?<!\r)\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]+")


class UnsafeHeaders(Exception):
    """The bytes do not parse as the mail they were made from; such a mail is never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The content of a mail. Addresses are single addr-specs."""

    id: str
    """The part of the Message-ID before the @, which never changes."""

    sender: str
    sender_name: str | None
    to: str
    cc: tuple[str, ...] = ()
    subject: str
    html: str
    date: datetime

    @property
    def message_id(self) -> str:
        return f"<{self.id}@{wire_address(self.sender).rpartition('@')[2]}>"


def encode(mail: Mail) -> bytes:
    """Return the whole mail with CRLF line ends. Raises UnsafeHeaders if a header was injected."""
    boundary = f"=_{mail.id}"  # neither quoted-printable nor base64 can hold a line with `=_`
    values = (
        _mailbox(mail.sender_name, wire_address(mail.sender)),
        wire_address(mail.to),
        ",\r\n ".join(map(wire_address, mail.cc)),
        _words(mail.subject, "Subject"),
        format_datetime(mail.date),
        mail.message_id,
        # RFC 3834, so that no out-of-office note answers.
        "auto-generated",
        "All",
        "1.0",
        f'multipart/alternative;\r\n boundary="{boundary}"',
    )
    headers = dict(zip(_HEADERS, values, strict=True))
    if not mail.cc:
        del headers["Cc"]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    mark = f"\r\n--{boundary}".encode()
    parts = (_part("plain", plain_text(mail.html)), _part("html", mail.html))
    raw = head.encode() + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"
    _check(raw, mail, tuple(headers))
    return raw


def _words(text: str, name: str) -> str:
    """Encode a header's text: plain ASCII as it is, anything else as encoded words."""
    is_plain = text.isascii() and "=?" not in text and not _LONG_WORD.search(text)
    header = Header(text, "us-ascii" if is_plain else "utf-8", header_name=name)
    return header.encode(linesep="\r\n")


def _mailbox(name: str | None, address: str) -> str:
    if not name:
        return address
    if _PLAIN_PHRASE.fullmatch(name):
        return f"{name}\r\n <{address}>"
    if name.isascii() and "=?" not in name:
        quoted = re.sub(r'(["\\])', r"\\\1", name)
        return f'"{quoted}"\r\n <{address}>'
    return f"{_words(name, 'From')}\r\n <{address}>"


def _part(kind: str, text: str) -> bytes:
    lines = _NEWLINE.sub("\r\n", text).encode("utf-8", "replace")
    lines = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    is_mostly_ascii = len(lines) < 2 * len(text) or text.isascii()
    if is_mostly_ascii and len(lines) <= MOST_QUOTED:
        encoding, body = "quoted-printable", binascii.b2a_qp(lines, istext=True)
    else:
        encoding, body = "base64", base64.encodebytes(lines).replace(b"\n", b"\r\n")
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}'
    return f"{head}\r\n\r\n".encode() + body


def _check(raw: bytes, mail: Mail, headers: tuple[str, ...]) -> None:
    """Parse the head as another program does. Raises UnsafeHeaders unless exactly our headers are
    found."""
    head = raw.partition(b"\r\n\r\n")[0]
    read = message_from_bytes(head, policy=policy.SMTP)
    if tuple(read.keys()) != headers or _STRAY.search(head):
        raise UnsafeHeaders(f"the headers of mail {mail.id} are not the ones that were written")
