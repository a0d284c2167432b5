"""What a webhook's receiver answered is kept, and a webhook can be sent without a ticket."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.receiver import Receiver
from tests.support.shop import Shop, told
from tests.support.stage import data_of
from tests.support.waiting import wait_until
from tickiti_cli.contract import webhooks
from tickiti_server.delivery.callback.pinned_http import MOST_BODY
from tickiti_server.store.outgoing.callbacks import MOST_ATTEMPTS

TRIGGER = "/_tickiti/callbacks/trigger"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    found = Shop(tmp_path_factory.mktemp("answers"))
    found.furnish("http://127.0.0.1:1/")
    yield found
    assert found.end() == 0


@pytest.fixture
def receiver(shop: Shop) -> Iterator[Receiver]:
    with Receiver() as found:
        shop.change(remote_epilog_url=found.url, remote_enabled=True)
        yield found
        shop.finish(found)


def triggered(shop: Shop, **members: Any) -> str:
    body = {"intervention": "discount_request", **members}
    sent: str = data_of(shop, TRIGGER, body)["id"]
    return sent


def test_every_attempt_keeps_its_answer(shop: Shop, receiver: Receiver) -> None:
    receiver.status, receiver.body = 500, b"no disk"
    receiver.headers = {"X-Why": "full"}
    callback_id = shop.asked_and_decided()
    shop.settled(callback_id, "retry")
    receiver.status, receiver.body = 200, "für den Laden".encode()
    shop.resend(callback_id)
    first, second = shop.settled(callback_id, "sent")["history"]
    assert (first["code"], first["reply_body"], first["error"]) == (
        500, "no disk", "It answered 500: no disk"
    )  # fmt: skip
    assert dict(first["reply_headers"])["X-Why"] == "full"
    assert (second["code"], second["reply_body"], second["error"]) == (200, "für den Laden", None)
    assert first["reply_is_whole"]
    assert first["url"] == receiver.url


def test_an_answer_is_kept_up_to_its_limit(shop: Shop, receiver: Receiver) -> None:
    receiver.status, receiver.body = 200, b"x" * (MOST_BODY + 1)
    (attempt,) = shop.settled(shop.asked_and_decided(), "sent")["history"]
    assert (len(attempt["reply_body"]), attempt["reply_is_whole"]) == (MOST_BODY, False)
    receiver.body = b"x" * MOST_BODY
    (attempt,) = shop.settled(shop.asked_and_decided(), "sent")["history"]
    assert (len(attempt["reply_body"]), attempt["reply_is_whole"]) == (MOST_BODY, True)


def test_a_truncated_answer_body_does_not_fail_a_delivery(shop: Shop, receiver: Receiver) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_RDWR)

    receiver.answer = cut
    row = shop.settled(shop.asked_and_decided(), "sent", "retry")
    (attempt,) = row["history"]
    assert (row["state"], attempt["reply_body"], attempt["reply_is_whole"]) == (
        "sent", "half", False
    )  # fmt: skip


def test_an_attempt_without_an_answer_has_none(shop: Shop, receiver: Receiver) -> None:
    receiver.answer = lambda connection: connection.shutdown(socket.SHUT_RDWR)
    (attempt,) = shop.settled(shop.asked_and_decided(), "retry")["history"]
    assert (attempt["code"], attempt["reply_body"], attempt["reply_headers"]) == (None, None, None)
    assert "has not answered" in attempt["error"]


def test_the_oldest_answers_are_forgotten(shop: Shop, receiver: Receiver) -> None:
    receiver.status = 200
    callback_id = triggered(shop)
    for number in range(1, MOST_ATTEMPTS + 2):
        wait_until(lambda at=number: len(receiver.arrived) == at)  # type: ignore[misc]
        shop.settled(callback_id, "sent")
        receiver.body = b"%d" % (number + 1)
        shop.resend(callback_id)
    wait_until(lambda: len(receiver.arrived) == MOST_ATTEMPTS + 2)
    history = shop.settled(callback_id, "sent")["history"]
    assert [attempt["reply_body"] for attempt in history] == [
        str(number) for number in range(3, MOST_ATTEMPTS + 3)
    ]


def test_a_triggered_webhook_is_signed_and_names_no_ticket(shop: Shop, receiver: Receiver) -> None:
    before = shop.value("SELECT count(*) FROM ticket")
    callback_id = triggered(shop, data={"price": 89.9}, uid="by-hand")
    row = shop.settled(callback_id, "sent")
    assert told(receiver) == {
        "intervention": "discount_request", "uid": "by-hand", "ticket_id": None,
        "ticket_number": None, "response_id": None, "data": {"price": 89.9, "accept": True},
    }  # fmt: skip
    arrived = receiver.arrived[-1]
    webhooks.verify(
        shop.secret,
        message_id=arrived.headers["webhook-id"],
        timestamp=arrived.headers["webhook-timestamp"],
        signature=arrived.headers["webhook-signature"],
        body=arrived.body,
        now=float(arrived.headers["webhook-timestamp"]),
    )
    assert (row["id"], row["ticket_number"], row["uid"]) == (callback_id, None, "by-hand")
    listed = data_of(shop, "/_tickiti/callbacks", {"intervention": "discount_request"})
    assert listed["callbacks"][0]["id"] == callback_id
    assert shop.value("SELECT count(*) FROM ticket") == before


def test_a_triggered_webhook_is_sent_to_a_host_that_is_left_alone(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.status = 500
    for _ in range(7):
        assert shop.settled(triggered(shop), "retry")["last_code"] == 500
    receiver.status = 204
    assert shop.settled(triggered(shop), "sent")["attempts"] == 1


def test_a_triggered_webhook_goes_to_another_address(shop: Shop, receiver: Receiver) -> None:
    with Receiver() as other:
        callback_id = triggered(shop, url=other.url)
        assert shop.settled(callback_id, "sent")["url"] == other.url
        shop.resend(callback_id)
        wait_until(lambda: len(other.arrived) == 2)
        shop.settled(callback_id, "sent")
        assert receiver.arrived == []


@pytest.mark.parametrize(
    ("members", "status", "field"),
    [
        ({"intervention": "none"}, 422, "intervention"),
        ({"url": "http://10.0.0.1/x"}, 422, "url"),
        ({"url": "ftp://x"}, 422, "url"),
        ({"data": {"colour": "red"}}, 422, "data.colour"),
        ({"data": {"price": "much"}}, 422, "data.price"),
    ],
)
def test_a_webhook_that_cannot_be_sent_is_refused(
    shop: Shop, members: dict[str, Any], status: int, field: str
) -> None:
    before = shop.value("SELECT count(*) FROM outbox")
    code, _, raw = shop.post(TRIGGER, {"intervention": "discount_request", **members})
    assert (code, list(json.loads(raw)["errors"])) == (status, [field])
    assert shop.value("SELECT count(*) FROM outbox") == before


def test_without_a_signing_token_nothing_is_sent(tmp_path: Any) -> None:
    found = Shop(tmp_path)
    found.furnish("https://localhost/decided")
    try:
        found.execute("DELETE FROM intervention_secret")
        code, _, raw = found.post(TRIGGER, {"intervention": "discount_request"})
        assert (code, "intervention token" in json.loads(raw)["message"]) == (409, True)
    finally:
        found.close()
