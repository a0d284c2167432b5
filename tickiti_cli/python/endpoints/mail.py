"""v1 mail: mailboxes, mail subjects, excluded addresses and sent mail.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

import builtins
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, overload

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class MailExcluded(Group):
    """`client.mail.excluded`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateExcluded]
    ) -> types.Created:
        """Add an excluded address or domain. An existing one, ignoring case, is returned.

        Example::

            client.mail.excluded.create(email="*@newsletter.example")
        """
        return self._call("mail.excluded.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Delete an excluded address. Deleting what does not exist succeeds.

        Example::

            client.mail.excluded.delete(id=1)
        """
        return self._call("mail.excluded.delete", body, key=idempotency_key)

    def index(self) -> list[types.Excluded]:
        """List the excluded addresses. They are stored; the bundled server fetches no mail.

        Example::

            client.mail.excluded.index()
        """
        return self._call("mail.excluded.index", {})


class MailMailboxes(Group):
    """`client.mail.mailboxes`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateMailbox]
    ) -> types.MailboxCreated:
        """Create a mailbox.

        Example::

            client.mail.mailboxes.create(
                from_name="Sole Trader",
                mailbox_type="imap",
                outgoing_mailbox_type="smtp",
                smtp_enable=True,
                smtp_host="smtp.sole-trader.example",
                smtp_port=587,
                smtp_user="sales",
                smtp_security="starttls",
                name="sales",
                address="sales@sole-trader.example",
            )
        """
        return self._call("mail.mailboxes.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindMailbox]
    ) -> types.Done:
        """Delete a mailbox. Deleting what does not exist succeeds.

        Example::

            client.mail.mailboxes.delete(mailbox_id=2)
        """
        return self._call("mail.mailboxes.delete", body, key=idempotency_key)

    def index(self) -> types.Mailboxes:
        """List the mailboxes, without their secrets.

        Example::

            client.mail.mailboxes.index()
        """
        return self._call("mail.mailboxes.index", {})

    def set_password(self, **body: Unpack[types.SetPassword]) -> types.Done:
        """Set the password of a mailbox. Its waiting mail is retried at once.

        Example::

            client.mail.mailboxes.set_password(
                mailbox_id=2, field="smtp_password", value="open sesame"
            )
        """
        return self._call("mail.mailboxes.set_password", body)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateMailbox]
    ) -> types.Done:
        """Update a mailbox. Its waiting mail is retried at once.

        Example::

            client.mail.mailboxes.update(
                from_name="Sole Trader",
                mailbox_type="imap",
                outgoing_mailbox_type="smtp",
                smtp_enable=True,
                smtp_host="smtp.sole-trader.example",
                smtp_port=587,
                smtp_user="sales",
                smtp_security="starttls",
                mailbox_id=2,
                name="sales",
                address="sales@sole-trader.example",
            )
        """
        return self._call("mail.mailboxes.update", body, key=idempotency_key)


class MailSentMail(Group):
    """`client.mail.sent_mail`."""

    def list(self, **body: Unpack[types.RecentMail]) -> builtins.list[types.SentMail]:
        """List the mail of the last days, newest first.

        Example::

            client.mail.sent_mail.list(range_days=7, limit=50)
        """
        return self._call("mail.sent_mail.list", body)

    def search(self, **body: Unpack[types.SearchMail]) -> builtins.list[types.SentMail]:
        """Search sent mail by address or subject, newest first.

        Example::

            client.mail.sent_mail.search(search="marcus", limit=50)
        """
        return self._call("mail.sent_mail.search", body)

    def show(self, **body: Unpack[types.FindDelivery]) -> types.SentMailShown:
        """Show a sent mail with its recipients and text.

        Example::

            client.mail.sent_mail.show(id="1")
        """
        return self._call("mail.sent_mail.show", body)


class MailSubjects(Group):
    """`client.mail.subjects`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateSubject]
    ) -> types.Created:
        """Add a subject. An existing one, ignoring case, is returned.

        Example::

            client.mail.subjects.create(subject="Out of office")
        """
        return self._call("mail.subjects.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Delete a subject. Deleting what does not exist succeeds.

        Example::

            client.mail.subjects.delete(id=1)
        """
        return self._call("mail.subjects.delete", body, key=idempotency_key)

    def index(self) -> list[types.Subject]:
        """List the subjects. They are stored; the bundled server fetches no mail.

        Example::

            client.mail.subjects.index()
        """
        return self._call("mail.subjects.index", {})


class Mail(Group):
    """`client.mail`."""

    @cached_property
    def excluded(self) -> MailExcluded:
        return MailExcluded(self._calls)

    @cached_property
    def mailboxes(self) -> MailMailboxes:
        return MailMailboxes(self._calls)

    @cached_property
    def sent_mail(self) -> MailSentMail:
        return MailSentMail(self._calls)

    @cached_property
    def subjects(self) -> MailSubjects:
        return MailSubjects(self._calls)

    @overload
    def send(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SendContentV1]
    ) -> types.EmailAcceptedV1: ...
    @overload
    def send(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SendTemplateV1]
    ) -> types.EmailAcceptedV1: ...
    def send(self, *, idempotency_key: str | None = None, **body: Any) -> types.EmailAcceptedV1:
        """Send an e-mail to one or more recipients without creating a ticket.

        The reply is sent once the outbox has one mail for each recipient, all with one
        Message-ID. Mail of the built-in mailbox `local` stays there.

        Example::

            client.mail.send(
                to_address="marcus@trailblazers-club.example",
                subject="Your order has shipped",
                content="<p>Order SP-2412-0489 is on its way.</p>",
                cc=["anna@sole-trader.example"],
            )
        """
        return self._call("mail.send", body, key=idempotency_key)
