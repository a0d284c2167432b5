"""Sends callbacks of the outbox to the epilog URL of their intervention.

Rule: a callback is delivered at least once, each time with the same id and the same bytes. Only a
2xx status counts as accepted.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Protocol

from tickiti_cli import __version__
from tickiti_cli.contract import webhooks
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_server.clock import SECOND as MICROSECONDS
from tickiti_server.clock import Clock, Microseconds, rfc3339, wall_clock
from tickiti_server.delivery import resolver
from tickiti_server.delivery.bounded_socket import Deadline
from tickiti_server.delivery.callback import pinned_http
from tickiti_server.delivery.callback.destinations import (
    Destination,
    allowed_hosts,
    is_public,
    refusal_reason,
)
from tickiti_server.delivery.callback.pinned_http import NoReply, Reply
from tickiti_server.delivery.outcomes import (
    Answer,
    Delivered,
    LeaseHandle,
    Outcome,
    Rejected,
    Retry,
)
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import callbacks, interventions, reviews

MOST_SECONDS = 10.0
"""The limit from the look-up to the reply; an intervention may set a lower one."""

SECOND, MINUTE, HOUR = 1, 60, 3600
SCHEDULE = (
    5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR,
    24 * HOUR,
)  # fmt: skip
"""The example of Standard Webhooks. The first attempt is immediate."""

MOST_WAIT = 24 * HOUR
"""A longer Retry-After is shortened to the longest step of the schedule."""

MOST_DATE = 100
"""Characters of a date; every date format of HTTP is shorter."""

GONE = 410

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackJob:
    """A callback with the secrets that sign it."""

    id: str
    url: str
    body: bytes = field(repr=False)
    secrets: Sequence[str] = field(repr=False)
    allowed: Sequence[AllowedHost]
    seconds: float


class OnDelivered(Protocol):
    def __call__(self, tx: Transaction, review: Row, /, *, now: Microseconds) -> None:
        """Runs in the transaction that stores a callback as delivered."""
        ...


class CallbackCarrier:
    delays = SCHEDULE
    spread = 0.2
    """The random part of a delay, so that callbacks that failed together are not retried
    together."""

    patience = 5
    end = "dead"

    def __init__(
        self,
        on_delivered: OnDelivered,
        *,
        resolve: resolver.Resolve = resolver.look_up,
        clock: Clock = wall_clock,
    ) -> None:
        self._on_delivered = on_delivered
        self._resolve = resolve
        self._clock = clock

    def load(self, tx: Transaction, row: Row) -> object:
        """Read the CallbackJob, or return why the callback is rejected."""
        owner = callbacks.find_callback(tx, row["id"])
        found_id = owner["intervention_id"] if owner is not None else None
        intervention = interventions.find_intervention(tx, found_id or 0)
        if owner is None or intervention is None:
            return Rejected("Its intervention was deleted.")
        if intervention["remote_disabled_reason"] and not owner["is_triggered"]:
            return Rejected(intervention["remote_disabled_reason"])
        secrets = interventions.list_secrets(tx, intervention["id"], now=self._clock())
        if not secrets:
            return Rejected("Its intervention has no token that signs it.")
        return CallbackJob(
            id=row["id"],
            url=row["target"],
            body=row["payload"],
            secrets=secrets,
            allowed=allowed_hosts(settings.find_setting(tx, settings.CALLBACK_HOSTS)),
            seconds=min(MOST_SECONDS, float(intervention["remote_timeout_seconds"])),
        )

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:  # noqa: ARG002 - it may come twice
        if isinstance(job, Rejected):
            return job
        assert isinstance(job, CallbackJob)
        destination, deadline = Destination.of(job.url), Deadline(job.seconds)
        if why := refusal_reason(destination, job.allowed):
            return Rejected(f"The epilog URL {why}.")
        try:
            where = destination.host, destination.port
            addresses = resolver.resolve(self._resolve, *where, deadline)
            private = [address for address in addresses if not is_public(address)]
            if private and not destination.is_allowed(job.allowed):
                return Rejected(
                    f"{destination.host} is {private[0]}, which is not public; if it is meant: "
                    f"{destination.allowing}"
                )
            request = _request(job, destination, addresses, now=self._clock())
            return _outcome(self.exchange(request, deadline), now=self._clock())
        except (NoReply, resolver.HostNotFound) as error:
            return Retry(_short(f"{error}."))
        except TimeoutError:
            return Retry(f"{destination.host} was not reached within {deadline.seconds:g} s.")

    def exchange(self, request: pinned_http.Request, deadline: Deadline) -> Reply:
        """Send a request and return the reply. Raises NoReply."""
        return pinned_http.post(request, deadline)

    def settled(self, tx: Transaction, row: Row, outcome: Outcome, *, now: Microseconds) -> None:
        """Keep the answer; run what follows a delivery; disable the intervention after a 410
        (gone)."""
        callbacks.insert_attempt(tx, row, _attempt(outcome), now=now)
        review = reviews.find_review_by_callback(tx, row["id"])
        if review is None:
            return
        if isinstance(outcome, Delivered):
            self._on_delivered(tx, review, now=now)
        elif isinstance(outcome, Rejected) and outcome.code == GONE and review["intervention_id"]:
            reason = f"{row['target']} answered 410 (gone) at {rfc3339(now)}."
            changes = {"remote_disabled_reason": reason}
            interventions.update_intervention(tx, review["intervention_id"], changes)


def _attempt(outcome: Outcome) -> Mapping[str, object]:
    """The columns of an attempt."""
    answer: Answer | None = getattr(outcome, "answer", None)
    return {
        "code": outcome.code,
        "error": None if isinstance(outcome, Delivered) else outcome.error,
        "headers": None if answer is None else json.dumps([*answer.headers]),
        "body": None if answer is None else answer.body,
        "is_whole": None if answer is None else answer.is_whole,
    }


def _request(
    job: CallbackJob, destination: Destination, addresses: Sequence[str], *, now: Microseconds
) -> pinned_http.Request:
    signed = webhooks.headers(
        job.secrets, message_id=job.id, timestamp=now // MICROSECONDS, body=job.body
    )
    headers = {"Content-Type": "application/json", "User-Agent": f"tickiti/{__version__}"}
    return pinned_http.Request(
        destination=destination,
        addresses=addresses,
        headers={**headers, **signed},
        body=job.body,
    )


def _outcome(answer: Reply, *, now: Microseconds) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Delivered(status, answer.answer)
    sentence = _short(f"It answered {status}: {answer.excerpt}".removesuffix(": "))
    if status == GONE:
        return Rejected(sentence, status, answer.answer)
    if 300 <= status < 400:
        sentence = f"It answered with a redirect ({status}), which is not followed."
        return Retry(sentence, status, answer=answer.answer)
    return Retry(
        sentence, status, answer=answer.answer, retry_after=_wait(answer.retry_after, now=now)
    )


def _wait(retry_after: str | None, *, now: Microseconds) -> int:
    """Return the seconds of a Retry-After, which is a number or a date; 0 for anything else."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return min(int(text), MOST_WAIT)
    try:
        then = parsedate_to_datetime(text[:MOST_DATE])
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        wait = then.timestamp() - now / MICROSECONDS
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(0, min(int(wait), MOST_WAIT))


def _short(text: str) -> str:
    """Shorten a text to one line, because a server may send a whole page."""
    return _CONTROLS.sub(" ", text).strip()[: pinned_http.MOST_EXCERPT]
