"""The outcomes of a delivery attempt, and the state of the row after each.

Rule: only a definite answer of the other server ends a delivery. After a lost answer, the policy of
the row decides.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, assert_never

from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.store.interface import Row, Transaction

PAUSE_SECONDS = 300
"""The pause of a blocked lane. A renewed certificate is found soon, and a wrong password is not
tried so often that the account is locked."""

REST_SECONDS = 60
"""The pause after many failures in a row: a host that is down is spared, and its return is found
soon."""


class Answer(NamedTuple):
    """The beginning of what the other server answered."""

    headers: Sequence[tuple[str, str]]
    body: bytes
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other server has accepted the delivery."""

    code: int
    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """The other server accepted nothing; another attempt can succeed."""

    error: str
    code: int | None = None
    retry_after: int = 0
    """Seconds that the other server asks to wait."""

    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """The other server will never accept the delivery."""

    error: str
    code: int | None = None
    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Every delivery of the lane is blocked, by a wrong password or certificate for example."""

    error: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The answer was lost, and the other server may have accepted the delivery."""

    error: str
    code: int | None = None


Outcome = Delivered | Retry | Rejected | Blocked | Uncertain


class LeaseHandle(Protocol):
    """The operations on the outbox that an attempt uses while it runs.

    Both methods raise LeaseLost; then nothing more may be sent.
    """

    def mark_may_have_arrived(self) -> None:
        """Store that the other server may accept the delivery from now on."""
        ...

    def read_piece(self, start: int) -> bytes:
        """Return bytes of the payload from the offset `start`, or none at its end."""
        ...


class LeaseLost(Exception):
    """The lease of the row has expired or was taken back."""


class Carrier(Protocol):
    """Makes the deliveries of one kind."""

    @property
    def delays(self) -> Sequence[int]:
        """Seconds before each further attempt; the delivery ends after the last."""
        ...

    @property
    def spread(self) -> float:
        """The random part of a delay, in both directions."""
        ...

    @property
    def patience(self) -> int | None:
        """Failures in a row after which a lane is paused; None if it is never paused."""
        ...

    @property
    def end(self) -> str:
        """The state of a row after its last attempt has failed."""
        ...

    def load(self, tx: Transaction, row: Row) -> object:
        """Read the job of `carry` in the transaction of the claim."""
        ...

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:
        """Make one attempt in a thread of its own. Raises LeaseLost only."""
        ...

    def settled(self, tx: Transaction, row: Row, outcome: Outcome, *, now: Microseconds) -> None:
        """Run further effects of an outcome in the transaction that stores the outcome."""
        ...


def settlement(
    row: Row, outcome: Outcome, *, carrier: Carrier, now: Microseconds
) -> Mapping[str, object]:
    """Return the columns of a row after an attempt."""
    columns: dict[str, object] = {
        "attempts": row["attempts"] + 1,
        "uncertainties": row["uncertainties"],
        "next_at": now,
        "last_code": outcome.code,
        "last_error": None if isinstance(outcome, Delivered) else outcome.error,
        "done_at": None,
    }
    match outcome:
        case Delivered():
            return {**columns, "state": "sent", "done_at": now}
        case Rejected():
            return {**columns, "state": "failed", "done_at": now}
        case Retry():
            wait = outcome.retry_after
            return columns | _next_attempt(row["attempts"], carrier, now, at_least=wait)
        case Blocked():
            return {**columns, "state": "queued", "attempts": row["attempts"]}
        case Uncertain():
            columns["uncertainties"] = row["uncertainties"] + 1
            if row["policy"] == "hold" or row["uncertainties"]:
                return {**columns, "state": "uncertain"}
            return columns | _next_attempt(row["attempts"], carrier, now)
        case _:
            assert_never(outcome)


def _next_attempt(
    attempts: int, carrier: Carrier, now: Microseconds, *, at_least: int = 0
) -> dict[str, object]:
    if attempts >= len(carrier.delays):
        return {"state": carrier.end, "done_at": now}
    spread = random.uniform(-carrier.spread, carrier.spread)  # noqa: S311 - nobody gains by it
    seconds = max(carrier.delays[attempts] * (1 + spread), at_least)
    return {"state": "retry", "next_at": now + int(seconds * SECOND)}
