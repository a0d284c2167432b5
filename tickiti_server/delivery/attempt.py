"""One attempt to deliver a row of the outbox."""

import asyncio
from dataclasses import dataclass

from tickiti_server.delivery.outcomes import Carrier, LeaseLost, Outcome
from tickiti_server.delivery.slots import Lane
from tickiti_server.store.interface import Row


@dataclass(slots=True)
class Attempt:
    """One attempt to deliver a row."""

    row: Row
    lane: Lane
    carrier: Carrier
    job: object
    may_have_arrived: bool = False
    is_abandoned: bool = False
    """True once the row belongs to another delivery, or to none."""

    @property
    def lease(self) -> dict[str, int]:
        return {"seq": self.row["seq"], "lease_token": self.row["lease_token"]}


def resolve_future(future: "asyncio.Future[Outcome]", outcome: Outcome | LeaseLost) -> None:
    """Give the outcome to the waiting task, unless that has gone."""
    if future.done():
        return
    if isinstance(outcome, LeaseLost):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
