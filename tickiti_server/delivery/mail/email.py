"""Mail of the outbox on its way to the SMTP server of its mailbox."""

from tickiti_server.addresses import wire_address, wire_domain
from tickiti_server.call import Microseconds
from tickiti_server.delivery import smtp
from tickiti_server.delivery.verdicts import Barred, Grip, Verdict
from tickiti_server.store import mailboxes
from tickiti_server.store.database import Row, Transaction

MINUTE, HOUR = 60, 3600
PORTS = {"none": 25, "starttls": 587, "tls": 465}


def _delays() -> tuple[int, ...]:
    """A minute, then twice as long each time up to four hours, for three days: RFC 5321 4.5.4.1
    asks for four to five days of a relay; whoever hands in its own mail knows earlier."""
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
        """The letter, or why there can be none: the mailbox was switched off meanwhile."""
        mailbox = mailboxes.find(tx, row["mailbox_id"]) if row["mailbox_id"] else None
        if mailbox is None:
            return Barred("The mailbox is gone.")
        if not mailbox["smtp_enable"] or not mailbox["smtp_host"]:
            return Barred("The mailbox sends nothing: its smtp_enable is off.")
        return smtp.Letter(
            host=wire_domain(mailbox["smtp_host"]),
            port=mailbox["smtp_port"] or PORTS[mailbox["smtp_security"]],
            security=mailbox["smtp_security"],
            user=mailbox["smtp_user"],
            password=mailboxes.secret(tx, mailbox["id"], "smtp_password"),
            sender=wire_address(mailbox["address"]),
            recipient=wire_address(row["target"]),
        )

    def carry(self, parcel: object, grip: Grip) -> Verdict:
        if isinstance(parcel, Barred):
            return parcel
        assert isinstance(parcel, smtp.Letter)
        return smtp.carry(parcel, grip)

    def settled(self, tx: Transaction, row: Row, verdict: Verdict, *, now: Microseconds) -> None:
        """Nothing follows."""
