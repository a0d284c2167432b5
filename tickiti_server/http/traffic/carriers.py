"""Carriers of a server in test mode: a fault may stand for the answer of the other server."""

from collections.abc import Mapping
from typing import NamedTuple

from tickiti_cli.contract import webhooks
from tickiti_server.api.faults import CALLBACK, SMTP, ActiveFault, Faults, Traffic, armed
from tickiti_server.clock import SECOND, Clock
from tickiti_server.delivery.bounded_socket import Deadline
from tickiti_server.delivery.callback.callbacks import CallbackCarrier, OnDelivered
from tickiti_server.delivery.callback.pinned_http import Reply, Request
from tickiti_server.delivery.mail.email import EmailCarrier
from tickiti_server.delivery.mail.smtp import outcome_of_reply
from tickiti_server.delivery.outcomes import Answer, Carrier, Delivered, LeaseHandle, Outcome
from tickiti_server.logs import setup
from tickiti_server.logs.recent import RequestLog
from tickiti_server.logs.request_lines import RequestLogLine
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import mailboxes

ACCEPTED = 250


def failing_carriers(
    log: RequestLog, on_delivered: OnDelivered, clock: Clock
) -> Mapping[str, Carrier]:
    """The carriers, by the kind of their outbox rows."""
    report = FaultReport(log, clock)
    return {
        "email": FailingMail(armed(), report),
        "callback": FailingCallbacks(on_delivered, armed(), report, clock),
    }


class FaultReport(NamedTuple):
    """Puts a fault that fired on a delivery into the request log."""

    log: RequestLog
    clock: Clock

    def tell(self, hit: ActiveFault, *, method: str, target: str, code: int, name: str) -> None:
        line = RequestLogLine(self.clock() / SECOND, 0.0, method, target, code, 0, None, None, name)
        self.log.add_delivery(line)
        self.log.note_fault(name, hit.fault.action)
        setup.life.info("Fault %d fired: %s, delivery=%s", hit.id, hit.fault.action, name)


class _LocalMail(NamedTuple):
    id: str
    recipient: str


class FailingMail(EmailCarrier):
    """Delivers mail of the mailbox `local` too, which waits while there is a fault of mail."""

    def __init__(self, faults: Faults, report: FaultReport) -> None:
        self._faults = faults
        self._report = report

    def load(self, tx: Transaction, row: Row) -> object:
        mailbox = mailboxes.find_mailbox(tx, row["mailbox_id"]) if row["mailbox_id"] else None
        if mailbox is not None and mailbox["built_in"]:
            return _LocalMail(row["id"], row["target"])
        return super().load(tx, row)

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:
        if not isinstance(job, _LocalMail):
            return super().carry(job, lease)
        hit = self._faults.fire(Traffic(SMTP))
        if hit is None:
            return Delivered(ACCEPTED)
        code = hit.fault.status or 451
        self._report.tell(hit, method="SMTP", target=job.recipient, code=code, name=job.id)
        if 200 <= code < 300:
            return Delivered(code)
        return outcome_of_reply(code, f"Fault {hit.id}".encode())


class FailingCallbacks(CallbackCarrier):
    def __init__(
        self, on_delivered: OnDelivered, faults: Faults, report: FaultReport, clock: Clock
    ) -> None:
        super().__init__(on_delivered, clock=clock)
        self._faults = faults
        self._report = report

    def exchange(self, request: Request, deadline: Deadline) -> Reply:
        hit = self._faults.fire(Traffic(CALLBACK))
        if hit is None:
            return super().exchange(request, deadline)
        status = hit.fault.status or 500
        target, name = request.destination.authority, request.headers[webhooks.ID]
        self._report.tell(hit, method="CALLBACK", target=target, code=status, name=name)
        return Reply(status, None, Answer([], f"Fault {hit.id}".encode(), is_whole=True))
