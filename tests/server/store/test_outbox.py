"""Leases of the outbox: a delivery whose worker died is repeated as often as its policy allows."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.outgoing import outbox

LANE = "mailbox:1"
LOST = "The reply was lost."


def insert(tx: Transaction, *, policy: str) -> None:
    outbox.insert_delivery(
        tx, id="mail_1", kind="email", dedupe="send_email:1:1", lane=LANE, target="a@b.example",
        payload=b"", policy=policy, mailbox_id=None, mailbox=None, subject=None, message_id=None,
        state="queued", now=0, done_at=None,
    )  # fmt: skip


def die(tx: Transaction, *, now: int, may_have_arrived: bool) -> Row | None:
    """Claim the delivery as a worker that ends before or after the final dot; then reclaim it."""
    row = outbox.claim_delivery(tx, LANE, now=now, until=now + 1)
    assert row is not None
    if may_have_arrived:
        lease = {"seq": row["seq"], "lease_token": row["lease_token"]}
        assert outbox.mark_may_have_arrived(tx, **lease, until=now + 1)
    assert outbox.reclaim_expired(tx, now=now + 2, lost=LOST) == 1
    return outbox.find_delivery(tx, "mail_1")


def states(path: Path, policy: str, deaths: list[bool]) -> list[tuple[str, int, Any]]:
    """The state, the uncertainties and the last error after each death of a worker."""

    async def scenario() -> list[tuple[str, int, Any]]:
        prepare_database(path)
        database = open_database(path)
        try:
            await database.write(lambda tx: insert(tx, policy=policy))
            found = []
            for number, may_have_arrived in enumerate(deaths):
                row = await database.write(
                    lambda tx, n=number, m=may_have_arrived: die(tx, now=10 * n, may_have_arrived=m)
                )
                found.append((row["state"], row["uncertainties"], row["last_error"]))
            return found
        finally:
            await database.close()

    return asyncio.run(scenario())


def test_a_resend_once_mail_is_uncertain_after_a_second_lost_reply(tmp_path: Path) -> None:
    assert states(tmp_path / "t.db", "resend-once", [True, True]) == [
        ("queued", 1, LOST),
        ("uncertain", 2, LOST),
    ]


def test_a_hold_mail_is_uncertain_after_the_first_lost_reply(tmp_path: Path) -> None:
    assert states(tmp_path / "t.db", "hold", [True]) == [("uncertain", 1, LOST)]


@pytest.mark.parametrize("policy", ["hold", "resend-once"])
def test_a_worker_that_dies_before_the_dot_leaves_its_mail_due(tmp_path: Path, policy: str) -> None:
    deaths = [False, False, False]
    assert states(tmp_path / "t.db", policy, deaths) == 3 * [("queued", 0, None)]
