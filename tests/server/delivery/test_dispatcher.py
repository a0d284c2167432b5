"""The dispatcher at its end: an attempt that still runs then sends nothing."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

from tickiti_server.clock import DAY
from tickiti_server.delivery.dispatcher import Dispatcher
from tickiti_server.delivery.outcomes import Delivered, LeaseHandle, Outcome
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.outgoing import outbox

NOW = 20_000 * DAY
PATIENCE_SECONDS = 30


class SlowCarrier:
    """Another server that answers only after ours has ended."""

    delays: Sequence[int] = ()
    spread = 0.0
    patience = None
    end = "failed"

    def __init__(self) -> None:
        self.has_begun, self.may_go_on, self.has_finished = (threading.Event() for _ in range(3))
        self.was_sent = False

    def load(self, *_: object) -> object:
        return None

    def carry(self, job: object, lease: LeaseHandle) -> Outcome:  # noqa: ARG002
        self.has_begun.set()
        self.may_go_on.wait(PATIENCE_SECONDS)
        try:
            lease.mark_may_have_arrived()
            self.was_sent = True
        finally:
            self.has_finished.set()
        return Delivered()

    def settled(self, *_: object, **__: object) -> None:
        raise AssertionError("nothing was sent")


def queue_mail(tx: Transaction) -> None:
    outbox.add_lane(tx, "ordinary")
    outbox.insert_delivery(
        tx, id="one", kind="email", dedupe="one", lane="ordinary", target="t", payload=b"",
        policy="hold", mailbox_id=None, mailbox=None, subject=None, message_id=None,
        state="queued", now=NOW, done_at=None,
    )  # fmt: skip


async def stop_in_the_middle(database: Database, carrier: SlowCarrier) -> None:
    """End the dispatcher while its attempt waits, then let the attempt go on."""
    dispatcher = Dispatcher(
        database, {"email": carrier}, lease_seconds=60, drain_seconds=0.01, clock=lambda: NOW
    )
    running = asyncio.create_task(dispatcher.run())
    assert await asyncio.to_thread(carrier.has_begun.wait, PATIENCE_SECONDS)
    await dispatcher.stop()
    await running
    carrier.may_go_on.set()
    assert await asyncio.to_thread(carrier.has_finished.wait, PATIENCE_SECONDS)


def test_an_attempt_that_outlives_the_server_sends_no_dot(tmp_path: Path) -> None:
    carrier = SlowCarrier()

    async def scenario() -> str:
        prepare_database(tmp_path / "t.db")
        database = open_database(tmp_path / "t.db")
        await database.write(queue_mail)
        await stop_in_the_middle(database, carrier)
        row = await database.read(lambda tx: tx.one("SELECT phase FROM outbox", {}))
        await database.close()
        return str(row["phase"])

    phase = asyncio.run(scenario())
    assert (carrier.was_sent, phase) == (False, "pre")
