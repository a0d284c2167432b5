"""Callbacks of the outbox on their way to the epilog URL of their intervention.

The rule of this file: at least once, and each time under the same id with the same bytes. Nothing
but 2xx counts as taken.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tickiti_cli import __version__
from tickiti_cli.contract import webhooks
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_server.call import Microseconds, rfc3339, wall_clock
from tickiti_server.delivery import lookup, pinned
from tickiti_server.delivery.pinned import Answer, NotSent
from tickiti_server.delivery.verdicts import Delivered, Grip, Later, Refused, Verdict
from tickiti_server.delivery.wire import Deadline
from tickiti_server.destinations import Destination, allowed_hosts, is_public, why_refused
from tickiti_server.store import interventions, reviews, settings, tickets
from tickiti_server.store.database import Row, Transaction

MOST_SECONDS = 10.0
"""For everything from the look-up to the reply; an intervention may ask for less."""

SECOND, MINUTE, HOUR = 1, 60, 3600
SCHEDULE = (
    5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR,
    24 * HOUR,
)  # fmt: skip
"""The example of Standard Webhooks; the first attempt is at once."""

MOST_WAIT = 24 * HOUR
"""A Retry-After beyond the longest step of the schedule is none."""

MOST_DATE = 100
"""Characters of a date; every written form of HTTP is shorter."""

GONE = 410

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One callback, and what it is signed with."""

    id: str
    url: str
    body: bytes = field(repr=False)
    secrets: Sequence[str] = field(repr=False)
    allowed: Sequence[AllowedHost]
    seconds: float


class CallbackCarrier:
    delays = SCHEDULE
    spread = 0.2
    """So that what failed together does not come back together."""

    patience = 5
    end = "dead"

    def __init__(self, resolve: lookup.Resolve = lookup.look_up) -> None:
        self._resolve = resolve

    def load(self, tx: Transaction, row: Row) -> object:
        """The parcel, or why there can be none."""
        review = reviews.of_callback(tx, row["id"])
        intervention = (
            interventions.find(tx, review["intervention_id"] or 0) if review is not None else None
        )
        if intervention is None:
            return Refused("Its intervention was deleted.")
        if intervention["remote_disabled_reason"]:
            return Refused(intervention["remote_disabled_reason"])
        secrets = interventions.secrets(tx, intervention["id"], now=wall_clock())
        if not secrets:
            return Refused("Its intervention has no token that signs it.")
        return Parcel(
            id=row["id"],
            url=row["target"],
            body=row["payload"],
            secrets=secrets,
            allowed=allowed_hosts(settings.find(tx, settings.CALLBACK_HOSTS)),
            seconds=min(MOST_SECONDS, float(intervention["remote_timeout_seconds"])),
        )

    def carry(self, parcel: object, grip: Grip) -> Verdict:  # noqa: ARG002 - it may come twice
        if isinstance(parcel, Refused):
            return parcel
        assert isinstance(parcel, Parcel)
        destination, deadline = Destination.of(parcel.url), Deadline(parcel.seconds)
        if why := why_refused(destination, parcel.allowed):
            return Refused(f"The epilog URL {why}.")
        try:
            where = destination.host, destination.port
            addresses = lookup.resolved(self._resolve, *where, deadline)
            inner = [address for address in addresses if not is_public(address)]
            if inner and not destination.is_allowed(parcel.allowed):
                return Refused(
                    f"{destination.host} is {inner[0]}, which is not public; if it is meant: "
                    f"{destination.allowing}"
                )
            return _verdict(pinned.post(_request(parcel, destination, addresses), deadline))
        except (NotSent, lookup.NotFound) as error:
            return Later(_short(f"{error}."))
        except TimeoutError:
            return Later(f"{destination.host} was not reached within {deadline.seconds:g} s.")

    def settled(self, tx: Transaction, row: Row, verdict: Verdict, *, now: Microseconds) -> None:
        """With the row: a decision that was taken is answered once, and who is gone is left in
        peace."""
        review = reviews.of_callback(tx, row["id"])
        if review is None:
            return
        if isinstance(verdict, Delivered):
            _post_final(tx, review, now=now)
        elif isinstance(verdict, Refused) and verdict.code == GONE and review["intervention_id"]:
            reason = f"{row['target']} answered 410 (gone) at {rfc3339(now)}."
            changes = {"remote_disabled_reason": reason}
            interventions.update(tx, review["intervention_id"], changes)


def _request(parcel: Parcel, destination: Destination, addresses: Sequence[str]) -> pinned.Request:
    signed = webhooks.headers(
        parcel.secrets, message_id=parcel.id, timestamp=int(time.time()), body=parcel.body
    )
    headers = {"Content-Type": "application/json", "User-Agent": f"tickiti/{__version__}"}
    return pinned.Request(
        destination=destination,
        addresses=addresses,
        headers={**headers, **signed},
        body=parcel.body,
    )


def _verdict(answer: Answer) -> Verdict:
    status = answer.status
    if 200 <= status < 300:
        return Delivered(status)
    said = _short(f"It answered {status}: {answer.excerpt}".removesuffix(": "))
    if status == GONE:
        return Refused(said, status)
    if 300 <= status < 400:
        return Later(f"It answered with a redirect ({status}), which is not followed.", status)
    return Later(said, status, retry_after=_wait(answer.retry_after))


def _wait(retry_after: str | None) -> int:
    """The seconds of a Retry-After, which may be a number or a date; 0 for anything else."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return min(int(text), MOST_WAIT)
    try:
        then = parsedate_to_datetime(text[:MOST_DATE])
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        wait = (then - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(0, min(int(wait), MOST_WAIT))


def _post_final(tx: Transaction, review: Row, *, now: Microseconds) -> None:
    """What was written when the decision was taken. The ticket's status stays as it is."""
    if review["final_html"] is None or review["final_id"] is not None:
        return
    response_id = tickets.insert_response(
        tx,
        ticket_id=review["ticket_id"],
        author_id=review["decided_by"],
        html=review["final_html"],
        is_internal=False,
        staff_response=True,
        now=now,
        idem_id=None,
    )
    reviews.note_final(tx, review["ticket_id"], response_id)
    until = review["on_hold_until"]
    tickets.set_status(
        tx, review["ticket_id"], status=review["status"], on_hold_until=until, now=now
    )


def _short(text: str) -> str:
    """On one line, and not the page that a server may have sent."""
    return _CONTROLS.sub(" ", text).strip()[: pinned.MOST_EXCERPT]
