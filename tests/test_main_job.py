"""The main job, end to end: what the README promises, through real processes and a real disk."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.place import Place, ticket

DOCUMENTED_BODY = """{
  "originator_email_address": "marcus@trailblazers-club.example",
  "data": {"queue_name": "Sales", "subject": "Carbon plate cracked on first marathon",
           "content": "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."}}"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    found.start()
    yield found
    found.stop()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_documentations_curl_line_works_verbatim_and_replays(place: Place) -> None:
    command = f"""curl -s -D - -X POST http://127.0.0.1:{place.port}/api/create_ticket \
 -H "Authorization: Bearer {place.token}" \
 -H "Idempotency-Key: 7b4f3c2e-9d6a-4f8b-9e7c-2c3a4b5e6f7a" -H "Content-Type: application/json" \
 -d '{DOCUMENTED_BODY}'"""
    replies = [
        subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    (first_head, _, first), (second_head, _, second) = (r.partition("\n\n") for r in replies)
    created = json.loads(first)
    assert created["ok"] is True
    assert created["data"]["ticket_number"] == 220009
    assert created["data"]["ticket_id"] == 1
    assert len(created["data"]["secure_id"]) == 32
    assert second == first
    assert "idempotency-replayed" not in first_head.lower()
    assert "idempotency-replayed: true" in second_head.lower()


def test_a_key_stays_free_after_a_failure(place: Place) -> None:
    wrong = {**ticket("x"), "queue_name": "Nowhere"}
    status, _, body = place.post("/api/create_ticket", wrong, "k")
    assert (status, json.loads(body)["error"]) == (422, "Queue 'Nowhere' not found.")
    assert place.post("/api/create_ticket", ticket("x"), "k")[0] == 200


def test_two_thousand_tickets_are_listed_in_pages_complete_and_in_order(place: Place) -> None:
    with ThreadPoolExecutor(16) as threads:
        replies = threads.map(
            lambda n: place.post("/api/create_ticket", ticket(f"t{n}"), f"k{n}"), range(2000)
        )
        numbers = sorted(json.loads(body)["data"]["ticket_number"] for _, _, body in replies)
    assert numbers == list(range(220009, 222009))
    assert [row["number"] for row in place.every_ticket("number")] == numbers
    by_activity = place.every_ticket("activity")
    assert sorted(row["number"] for row in by_activity) == numbers
    moments = [row["updated_at"] for row in by_activity]
    assert moments == sorted(moments, reverse=True)
    listed = place.tickiti("ticket", "list", "--all", "--fields", "number").stdout.split()
    assert [int(number) for number in listed] == [row["number"] for row in by_activity]


def test_an_acknowledged_ticket_can_be_answered_and_read_back(place: Place) -> None:
    created = place.tickiti(
        "ticket", "create", "--from", "marcus@trailblazers-club.example",
        "-s", "Cracked", "-b", "At <mile> 14\nof Berlin",
    )  # fmt: skip
    assert (created.stdout, created.stderr) == ("220009\n", "")
    answered = place.tickiti(
        "ticket", "respond", "220009", "--from", "anna@sole-trader.example",
        "-b", "A new pair is coming.", "--status", "on-hold", "--until", "2999-12-31", "--json",
    )  # fmt: skip
    reply = json.loads(answered.stdout)
    assert (reply["ticket_id"], reply["response_id"], reply["reopened"]) == (1, 2, False)
    assert reply["replayed"] is False
    shown = json.loads(place.tickiti("ticket", "view", "220009", "--json").stdout)
    assert shown["ticket"]["status"] == "on-hold"
    assert shown["ticket"]["on_hold_until"] == "2999-12-31"
    assert [response["html"] for response in shown["responses"]] == [
        "At &lt;mile&gt; 14<br>of Berlin",
        "A new pair is coming.",
    ]
    assert [response["plain_text"] for response in shown["responses"]] == [
        "At <mile> 14\nof Berlin",
        "A new pair is coming.",
    ]
