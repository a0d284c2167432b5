"""What an attempt to deliver came to, and what becomes of its row.

The rule of this file: only a definite answer of the other side moves a row out of the outbox. After
an answer that was lost the row's policy decides, not hope.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from tickiti_server.call import SECOND, Microseconds
from tickiti_server.store.database import Row, Transaction

PAUSE_SECONDS = 300
"""Soon enough after somebody has renewed a certificate, and slow enough that a wrong password does
not lock the account."""

REST_SECONDS = 60
"""After many failures in a row: long enough to spare a host that is down, and short enough that it
is found again soon."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has taken it."""

    code: int


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was taken; another attempt can succeed."""

    error: str
    code: int | None = None
    retry_after: int = 0
    """Seconds that the other side wants to be left in peace."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken."""

    error: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Barred:
    """The way is closed to every delivery of the lane: a password, a certificate."""

    error: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It may have been taken: the answer was lost."""

    error: str
    code: int | None = None


Verdict = Delivered | Later | Refused | Barred | Doubtful


class Grip(Protocol):
    """What an attempt asks of the outbox while it runs. Both raise LeaseLost: then nothing more may
    be sent."""

    def mark(self) -> None:
        """Notes durably that from here on the other side may take it."""
        ...

    def piece(self, start: int) -> bytes:
        """The payload's next bytes from `start`; none at its end."""
        ...


class LeaseLost(Exception):
    """Another worker has the row by now."""


class Carrier(Protocol):
    """How one kind of delivery is made."""

    @property
    def delays(self) -> Sequence[int]:
        """Seconds before each further attempt; after the last one there is none."""
        ...

    @property
    def spread(self) -> float:
        """By what part of itself a delay may be longer or shorter."""
        ...

    @property
    def patience(self) -> int | None:
        """Failures in a row after which a lane is left alone for a while; None: never."""
        ...

    @property
    def end(self) -> str:
        """The state of a row whose last attempt has failed."""
        ...

    def load(self, tx: Transaction, row: Row) -> object:
        """What `carry` needs, read with the claim."""
        ...

    def carry(self, parcel: object, grip: Grip) -> Verdict:
        """One attempt, in a thread of its own. Raises LeaseLost only."""
        ...

    def settled(self, tx: Transaction, row: Row, verdict: Verdict, *, now: Microseconds) -> None:
        """What else follows from a result, in the transaction that notes it."""
        ...


def settlement(
    row: Row, verdict: Verdict, *, carrier: Carrier, now: Microseconds
) -> Mapping[str, object]:
    """The columns of a row after an attempt."""
    columns: dict[str, object] = {
        "attempts": row["attempts"] + 1,
        "uncertainties": row["uncertainties"],
        "next_at": now,
        "last_code": verdict.code,
        "last_error": None if isinstance(verdict, Delivered) else verdict.error,
        "done_at": None,
    }
    match verdict:
        case Delivered():
            return {**columns, "state": "sent", "done_at": now}
        case Refused():
            return {**columns, "state": "failed", "done_at": now}
        case Later():
            wait = verdict.retry_after
            return columns | _next_attempt(row["attempts"], carrier, now, at_least=wait)
        case Barred():
            return {**columns, "state": "queued", "attempts": row["attempts"]}
        case Doubtful():
            columns["uncertainties"] = row["uncertainties"] + 1
            if row["policy"] == "hold" or row["uncertainties"]:
                return {**columns, "state": "uncertain"}
            return columns | _next_attempt(row["attempts"], carrier, now)
        case _:
            assert_never(verdict)


def _next_attempt(
    attempts: int, carrier: Carrier, now: Microseconds, *, at_least: int = 0
) -> dict[str, object]:
    if attempts >= len(carrier.delays):
        return {"state": carrier.end, "done_at": now}
    spread = random.uniform(-carrier.spread, carrier.spread)  # noqa: S311 - nobody gains by it
    seconds = max(carrier.delays[attempts] * (1 + spread), at_least)
    return {"state": "retry", "next_at": now + int(seconds * SECOND)}
