"""An e-mail's frozen bytes: pure functions.

The rule of this file: nothing that a caller sent can become a header of its own. The library's own
ways do not keep it (`email` decodes `=?UTF-8?Q?=0A?=` in a subject into a line break), so every
header is encoded here, and the finished bytes are read again and compared.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import Header
from email.utils import format_datetime

from tickiti_server.addresses import wire_address
from tickiti_server.rendering import plain_text

MOST_QUOTED = 64 * 1024
"""Longer texts leave in base64, which costs a hundredth of the time."""

_HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
)  # fmt: skip
_NEWLINE = re.compile(r"\r\n|\r|\n")
_LONG_WORD = re.compile(r"\S{60}")
"""Cannot be folded, and a header's first line should not be empty before it."""

_STRAY = re.compile(rb"\r(?!\n)|(?<!\r)\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]+")


class Unsafe(Exception):
    """The bytes do not read as the mail they were made from; such a mail never leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail is made from. Addresses are single addr-specs."""

    id: str
    """Names the mail for good: the part of its Message-ID before the @."""

    sender: str
    sender_name: str | None
    to: str
    subject: str
    html: str
    date: datetime

    @property
    def message_id(self) -> str:
        return f"<{self.id}@{wire_address(self.sender).rpartition('@')[2]}>"


def frozen(mail: Mail) -> bytes:
    """The whole mail, lines ended by CRLF. Raises Unsafe rather than let a header slip in."""
    boundary = f"=_{mail.id}"  # neither quoted-printable nor base64 can hold a line with `=_`
    values = (
        _mailbox(mail.sender_name, wire_address(mail.sender)),
        wire_address(mail.to),
        _words(mail.subject, "Subject"),
        format_datetime(mail.date),
        mail.message_id,
        # RFC 3834: so that nobody's out-of-office note answers.
        "auto-generated",
        "All",
        "1.0",
        f'multipart/alternative;\r\n boundary="{boundary}"',
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in zip(_HEADERS, values, strict=True))
    mark = f"\r\n--{boundary}".encode()
    parts = (_part("plain", plain_text(mail.html)), _part("html", mail.html))
    raw = head.encode() + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"
    _check(raw, mail)
    return raw


def _words(text: str, name: str) -> str:
    """A header's text: as it is where that is plain, else as encoded words."""
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


def _check(raw: bytes, mail: Mail) -> None:
    """Read the head as another program would: exactly our headers, each with a line of its own."""
    head = raw.partition(b"\r\n\r\n")[0]
    read = message_from_bytes(head, policy=policy.SMTP)
    if tuple(read.keys()) != _HEADERS or _STRAY.search(head):
        raise Unsafe(f"the headers of mail {mail.id} are not the ones that were written")
