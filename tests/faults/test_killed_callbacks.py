"""The server is killed at random moments while it delivers callbacks.

By hand, for longer: CALLBACK_KILLS=100 and pytest with this file.
"""

import os
import random
import signal
import socket
import time
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.receiver import Receiver
from tests.support.shop import Shop
from tests.support.stage import data_of
from tests.support.waiting import wait_until

KILLS = int(os.environ.get("CALLBACK_KILLS", "3"))
A_ROUND = 6
FINAL = (False, "<p>Marcus: 99.5, true</p>")


def waiting(shop: Shop) -> int:
    """How many callbacks are on their way, or wait to be."""
    states = ("queued", "claimed", "retry")
    listed = (
        data_of(shop, "/_tickiti/callbacks", {"state": state, "limit": 1000})["callbacks"]
        for state in states
    )
    return sum(map(len, listed))


@pytest.mark.timeout(120 + 10 * KILLS)
def test_decision_arrives_under_one_id_and_is_answered_once(tmp_path: Path) -> None:
    shop, decided, chance = Shop(tmp_path), dict[int, str](), random.Random(2412)

    def take_a_moment(connection: socket.socket) -> None:
        time.sleep(0.1)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with Receiver() as receiver:
        receiver.answer = take_a_moment
        try:
            shop.furnish(receiver.url)
            for _ in range(KILLS):
                for _ in range(A_ROUND):
                    number = shop.ask()
                    decided[number] = shop.decide(number)
                time.sleep(chance.uniform(0, 0.4))  # a moment that nobody chose
                shop.end(signal.SIGKILL)
                shop.open()
            wait_until(lambda: waiting(shop) == 0, seconds=60 + KILLS)
            bodies = defaultdict(set)
            for one in receiver.arrived:
                bodies[one.headers["webhook-id"]].add(one.body)
            assert bodies.keys() == {*decided.values()}
            assert {len(found) for found in bodies.values()} == {1}
            assert {shop.callback(one)["state"] for one in decided.values()} == {"sent"}
            for number in decided:
                assert shop.responses(number).count(FINAL) == 1
            assert shop.end() == 0
            print(f"{KILLS} kills, {len(decided)} decisions, {len(receiver.arrived)} calls")
        finally:
            shop.close()
