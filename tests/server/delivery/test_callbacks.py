"""Callbacks reach a real HTTP server: signed, at least once, and only at permitted destinations."""

import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.receiver import Receiver
from tests.support.replies import code_of
from tests.support.shop import FIELDS, Shop, told
from tests.support.stage import answer, data_of
from tickiti_cli.contract import webhooks
from tickiti_server import crash_points
from tickiti_server.clock import DAY, wall_clock

PURGE = "/api/v1/administration/storage/delete-closed"
FINAL = (False, "<p>Marcus: 99.5, true</p>")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    found = Shop(tmp_path_factory.mktemp("shop"))
    found.furnish("http://127.0.0.1:1/")
    yield found
    assert found.end() == 0
    assert "Traceback" not in found.log
    assert "whsec_" not in found.log


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Shop]:
    """A server of one test, which may kill it. It is not furnished yet."""
    found = Shop(tmp_path)
    yield found
    found.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def called(shop: Shop, receiver: Receiver) -> Iterator[Receiver]:
    """The receiver that the shop calls back. Afterwards nothing waits for the next test."""
    shop.change(remote_epilog_url=receiver.url, remote_enabled=True, remote_timeout_seconds=10)
    yield receiver
    shop.finish(receiver)


def test_decision_is_called_back_signed(shop: Shop, called: Receiver) -> None:
    number = shop.ask("order-4711")
    callback_id = shop.decide(number)
    row = shop.settled(callback_id, "sent", "retry", "failed")
    assert (row["state"], row["attempts"], row["last_code"], row["last_error"]) == (
        "sent", 1, 204, None,
    )  # fmt: skip
    (arrived,) = called.arrived
    assert (arrived.path, arrived.body) == ("/decided", row["body"].encode())
    shown = json.loads(arrived.body)
    ticket_id, response_id = shown["ticket_id"], shown["response_id"]
    assert shown == {
        "intervention": "discount_request", "uid": "order-4711", "ticket_id": ticket_id,
        "ticket_number": number, "response_id": response_id,
        "data": {"customer": "Marcus", "price": 99.5, "accept": True},
    }  # fmt: skip
    assert arrived.headers["webhook-id"] == callback_id
    assert arrived.headers["host"] == called.host
    assert arrived.headers["content-type"] == "application/json"
    verify(shop.secret, called)
    assert shop.responses(number)[2:] == [FINAL]


def verify(secret: str, receiver: Receiver, at: int = -1) -> None:
    headers = receiver.arrived[at].headers
    webhooks.verify(
        secret,
        message_id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signature=headers["webhook-signature"],
        body=receiver.arrived[at].body,
        now=time.time(),
    )


def test_both_secrets_sign_during_a_replacement(shop: Shop, called: Receiver) -> None:
    old = shop.secret
    new = shop.renew_secret()
    shop.settled(shop.asked_and_decided(), "sent")
    verify(old, called)
    verify(new, called)
    newest = shop.renew_secret()
    shop.settled(shop.asked_and_decided(), "sent")
    verify(new, called)
    verify(newest, called)
    with pytest.raises(webhooks.NotGenuine):
        verify(old, called)


@pytest.mark.parametrize("status", [200, 299])
def test_reply_2xx_settles_a_callback(shop: Shop, called: Receiver, status: int) -> None:
    called.status, called.body = status, b"" if status == 204 else b"thanks"
    assert shop.settled(shop.asked_and_decided(), "sent")["last_code"] == status


@pytest.mark.parametrize("status", [404, 500])
def test_reply_other_than_2xx_is_retried_by_the_schedule(
    shop: Shop, called: Receiver, status: int
) -> None:
    called.status, called.body = status, b"not\nnow"
    number = shop.ask()
    callback_id = shop.decide(number)
    row = shop.settled(callback_id, "retry")
    assert (row["attempts"], row["last_code"]) == (1, status)
    assert row["last_error"] == f"It answered {status}: not now"
    assert wait_of(row) <= timedelta(seconds=6)
    assert FINAL not in shop.responses(number)
    called.status, called.body = 204, b""
    shop.resend(callback_id)
    shop.settled(callback_id, "sent")
    first, second = called.arrived
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert shop.responses(number).count(FINAL) == 1


def purged(shop: Shop, number: int) -> bool:
    """Whether a closed ticket is purged that nobody has touched for two days."""
    answer(shop, "/_tickiti/tickets/act", {"ticket_number": number, "close": True})
    shop.ask()  # the newest ticket and response are never purged
    sql = "UPDATE ticket SET closed_at = :at, updated_at = :at WHERE number = :number"
    shop.execute(sql, {"at": wall_clock() - 2 * DAY, "number": number})
    deleted: int = answer(shop, PURGE, {"older_than_days": 1})["deleted"]
    return bool(deleted)


