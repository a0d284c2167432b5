"""Two servers that change the same rows at once: what one has looked at, the other does not change.

Both run on databases of their own processes in the product; here two databases of one process stand
for them. A `Meeting` holds each transaction where it has looked and not yet acted, until the other
one is there too, or cannot come because it waits for a lock.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.support.postgres import connection_to
from tickiti_server.periodic.batch_loop import alone
from tickiti_server.store.access import tokens
from tickiti_server.store.files import orphans, uploads
from tickiti_server.store.helpdesk import people, perspectives, queues, tickets, watchlists
from tickiti_server.store.interface import ADMINISTRATION, Transaction
from tickiti_server.store.open import open_database
from tickiti_server.store.operations import closed
from tickiti_server.store.outgoing import (
    interventions,
    mail_retention,
    mailboxes,
    outbox,
    reviews,
)

Work = Callable[[Transaction], Any]

LOOK_SECONDS = 0.7
"""How long one waits for the other, which may wait for a lock of the first."""

ROWS = """
INSERT INTO queue (id, name, name_key) VALUES (7, 'Returns', 'returns'), (8, 'Empty', 'empty');
INSERT INTO person (id, email, email_key, role, name, created_at)
VALUES (7, 'anna@shoes.example', 'anna@shoes.example', 1, 'Anna', 0);
INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, closed_at)
SELECT n, 220000 + n, 's', 'A shoe', 1, 1, 'closed', 20, n, n, n FROM generate_series(1, 3) AS n;
INSERT INTO response (id, ticket_id, author_id, html, text, is_internal, staff_response, created_at,
                      updated_at)
SELECT n, n, 1, 'Soon.', 'Soon.', 0, 1, n, n FROM generate_series(1, 3) AS n;
INSERT INTO intervention (id, name, title, queue_id, notify_inbox_managers, create_urgent,
                          remote_timeout_seconds, remote_enabled, fields, created_at)
VALUES (7, 'discount', 'Discount', 1, 0, 0, 10, 0, '[]', 0);
INSERT INTO mailbox (id, name, address, address_key, mailbox_type, outgoing_type, created_at)
VALUES (7, 'out', 'a@b.example', 'a@b.example', 'imap', 'smtp', 0);
INSERT INTO lane (name) VALUES ('mailbox:7');
INSERT INTO watchlist (id, name, icon, shared, owner_id) VALUES (7, 'Shoes', 'red', 1, 1);
INSERT INTO api_token (id, family_id, name, secret_sha256, abilities, created_at)
VALUES (7, 7, 'shop', decode(repeat('00', 32), 'hex'), '[]', 0);
INSERT INTO file (id, sha256, file_size, complete_at, created_at) VALUES (7, 'abc', 2, 5, 5);
INSERT INTO file_piece (file_id, position, content) VALUES (7, 0, 'a'), (7, 1, 'b');
"""

REVIEW = """
INSERT INTO review (ticket_id, intervention_id, intervention, uid, response_id, data)
VALUES (1, 7, 'discount', 'u', 1, '{}')
"""

MAIL = """
INSERT INTO outbox (id, kind, dedupe, lane, target, target_key, payload, policy, mailbox_id, state,
                    next_at, created_at, done_at)
VALUES (:id, 'email', :id, 'mailbox:7', 'm@b.example', 'm@b.example', '', 'hold', 7, :state, 0, 0,
        1)
