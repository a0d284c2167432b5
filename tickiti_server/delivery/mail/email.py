"""Sends mail of the outbox to the SMTP server of its mailbox."""

from tickiti_server.clock import Microseconds
from tickiti_server.delivery.mail import smtp
from tickiti_server.delivery.outcomes import Blocked, LeaseHandle, Outcome
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import mailboxes
from tickiti_server.validation.addresses import wire_address, wire_domain

MINUTE, HOUR = 60, 3600
PORTS = {"none": 25, "starttls": 587, "tls": 465}


def _delays() -> tuple[int, ...]:
    """Return delays that double from a minute to four hours, for three days.

    RFC 5321 4.5.4.1 asks a relay for four to five days; a sender of own mail may stop earlier.
    """
    found = [MINUTE]
    while sum(found) < 72 * HOUR - 4 * HOUR:
        found.append(min(2 * found[-1], 4 * HOUR))
    return tuple(found)


class EmailCarrier:
    delays = _delays()
    spread = 0.0
    patience = None
    end = "failed"

    def load(self, tx: Transaction, row: Row) -> object:
        """Read the EmailJob, or return why the mailbox is blocked."""
        mailbox = mailboxes.find_mailbox(tx, row["mailbox_id"]) if row["mailbox_id"] else None
        if mailbox is None:
            return Blocked("The mailbox was deleted.")
        if not mailbox["smtp_enable"] or not mailbox["smtp_host"]:
            return Blocked("The mailbox sends nothing: its smtp_enable is off.")
        return smtp.EmailJob(
            host=wire_domain(mailbox["smtp_host"]),
            port=mailbox["smtp_port"] or PORTS[mailbox["smtp_security"]],
            security=mailbox["smtp_security"],
            user=mailbox["smtp_user"],
            password=mailboxes.find_secret(tx, mailbox["id"], "smtp_password"),
            sender=wire_address(mailbox["address"]),
            recipient=wire_address(row["target"]),
        )

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:
        if isinstance(job, Blocked):
            return job
        assert isinstance(job, smtp.EmailJob)
        return smtp.carry(job, lease)

    def settled(self, tx: Transaction, row: Row, outcome: Outcome, *, now: Microseconds) -> None:
        """Do nothing, because no further effect follows a mail."""
