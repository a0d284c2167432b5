"""Sending an e-mail: it is in the outbox, byte for byte, when the request is answered."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import (
    MailboxNotFound,
    TemplateDataMissing,
    TemplateNotFound,
    ValidationFailed,
)
from tickiti_server import mime
from tickiti_server.addresses import MOST_ADDRESS, is_address, wire_address
from tickiti_server.call import SECOND, Call
from tickiti_server.failures import SHAPE
from tickiti_server.families import templates
from tickiti_server.handlers import handles
from tickiti_server.rendering import safe_html
from tickiti_server.schemas import Written, without
from tickiti_server.store import mailboxes, outbox, settings
from tickiti_server.store.database import Row, Transaction
from tickiti_server.values import (
    MOST_LINE,
    Body,
    Flag,
    Line,
    Text,
    is_absent,
    trimmed,
    wrong,
)

MOST_CONTENT = 2 * 1024 * 1024
"""As much as a template may become."""

HOLD = "hold"
"""A reply that was lost leaves the mail `uncertain`: one mail too few is found, one too many not
taken back."""

_UNSAFE = r"\s\x00-\x1f\x7f-\x9f\u2028\u2029,;:<>()\[\]\"\\@"
_ONE_ADDRESS = re.compile(f"[^{_UNSAFE}]+@[^{_UNSAFE}]+")


def _recipient(value: object) -> str:
    """One address that can stand in a header, whatever its syntax says otherwise."""
    text = trimmed(value) if isinstance(value, str) else ""
    if len(text) > MOST_ADDRESS or not _ONE_ADDRESS.fullmatch(text):
        raise wrong("must be one e-mail address, such as marcus@trailblazers-club.example")
    try:
        wire_address(text)
    except ValueError:
        raise wrong("has a domain that must be written in its xn-- form") from None
    return text


Recipient = Annotated[
    str,
    BeforeValidator(_recipient),
    Written(format="email", maxLength=MOST_ADDRESS),
    Field(description="One bare address.", examples=["marcus@trailblazers-club.example"]),
]


class _Send(Body):
    to_address: Recipient
    mailbox: Annotated[
        Line | None,
        Field(description="The name of the mailbox it is sent from; the usual one if left out."),
    ] = None
    validate_address: Annotated[
        Flag, Field(description="True: the address must be of strict syntax as well.")
    ] = False


class SendContent(_Send):
    """An e-mail from a subject and content."""

    model_config = ConfigDict(json_schema_extra=without("template_identifier"))

    subject: Annotated[
        Line,
        Field(description="One line.", examples=["Your order has shipped"]),
    ]
    content: Annotated[
        Text,
        Field(
            max_length=MOST_CONTENT,
            description="What is said, as HTML.",
            examples=["<p>Order SP-2412-0489 is on its way.</p>"],
        ),
    ]

    @property
    def said(self) -> tuple[str, str]:
        return self.subject, self.content


class SendTemplate(_Send):
    """An e-mail from a template and the values of its placeholders."""

    model_config = ConfigDict(json_schema_extra=without("subject", "content"))

    template_identifier: Annotated[
        Line, Field(description="The template's identifier.", examples=["warranty.received"])
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The values of the placeholders.",
            examples=[{"name": "Marcus", "order": {"id": "SP-2412-0489"}}],
        ),
    ] = Field(default_factory=dict)


def _refuse_shape(_: object) -> object:
    rule = "must have exactly one shape: subject and content, or template_identifier and data"
    raise PydanticCustomError("shape", "shape", {"rule": rule})


class SendWithoutShape(_Send):
    """Stands for a body that is neither; reports its other fields as well."""

    body: Annotated[Any, BeforeValidator(_refuse_shape), Field(validate_default=True)] = None


def _shape_of(body: Any) -> str:
    if not isinstance(body, dict):
        return "content"
    has_content = not all(is_absent(body.get(name)) for name in ("subject", "content"))
    is_template = not is_absent(body.get("template_identifier"))
    if has_content == is_template:
        return "none"
    return "template" if is_template else "content"


SendEmail = Annotated[
    Annotated[SendContent, Tag(SHAPE + "content")]
    | Annotated[SendTemplate, Tag(SHAPE + "template")]
    | Annotated[SkipJsonSchema[SendWithoutShape], Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + _shape_of(body)),
]


class EmailAccepted(TypedDict):
    email_id: Annotated[
        str,
        Field(
            description="Its id in the outbox.", examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"]
        ),
    ]
    message_id: Annotated[
        str,
        Field(
            description="Its Message-ID header.",
            examples=["<mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A@localhost>"],
        ),
    ]
    to_address: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    mailbox: Annotated[str, Field(description="What it is sent from.", examples=["local"])]
    status: Literal["queued"]


def _filled(call: Call, body: SendTemplate) -> tuple[str, str]:
    """Subject and content of the template with its data. Raises ValidationFailed for a subject
    that would be no line of a mail."""
    rendered = templates.filled(call, body.template_identifier, body.data)
    subject = trimmed(rendered.subject)
    if not 1 <= len(subject) <= MOST_LINE:
        sentence = (
            f"The subject of template '{body.template_identifier}' would have {len(subject)} "
            f"characters; it must have 1 to {MOST_LINE}."
        )
        raise ValidationFailed(sentence, errors={"template_identifier": [sentence]})
    return subject, rendered.content


def _compose(call: Call, body: SendContent | SendTemplate) -> "_Composed":
    """The mail's bytes, before the writer's turn. Raises what is wrong with the body."""
    if body.validate_address and not is_address(body.to_address):
        sentence = "The to_address field must be one e-mail address of strict syntax."
        raise ValidationFailed(sentence, errors={"to_address": [sentence]})
    mailbox = _mailbox(call.tx, body.mailbox)
    subject, content = _filled(call, body) if isinstance(body, SendTemplate) else body.said
    mail = mime.Mail(
        id=f"mail_{call.new_id()}",
        sender=mailbox["address"],
        sender_name=mailbox["from_name"],
        to=body.to_address,
        subject=subject,
        html=safe_html(content, with_remote_images=True),
        date=datetime.fromtimestamp(call.now // SECOND, UTC),
    )
    return _Composed(mail, mime.frozen(mail))


@handles(
    classic.send_email,
    prepare=_compose,
    refuses=(TemplateNotFound, TemplateDataMissing, MailboxNotFound),
)
def send_email(call: Call, body: SendEmail, composed: "_Composed") -> EmailAccepted:
    """Send an e-mail; no ticket is opened.

    It is in the outbox when this is answered. From the built-in mailbox, local, it goes no further.
    """
    assert not isinstance(body, SendWithoutShape)  # its validation has failed
    if isinstance(body, SendTemplate):
        templates.usable(call, body.template_identifier)
    mailbox = _mailbox(call.tx, body.mailbox)
    if not composed.is_from(mailbox):  # it was changed meanwhile
        composed = _compose(call, body)
    mail = composed.mail
    outbox.insert(
        call.tx,
        id=mail.id,
        kind="email",
        dedupe=outbox.dedupe(call.tx, "send_email", call.idem_id),
        lane=mailboxes.lane(mailbox["id"]),
        target=mail.to,
        payload=composed.raw,
        policy=HOLD,
        mailbox_id=mailbox["id"],
        mailbox=mailbox["name"],
        subject=mail.subject,
        message_id=mail.message_id,
        state="sent" if mailbox["built_in"] else "queued",
        now=call.now,
        done_at=call.now if mailbox["built_in"] else None,
    )
    return {
        "email_id": mail.id,
        "message_id": mail.message_id,
        "to_address": mail.to,
        "mailbox": mailbox["name"],
        "status": "queued",
    }


@dataclass(frozen=True, slots=True)
class _Composed:
    mail: mime.Mail
    raw: bytes

    def is_from(self, mailbox: Row) -> bool:
        return (self.mail.sender, self.mail.sender_name) == (
            mailbox["address"],
            mailbox["from_name"],
        )


def _mailbox(tx: Transaction, name: str | None) -> Row:
    """The one that is named; else the configured sender's, else the first that can send, else the
    built-in one."""
    if name is None:
        address = settings.find(tx, settings.MAIL_FROM)
        found = mailboxes.of_address(tx, address) if address else None
        return found or mailboxes.first_enabled(tx) or mailboxes.built_in(tx)
    row = mailboxes.named(tx, name)
    if row is None:
        raise MailboxNotFound(name)
    if not row["smtp_enable"] and not row["built_in"]:
        sentence = f"Mailbox '{name}' sends nothing: its smtp_enable is off."
        raise ValidationFailed(sentence, errors={"mailbox": [sentence]})
    return row