"""


@pytest.fixture
def stocked(url: str) -> str:
    """A database with a few rows of each kind."""
    with connection_to(url) as connection:
        connection.execute(ROWS)
    return url


class Meeting:
    """Where two transactions wait for each other."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)

    def __call__(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._barrier.wait(LOOK_SECONDS)


def both(url: str, *works: Work) -> list[Any]:
    """The results of two transactions of two servers that begin at once."""

    async def whole() -> list[Any]:
        databases = [open_database(url) for _ in works]
        try:
            for database in databases:  # a first connection takes a moment
                await database.write(lambda _: None)
            writes = [database.write(work) for database, work in zip(databases, works, strict=True)]
            return await asyncio.gather(*writes)
        finally:
            for database in databases:
                await database.close()

    return asyncio.run(whole())


def after(url: str, first: Work, second: Work) -> Any:
    """The result of a transaction that begins while another one has done its work and not yet
    committed."""
    is_done = threading.Event()

    def hold(tx: Transaction) -> None:
        first(tx)
        is_done.set()
        time.sleep(LOOK_SECONDS)

    def follow(tx: Transaction) -> Any:
        is_done.wait(20)
        return second(tx)

    return both(url, hold, follow)[1]


def value(url: str, sql: str) -> Any:
    with connection_to(url) as connection:
        return connection.execute(sql).fetchone()[0]


def test_a_ticket_that_another_writer_moves_and_assigns_is_found_as_it_is_then(
    stocked: str,
) -> None:
    def move(tx: Transaction) -> None:
        assert tickets.find_ticket(tx, 220001)
        tickets.update_ticket(tx, 1, {"queue_id": 7, "assigned_to": 7}, now=9)

    row = after(stocked, move, lambda tx: tickets.find_ticket(tx, 220001))
    assert (row["queue_name"], row["assigned_to_email"]) == ("Returns", "anna@shoes.example")


def test_of_two_answers_one_reopens_a_ticket(stocked: str) -> None:
    meet = Meeting()

    def answer(tx: Transaction) -> bool:
        row = tickets.find_ticket(tx, 220001)
        assert row is not None
        meet()
        if row["status"] == "closed":
            tickets.update_ticket(tx, 1, {"status": "open"}, now=9)
        return bool(row["status"] == "closed")

    assert sorted(both(stocked, answer, answer)) == [False, True]


def test_of_two_decisions_the_second_finds_the_first_with_its_answer(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute(REVIEW)
    meet = Meeting()

    def decide(tx: Transaction) -> Any:
        found = reviews.find_review(tx, 1)
        assert found is not None
        meet()
        if found["decided_at"] is None:
            reviews.store_decision(
                tx, 1, now=9, person_id=7, decision="{}", answer_id=2, callback_id=None,
                final_html=None,
            )  # fmt: skip
            return "decided"
        return found["decided_by_email"], found["answer_html"]

    results = both(stocked, decide, decide)
    assert sorted(map(str, results)) == ["('anna@shoes.example', 'Soon.')", "decided"]


def test_a_token_has_one_successor(stocked: str) -> None:
    meet = Meeting()

    def rotate(tx: Transaction) -> bool:
        row = tokens.find_token(tx, 7)
        assert row is not None
        meet()
        if row["overlap_until"] is not None:
            return False
        tokens.insert_token(
            tx, family_id=7, name="shop", secret_sha256=bytes(32), abilities="[]",
            person_id=None, created_at=1, expires_at=None, allowed_ip=None,
        )  # fmt: skip
        tokens.set_overlap(tx, 7, until=5)
        return True

    assert sorted(both(stocked, rotate, rotate)) == [False, True]


def test_a_dead_token_is_pruned_once(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute("UPDATE api_token SET revoked_at = 1")
    meet = Meeting()

    def prune(tx: Transaction) -> int:
        found = tokens.list_dead_tokens(tx, 2)
        meet()
        for row in found:
            tokens.delete_token(tx, row["id"])
        return len(found)

    assert sorted(both(stocked, prune, prune)) == [0, 1]


def test_an_address_gets_one_person(url: str) -> None:
    meet = Meeting()

    def add(tx: Transaction) -> int:
        assert people.find_person(tx, "new@shoes.example") is None
        meet()
        return int(people.find_or_add_person(tx, "New@shoes.example", now=1)["id"])

    first, second = both(url, add, add)
    assert first == second


def test_a_queue_that_gets_a_ticket_meanwhile_is_not_deleted(stocked: str) -> None:
    has_counted, has_created = threading.Event(), threading.Event()
    counted: list[int] = []

    def delete(tx: Transaction) -> None:
        counted.append(queues.count_tickets(tx, 8))
        has_counted.set()
        has_created.wait(20)
        if not counted[-1]:
            queues.delete_queue(tx, 8)

    def create(tx: Transaction) -> None:
        has_counted.wait(20)
        tickets.insert_ticket(
            tx, number=300_000, secure_id="s", subject="s", queue_id=8, originator_id=1,
            priority=20, now=1, operation_id=None,
        )  # fmt: skip
        has_created.set()

    both(stocked, delete, create)
    assert counted == [0, 1]
    assert value(stocked, "SELECT count(*) FROM queue WHERE id = 8") == 1


def test_an_intervention_that_is_asked_meanwhile_is_not_deleted(stocked: str) -> None:
    def delete(tx: Transaction) -> int:
        interventions.lock_intervention(tx, 7)
        undecided = reviews.count_undecided(tx, 7)
        if not undecided:
            interventions.delete_intervention(tx, 7)
        return undecided

    def ask(tx: Transaction) -> None:
        tx.execute("UPDATE ticket SET status = 'open' WHERE id = 1")
        tx.execute(REVIEW)

    assert after(stocked, ask, delete) == 1


def test_a_mailbox_that_gets_a_mail_meanwhile_is_not_deleted(stocked: str) -> None:
    def delete(tx: Transaction) -> int:
        mailboxes.lock_mailbox(tx, 7)
        waiting = outbox.list_waiting_ids(tx, "mailbox:7")
        if not waiting:
            mailboxes.delete_mailbox(tx, 7)
        return len(waiting)

    def send(tx: Transaction) -> None:
        tx.execute(MAIL, {"id": "m1", "state": "queued"})

    assert after(stocked, send, delete) == 1


def test_of_two_new_secrets_one_is_current(stocked: str) -> None:
    meet = Meeting()

    def replace(secret: str) -> Work:
        def work(tx: Transaction) -> None:
            meet()
            interventions.replace_secret(tx, 7, remote_name="shop", secret=secret, now=1, until=5)

        return work

    both(stocked, replace("one"), replace("two"))
    current = "SELECT count(*) FROM intervention_secret WHERE valid_until IS NULL"
    assert value(stocked, current) == 1
    assert value(stocked, "SELECT count(*) FROM intervention_secret") == 2


def test_tickets_of_a_watchlist_have_places_of_their_own(stocked: str) -> None:
    meet = Meeting()

    def add(ticket_id: int) -> Work:
        def work(tx: Transaction) -> None:
            assert watchlists.find_watchlist(tx, 7, 1)
            watchlists.add_ticket(tx, 7, ticket_id)
            meet()

        return work

    both(stocked, add(1), add(2))
    assert value(stocked, "SELECT count(DISTINCT position) FROM watchlist_ticket") == 2


def test_a_name_is_looked_for_and_taken_under_one_lock(url: str) -> None:
    """Perspectives are compared without case, which no constraint does."""
    meet = Meeting()

    def add(name: str) -> Work:
        def work(tx: Transaction) -> bool:
            tx.lock(ADMINISTRATION)
            is_taken = perspectives.is_name_taken(tx, name, shared=True, owner_id=1, but=0)
            meet()
            if not is_taken:
                perspectives.insert_perspective(
                    tx, name=name, description="", shared=1, owner_id=1, display_mode="list",
                    show_in_crm=0, conditions="[]", orders="[]",
                )  # fmt: skip
            return is_taken

        return work

    assert sorted(both(url, add("Late"), add("LATE"))) == [False, True]


def test_a_delivery_is_claimed_by_one_worker(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute(MAIL.replace(":id", "'m1'").replace(":state", "'queued'"))
    meet = Meeting()

    def claim(tx: Transaction) -> bool:
        meet()
        row = outbox.claim_delivery(tx, "mailbox:7", now=5, until=9)
        meet()
        return row is not None

    assert sorted(both(stocked, claim, claim)) == [False, True]


def test_a_lane_is_served_by_one_worker_at_a_time(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute(MAIL.replace(":id", "'m1'").replace(":state", "'queued'"))
    meet = Meeting()

    def look(tx: Transaction) -> int:
        found = outbox.list_ready_lanes(tx, now=5, closed=[], full=[], most=9)
        meet()
        return len(found)

    assert sorted(both(stocked, look, look)) == [0, 1]


def test_a_delivery_is_released_once(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute(MAIL.replace(":id", "'m1'").replace(":state", "'failed'"))
    meet = Meeting()

    def release(tx: Transaction) -> str:
        row = outbox.find_delivery(tx, "m1")
        assert row is not None
        meet()
        if row["state"] == "failed":
            outbox.release_delivery(tx, row["seq"], now=5)
        return str(row["state"])

    assert sorted(both(stocked, release, release)) == ["failed", "queued"]


def test_old_mail_that_is_made_due_again_meanwhile_is_kept(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute(MAIL.replace(":id", "'m1'").replace(":state", "'sent'"))

    def purge(tx: Transaction) -> int:
        return mail_retention.delete_old_mail(tx, before=5, most=9)

    assert after(stocked, lambda tx: outbox.release_delivery(tx, 1, now=5), purge) == 0
    assert value(stocked, "SELECT state FROM outbox") == "queued"


def test_a_closed_ticket_that_is_answered_meanwhile_is_kept(stocked: str) -> None:
    def answer(tx: Transaction) -> None:
        assert tickets.find_ticket(tx, 220001)
        tickets.update_ticket(tx, 1, {"status": "open"}, now=10**15)

    purge = after(stocked, answer, lambda tx: closed.delete_closed_tickets(tx, before=10**14))
    assert purge == 1
    assert value(stocked, "SELECT array_agg(id ORDER BY id)::TEXT FROM ticket") == "{1,3}"


def test_a_file_that_is_attached_meanwhile_is_kept(stocked: str) -> None:
    attach = """
    INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content,
                            file_id)
    VALUES (1, 'a', 'b', 1, 'abc', 0, '', 7)
    """

    def add(tx: Transaction) -> None:
        assert uploads.find_file(tx, "abc")
        tx.execute(attach)

    after(stocked, add, lambda tx: orphans.forget(tx, 7, 9, most=1))
    assert value(stocked, "SELECT complete_at FROM file") == 5
    with connection_to(stocked) as connection:
        connection.execute("DELETE FROM attachment")
    after(stocked, add, lambda tx: orphans.retire_all(tx, 9))
    assert value(stocked, "SELECT complete_at FROM file") == 5


def test_a_file_that_is_forgotten_meanwhile_is_not_attached(stocked: str) -> None:
    found = after(
        stocked,
        lambda tx: orphans.forget(tx, 7, 9, most=1),
        lambda tx: uploads.find_file(tx, "abc"),
    )
    assert found is None


def test_a_hold_is_ended_by_one_server(stocked: str) -> None:
    with connection_to(stocked) as connection:
        connection.execute("UPDATE ticket SET status = 'on-hold', on_hold_until = '2026-01-01'")
    meet = Meeting()

    def reopen(tx: Transaction) -> list[int]:
        found = [row["id"] for row in tickets.list_due_holds(tx, until="2026-01-02", most=9)]
        meet()
        for ticket_id in found:
            tickets.update_ticket(tx, ticket_id, {"status": "open"}, now=9)
        return found

    first, second = both(stocked, reopen, reopen)
    assert Counter(first + second) == {1: 1, 2: 1, 3: 1}


def test_a_periodic_job_runs_in_one_transaction_at_a_time(url: str) -> None:
    meet = Meeting()

    def work(tx: Transaction) -> str:
        del tx
        meet()
        return "done"

    results = both(url, *[alone("purge", work, otherwise="left")] * 2)
    assert sorted(results) == ["done", "left"]
    assert both(url, alone("purge", work, otherwise="left")) == ["done"]