def test_the_final_comment_of_a_merged_ticket_is_on_the_survivor(
    shop: Shop, called: Receiver
) -> None:
    called.status = 500
    older, newer = shop.ask(), shop.ask()
    callback_id = shop.decide(newer)
    shop.settled(callback_id, "retry")
    merged = {"ticket_number": older, "other_ticket_number": newer}
    data_of(shop, "/api/v1/tickets/merge", merged)
    called.status = 204
    for _ in range(2):
        shop.resend(callback_id)
        shop.settled(callback_id, "sent")
    assert shop.responses(older).count(FINAL) == 1
    assert purged(shop, older)


def test_a_closed_ticket_is_kept_until_its_callback_is_delivered(
    shop: Shop, called: Receiver
) -> None:
    called.status = 500
    number = shop.ask()
    callback_id = shop.decide(number)
    shop.settled(callback_id, "retry")
    assert not purged(shop, number)
    called.status = 204
    shop.resend(callback_id)
    assert shop.settled(callback_id, "sent", "failed")["state"] == "sent"
    assert purged(shop, number)


def wait_of(row: Any) -> timedelta:
    return datetime.fromisoformat(row["next_at"]) - datetime.now(UTC)


def test_retry_after_is_honoured(shop: Shop, called: Receiver) -> None:
    called.status, called.headers["Retry-After"] = 429, "3600"
    row = shop.settled(shop.asked_and_decided(), "retry")
    assert timedelta(minutes=58) < wait_of(row) <= timedelta(hours=1)


def test_redirect_is_not_followed(shop: Shop, called: Receiver) -> None:
    with Receiver() as elsewhere:
        called.status, called.headers["Location"] = 307, elsewhere.url
        row = shop.settled(shop.asked_and_decided(), "retry")
        assert row["last_error"] == "It answered with a redirect (307), which is not followed."
        assert (len(called.arrived), elsewhere.arrived) == (1, [])


def test_intervention_can_shorten_the_timeout(shop: Shop, called: Receiver) -> None:
    shop.change(remote_timeout_seconds=1)
    called.gate.clear()
    row = shop.settled(shop.asked_and_decided(), "retry")
    assert row["last_error"] == f"{called.host} has not answered within 1 s."


def test_reply_410_disables_the_intervention(shop: Shop, called: Receiver) -> None:
    called.status = 410
    number = shop.ask()
    callback_id = shop.decide(number)
    row = shop.settled(callback_id, "failed")
    assert (row["attempts"], row["last_code"], row["next_at"]) == (1, 410, None)
    reason = shop.intervention["remote_disabled_reason"]
    assert reason.startswith(f"{called.url} answered 410 (gone) at ")
    later = shop.settled(shop.asked_and_decided(), "failed")
    assert (later["last_error"], len(called.arrived)) == (reason, 1)
    shop.change(remote_enabled=True)
    assert shop.intervention["remote_disabled_reason"] is None
    called.status = 204
    for gone in (callback_id, later["id"]):
        shop.resend(gone)
        shop.settled(gone, "sent")
    assert shop.responses(number).count(FINAL) == 1


def test_new_address_gets_the_waiting_callbacks(shop: Shop, called: Receiver) -> None:
    shop.change(remote_epilog_url="http://127.0.0.1:1/nobody")
    callback_id = shop.asked_and_decided()
    row = shop.settled(callback_id, "retry")
    assert row["last_error"] == "127.0.0.1:1 cannot be reached: Connection refused."
    shop.change(remote_epilog_url=called.url)
    row = shop.settled(callback_id, "sent")
    assert (row["url"], told(called)["uid"]) == (called.url, row["uid"])


def test_delivered_callback_can_be_resent(shop: Shop, called: Receiver) -> None:
    number = shop.ask()
    callback_id = shop.decide(number)
    shop.settled(callback_id, "sent")
    shop.resend(callback_id)
    called.wait_until(2)
    shop.settled(callback_id, "sent")
    first, second = called.arrived
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert shop.responses(number).count(FINAL) == 1


def test_host_gets_two_callbacks_at_once_and_delays_no_other(shop: Shop, called: Receiver) -> None:
    called.gate.clear()
    stuck = [shop.asked_and_decided() for _ in range(4)]
    called.wait_until(2)
    with Receiver() as other:
        shop.change(remote_epilog_url=other.url)
        shop.settled(shop.asked_and_decided(), "sent")
        called.gate.set()
        for callback_id in stuck:
            shop.settled(callback_id, "sent")
        # Those that had not begun went to the new address.
        assert (len(called.arrived), len(other.arrived)) == (2, 3)


