"""The mail of one response to the participants of its ticket who are not staff.

Rule: the server mails a response only where a request asks for it (API contract, section 5). The
mails are in the outbox when the request is answered.
"""

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime

from tickiti_server.api.call import Call
from tickiti_server.api.faults import holds_local_mail
from tickiti_server.api.mail.send import HOLD, default_mailbox
from tickiti_server.clock import SECOND
from tickiti_server.delivery.mail import mime
from tickiti_server.rendering.images import Image
from tickiti_server.rendering.sanitiser import safe_html
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.outgoing import mailboxes, outbox


def mail_html(html: str, images: Iterable[Image] = ()) -> str:
    """The HTML of a response as a mail shows it. Slow, so a preparation calls it.

    `images` are those that `html` refers to by `cid:`; the mail holds their bytes.
    """
    for image in images:
        html = html.replace(f"cid:{image.sha256}", _data_url(image))
    return safe_html(html, with_remote_images=True)


def send(call: Call, ticket: Row, html: str) -> int:
    """Put a mail of `html` for each participant who is not staff into the outbox. Returns the
    number of mails."""
    people = [row for row in stored.list_participants(call.tx, ticket["id"]) if not row["is_staff"]]
    if people:
        mailbox = _mailbox(call, ticket)
        for person in people:
            _enqueue(call, ticket, html, mailbox=mailbox, person=person)
    return len(people)


def _mailbox(call: Call, ticket: Row) -> Row:
    """The mailbox of the ticket's queue where the queue has one that sends."""
    queue = queues.find_queue(call.tx, ticket["queue_id"])
    assert queue is not None
    if queue["outgoing_mailbox_id"] is not None:
        mailbox = mailboxes.find_mailbox(call.tx, queue["outgoing_mailbox_id"])
        if mailbox is not None and (mailbox["smtp_enable"] or mailbox["built_in"]):
            return mailbox
    return default_mailbox(call.tx)


def _enqueue(call: Call, ticket: Row, html: str, *, mailbox: Row, person: Row) -> None:
    mail = mime.Mail(
        id=f"mail_{call.new_id()}",
        sender=mailbox["address"],
        sender_name=mailbox["from_name"],
        to=person["email"],
        subject=f"[#{ticket['number']}] {ticket['subject']}",
        html=html,
        date=datetime.fromtimestamp(call.now // SECOND, UTC),
    )
    is_local = bool(mailbox["built_in"]) and not holds_local_mail()
    outbox.insert_delivery(
        call.tx,
        id=mail.id,
        kind="email",
        dedupe=_dedupe_key(call, mail, person),
        lane=mailboxes.lane_name(mailbox["id"]),
        target=mail.to,
        payload=mime.encode(mail),
        policy=HOLD,
        mailbox_id=mailbox["id"],
        mailbox=mailbox["name"],
        subject=mail.subject,
        message_id=mail.message_id,
        state="sent" if is_local else "queued",
        now=call.now,
        done_at=call.now if is_local else None,
    )


def _dedupe_key(call: Call, mail: mime.Mail, person: Row) -> str:
    """A request without a key has no id that could come twice."""
    if call.operation_id is None:
        return f"notify:{mail.id}"
    return f"{outbox.dedupe_key(call.tx, 'notify', call.operation_id)}:{person['id']}"


def _data_url(image: Image) -> str:
    return f"data:{image.mime_type};base64,{b64encode(image.content).decode()}"
