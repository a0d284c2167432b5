"""Sending an e-mail: the complete message is in the outbox before the request is answered."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import (
    MailboxNotFound,
    TemplateDataMissing,
    TemplateNotFound,
    ValidationFailed,
)
from tickiti_cli.contract.v1 import mail as v1
from tickiti_server.api.call import Call
from tickiti_server.api.faults import holds_local_mail
from tickiti_server.api.handler import handles
from tickiti_server.api.mail.bodies.send import (
    EmailAccepted,
    EmailAcceptedV1,
    SendContent,
    SendEmail,
    SendEmailV1,
    SendTemplate,
    SendWithoutShape,
)
from tickiti_server.api.templates import templates
from tickiti_server.clock import SECOND
from tickiti_server.delivery.mail import mime
from tickiti_server.rendering.case_folding import address_key
from tickiti_server.rendering.sanitiser import safe_html
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import mailboxes, outbox
from tickiti_server.validation.addresses import is_address
from tickiti_server.validation.fields import MOST_LINE, trimmed

HOLD = "hold"
"""The policy where the SMTP reply is lost: the mail becomes `uncertain` and is not sent again. A
missing mail can be released, a second copy cannot be taken back."""


def _filled(call: Call, body: SendTemplate) -> tuple[str, str]:
    """Subject and content of the rendered template. Raises ValidationFailed where the subject is
    empty or too long."""
    rendered = templates.filled(call, body.template_identifier, body.data)
    subject = trimmed(rendered.subject)
    if not 1 <= len(subject) <= MOST_LINE:
        sentence = (
            f"The subject of template '{body.template_identifier}' would have {len(subject)} "
            f"characters; it must have 1 to {MOST_LINE}."
        )
        raise ValidationFailed.of("template_identifier", sentence)
    return subject, rendered.content


def _compose(call: Call, body: SendContent | SendTemplate) -> "_Composed":
    """Build the complete message outside of the write transaction. Raises ValidationFailed and what
    `templates.filled` raises."""
    if body.validate_address:
        _refuse_doubtful(body)
    mailbox = _mailbox(call.tx, body.mailbox)
    subject, content = (
        _filled(call, body) if isinstance(body, SendTemplate) else body.subject_and_content
    )
    mail = mime.Mail(
        id=f"mail_{call.new_id()}",
        sender=mailbox["address"],
        sender_name=mailbox["from_name"],
        to=body.to_address,
        cc=_others(body),
        subject=subject,
        html=safe_html(content, with_remote_images=True),
        date=datetime.fromtimestamp(call.now // SECOND, UTC),
    )
    return _Composed(mail, mime.encode(mail))


def _refuse_doubtful(body: SendContent | SendTemplate) -> None:
    """Raise ValidationFailed that names every address whose syntax is not strict."""
    named = {f"cc.{place}": address for place, address in enumerate(body.copies)}
    errors = {
        field: [f"The {field} field must be one e-mail address of strict syntax."]
        for field, address in {"to_address": body.to_address, **named}.items()
        if not is_address(address)
    }
    if errors:
        raise ValidationFailed.of_fields(errors)


def _others(body: SendContent | SendTemplate) -> tuple[str, ...]:
    """The recipients except the first, each once."""
    found = {address_key(body.to_address): body.to_address}
    for address in body.copies:
        found.setdefault(address_key(address), address)
    return tuple(found.values())[1:]


REFUSED = (TemplateNotFound, TemplateDataMissing, MailboxNotFound)


@handles(classic.send_email, prepare=_compose, refuses=REFUSED)
def send_email(call: Call, body: SendEmail, composed: "_Composed") -> EmailAccepted:
    """Send an e-mail without creating a ticket.

    The reply is sent once the mail is in the outbox. Mail of the built-in mailbox `local` stays
    there.
    """
    assert not isinstance(body, SendWithoutShape)  # its validation has failed
    return _send(call, body, composed)


def _compose_v1(call: Call, body: SendEmailV1) -> "_Composed":
    assert not isinstance(body, SendWithoutShape)  # its validation has failed
    return _compose(call, body)


@handles(v1.send, prepare=_compose_v1, refuses=REFUSED)
def send(call: Call, body: SendEmailV1, composed: "_Composed") -> EmailAcceptedV1:
    """Send an e-mail to one or more recipients without creating a ticket.

    The reply is sent once the outbox has one mail for each recipient, all with one Message-ID. Mail
    of the built-in mailbox `local` stays there.
    """
    assert not isinstance(body, SendWithoutShape)  # its validation has failed
    return {**_send(call, body, composed), "cc": [*_others(body)]}


def _send(call: Call, body: SendContent | SendTemplate, composed: "_Composed") -> EmailAccepted:
    """Put one mail for each recipient into the outbox; the reply is of the first one."""
    if isinstance(body, SendTemplate):
        templates.usable(call, body.template_identifier)
    mailbox = _mailbox(call.tx, body.mailbox)
    if not composed.is_from(mailbox):  # the mailbox was changed meanwhile
        composed = _compose(call, body)
    mail = composed.mail
    effect = outbox.dedupe_key(call.tx, "send_email", call.operation_id)
    _enqueue(call, mailbox, composed, id=mail.id, dedupe=effect, target=mail.to)
    for place, target in enumerate(mail.cc):
        copy = {"id": f"mail_{call.new_id()}", "dedupe": f"{effect}:cc:{place}", "target": target}
        _enqueue(call, mailbox, composed, **copy)
    return {
        "email_id": mail.id,
        "message_id": mail.message_id,
        "to_address": mail.to,
        "mailbox": mailbox["name"],
        "status": "queued",
    }


def _enqueue(call: Call, mailbox: Row, composed: "_Composed", *, target: str, **own: str) -> None:
    mail = composed.mail
    is_local = bool(mailbox["built_in"]) and not holds_local_mail()
    outbox.insert_delivery(
        call.tx,
        **own,
        target=target,
        kind="email",
        lane=mailboxes.lane_name(mailbox["id"]),
        payload=composed.raw,
        policy=HOLD,
        mailbox_id=mailbox["id"],
        mailbox=mailbox["name"],
        subject=mail.subject,
        message_id=mail.message_id,
        cc=mail.cc,
        state="sent" if is_local else "queued",
        now=call.now,
        done_at=call.now if is_local else None,
    )


@dataclass(frozen=True, slots=True)
class _Composed:
    mail: mime.Mail
    raw: bytes

    def is_from(self, mailbox: Row) -> bool:
        return (self.mail.sender, self.mail.sender_name) == (
            mailbox["address"],
            mailbox["from_name"],
        )


def default_mailbox(tx: Transaction) -> Row:
    """The configured sender's mailbox, else the first enabled one, else the built-in one."""
    address = settings.find_setting(tx, settings.MAIL_FROM)
    found = mailboxes.find_mailbox_by_address(tx, address) if address else None
    return found or mailboxes.find_first_enabled(tx) or mailboxes.find_built_in(tx)


def _mailbox(tx: Transaction, name: str | None) -> Row:
    """The named mailbox, the default one where a request names none."""
    if name is None:
        return default_mailbox(tx)
    row = mailboxes.find_mailbox_by_name(tx, name)
    if row is None:
        raise MailboxNotFound(name)
    if not row["smtp_enable"] and not row["built_in"]:
        sentence = f"Mailbox '{name}' sends nothing: its smtp_enable is off."
        raise ValidationFailed.of("mailbox", sentence)
    return row