def test_failing_host_is_paused(alone: Shop) -> None:
    with Receiver() as receiver:
        alone.furnish(receiver.url)
        receiver.status = 500
        for _ in range(5):
            alone.settled(alone.asked_and_decided(), "retry")
        waiting = alone.asked_and_decided()
        row = alone.callback(waiting)
        resting = "Its host failed several times in a row, and is left alone for a minute."
        assert (row["state"], row["attempts"], row["last_error"]) == ("queued", 0, resting)
        receiver.status = 204
        alone.resend(waiting)
        alone.settled(waiting, "sent")
        assert len(receiver.arrived) == 6
        assert alone.end() == 0


@pytest.mark.parametrize("label", ["cb.sent", "cb.reply_read"])
def test_kill_after_the_claim_delivers_the_callback_again(
    alone: Shop, receiver: Receiver, label: str
) -> None:
    alone.environment[crash_points.VARIABLE] = label
    alone.furnish(receiver.url)
    number = alone.ask()
    callback_id = alone.decide(number)
    assert alone.process.wait(timeout=20) == -signal.SIGKILL
    receiver.wait_until()
    del alone.environment[crash_points.VARIABLE]
    alone.open()
    assert alone.settled(callback_id, "sent")["attempts"] == 1
    assert len(receiver.arrived) == 2
    assert {one.headers["webhook-id"] for one in receiver.arrived} == {callback_id}
    assert len({one.body for one in receiver.arrived}) == 1
    assert alone.responses(number).count(FINAL) == 1
    assert alone.end() == 0


@pytest.mark.faults
def test_lost_reply_delivers_again_under_the_same_id(shop: Shop, called: Receiver) -> None:
    called.answer = lambda connection: connection.close()
    callback_id = shop.asked_and_decided()
    row = shop.settled(callback_id, "retry")
    assert row["last_error"] == f"{called.host} has not answered to the end of a reply."
    called.answer = None
    called.wait_until(2)  # the schedule's second attempt comes by itself, after some five seconds
    shop.settled(callback_id, "sent")
    assert {one.headers["webhook-id"] for one in called.arrived} == {callback_id}
    assert len({one.body for one in called.arrived}) == 1


@pytest.mark.faults
def test_worker_without_its_lease_settles_nothing(alone: Shop, receiver: Receiver) -> None:
    alone.furnish(receiver.url)
    receiver.gate.clear()
    number = alone.ask()
    callback_id = alone.decide(number)
    receiver.wait_until()
    alone.process.send_signal(signal.SIGSTOP)
    time.sleep(2.5)  # longer than the lease
    receiver.gate.set()
    alone.process.send_signal(signal.SIGCONT)
    alone.settled(callback_id, "sent")
    assert {one.headers["webhook-id"] for one in receiver.arrived} == {callback_id}
    assert alone.responses(number).count(FINAL) == 1
    assert alone.end() == 0


def test_callbacks_are_listed_by_state_intervention_and_ticket(
    shop: Shop, called: Receiver
) -> None:
    number = shop.ask("to-be-listed")
    callback_id = shop.decide(number)
    row = shop.settled(callback_id, "sent")
    del row["body"], row["history"]
    wanted = {"ticket_number": number, "state": "sent", "intervention": "discount_request"}
    data = json.loads(shop.post("/_tickiti/callbacks", wanted)[2])["data"]
    assert data == {
        "callbacks": [row], "next_cursor": None, "total": 1, "total_is_exact": True,
    }  # fmt: skip
    for nothing in ({"ticket_number": number + 99}, {"intervention": "x"}):
        body = {**wanted, **nothing}
        assert json.loads(shop.post("/_tickiti/callbacks", body)[2])["data"]["callbacks"] == []
    first = json.loads(shop.post("/_tickiti/callbacks", {"limit": 1})[2])["data"]
    assert first["callbacks"][0]["id"] == callback_id
    second = {"limit": 1, "cursor": first["next_cursor"]}
    assert json.loads(shop.post("/_tickiti/callbacks", second)[2])["data"]["callbacks"] != []
    mails = json.loads(shop.post("/_tickiti/outbox", {})[2])["data"]["outbox"]
    assert mails == []
    for path in ("callbacks/show", "callbacks/resend", "outbox/show", "outbox/release"):
        wrong = {"id": callback_id if path.startswith("outbox") else "msg_none"}
        assert code_of(shop.post(f"/_tickiti/{path}", wrong)) == (404, "not_found"), path


def test_waiting_callback_keeps_the_body_of_its_decision(shop: Shop, called: Receiver) -> None:
    """Neither the intervention's new name nor its new form reaches what is on its way."""
    called.status = 500
    callback_id = shop.asked_and_decided()
    before = shop.settled(callback_id, "retry")["body"]
    shop.change(name="renamed", fields=[])
    called.status = 204
    shop.resend(callback_id)
    assert shop.settled(callback_id, "sent")["body"] == before
    assert [one.body.decode() for one in called.arrived] == [before, before]
    shop.change(name="discount_request", fields=FIELDS)
