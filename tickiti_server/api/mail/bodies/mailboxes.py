"""The shapes of mailboxes: bodies and replies."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.api.workflow.bodies.queues import NamedQueue
from tickiti_server.validation.addresses import is_domain
from tickiti_server.validation.fields import (
    Address,
    Body,
    Flag,
    Integer,
    Line,
    Positive,
    UpdateBody,
    wrong,
)
from tickiti_server.validation.json_schema import Time, Written

_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,1024}")


def _host(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not (is_domain(text) or _HOST.fullmatch(text)):
        raise wrong("must be the name or the address of a server")
    return text


def _secret(value: object) -> str:
    """A secret as it was sent, white space included."""
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise wrong("must be 1 to 1024 printable ASCII characters, as SMTP logins take them")
    return value


def _user(value: object) -> str:
    return _secret(value.strip() if isinstance(value, str) else value)


Host = Annotated[str, BeforeValidator(_host), Written(type="string", maxLength=253)]
Port = Annotated[Integer, Field(ge=1, le=65535)]
Count = Annotated[Integer, Field(ge=0, le=1_000_000)]
User = Annotated[str, BeforeValidator(_user)]
Secret = Annotated[str, BeforeValidator(_secret)]
Kind = Literal["imap", "office365", "gmail", "ttmail"]
Encryption = Literal["none", "ssl", "tls"]
Security = Literal["none", "starttls", "tls"]
MailboxId = Annotated[Positive, Field(description="The mailbox's id.", examples=[2])]
_KEPT = "For fetching mail; stored, but the bundled server fetches none."


class MailboxMembers(Body):
    """The members of a mailbox that a request may set."""

    from_name: Annotated[
        Line | None, Field(description="Display name beside the address.", examples=["Sole Trader"])
    ] = None
    mailbox_type: Annotated[Kind | None, Field(description=_KEPT, examples=["imap"])] = None
    pop_enable: Annotated[Flag | None, Field(description=_KEPT)] = None
    pop_host: Annotated[Host | None, Field(description=_KEPT)] = None
    pop_port: Annotated[Port | None, Field(description=_KEPT)] = None
    pop_encryption: Annotated[Encryption | None, Field(description=_KEPT)] = None
    pop_validate_cert: Annotated[Flag | None, Field(description=_KEPT)] = None
    max_consecutive_errors: Annotated[Count | None, Field(description=_KEPT)] = None
    secondary_report_threshold: Annotated[Count | None, Field(description=_KEPT)] = None
    outgoing_mailbox_type: Annotated[
        Line | None, Field(description="How mail is sent.", examples=["smtp"])
    ] = None
    smtp_enable: Annotated[
        Flag | None, Field(description="Whether the mailbox sends mail.", examples=[True])
    ] = None
    smtp_host: Annotated[
        Host | None,
        Field(description="The SMTP server.", examples=["smtp.sole-trader.example"]),
    ] = None
    smtp_port: Annotated[
        Port | None, Field(description="Port of the SMTP server.", examples=[587])
    ] = None
    smtp_user: Annotated[User | None, Field(description="SMTP user name.", examples=["sales"])] = (
        None
    )
    smtp_security: Annotated[
        Security | None,
        Field(description="STARTTLS, TLS from the start, or no encryption.", examples=["starttls"]),
    ] = None


Name = Annotated[Line, Field(description="Its unique name.", examples=["sales"])]
From = Annotated[
    Address,
    Field(description="Sender address of its mail.", examples=["sales@sole-trader.example"]),
]


class CreateMailbox(MailboxMembers):
    name: Name
    address: From


class UpdateMailbox(MailboxMembers, UpdateBody):
    """Members that are left out keep their values; null or "" removes a name, a host, a port or a
    user."""

    CLEARS = frozenset({"from_name", "pop_host", "pop_port", "smtp_host", "smtp_port", "smtp_user"})

    mailbox_id: MailboxId
    name: Name | None = None
    address: From | None = None


class FindMailbox(Body):
    mailbox_id: MailboxId


class SetPassword(Body):
    mailbox_id: MailboxId
    field: Annotated[
        Literal["smtp_password", "pop_password", "client_secret"],
        Field(description="Kind of secret.", examples=["smtp_password"]),
    ]
    value: Annotated[
        Secret, Field(description="The secret; never returned.", examples=["open sesame"])
    ]


class MailboxCreated(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    mailbox_id: Annotated[str, Field(examples=["2"])]


class Mailbox(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    name: Annotated[str, Field(examples=["sales"])]
    address: Annotated[str, Field(examples=["sales@sole-trader.example"])]
    from_name: Annotated[str | None, Field(examples=["Sole Trader"])]
    mailbox_type: Annotated[str, Field(examples=["imap"])]
    pop_enable: Annotated[bool, Field(examples=[False])]
    pop_host: Annotated[str | None, Field(examples=[None])]
    pop_port: Annotated[int | None, Field(examples=[None])]
    pop_encryption: Annotated[str, Field(examples=["ssl"])]
    pop_validate_cert: Annotated[bool, Field(examples=[True])]
    max_consecutive_errors: Annotated[int, Field(examples=[10])]
    secondary_report_threshold: Annotated[int, Field(examples=[0])]
    outgoing_mailbox_type: Annotated[str, Field(examples=["smtp"])]
    smtp_enable: Annotated[bool, Field(examples=[True])]
    smtp_host: Annotated[str | None, Field(examples=["smtp.sole-trader.example"])]
    smtp_port: Annotated[int | None, Field(examples=[587])]
    smtp_user: Annotated[str | None, Field(examples=["sales"])]
    smtp_security: Annotated[str, Field(examples=["starttls"])]
    gmail_connected: Annotated[bool, Field(examples=[False])]
    built_in: Annotated[
        bool, Field(description="True: mail stays in the outbox.", examples=[False])
    ]
    paused_until: Annotated[Time | None, Field(examples=[None])]
    paused_reason: Annotated[
        str | None, Field(description="Why the mailbox currently sends nothing.", examples=[None])
    ]


class Mailboxes(TypedDict):
    mailboxes: list[Mailbox]
    queues: list[NamedQueue]
