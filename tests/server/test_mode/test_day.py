"""A day, and a month, in the life of a helpdesk, in one test: nobody waits for any of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.mail_server import MailServer
from tests.support.stage import data_of
from tests.support.timed import START, Timed
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sqlite  # test mode needs a file


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Timed]:
    found = Timed(tmp_path)
    found.open()
    yield found
    found.close()


def test_one_advance_does_all_that_is_due_until_tomorrow(place: Timed) -> None:
    """The requester's mail waits for a mail server that is down, the ticket for its day, the token
    for its end, the key for a month."""
    place.freeze()
    with MailServer() as server:
        place.mailbox(server)
        server.script["RCPT"] = "451 4.3.2 closed for the night"
        first = place.create("Race kit", "kit")
        number = first["ticket_number"]
        until = (START + timedelta(hours=12)).isoformat()
        minted = {"name": "night", "abilities": ["ticket-index"], "expires_at": until}
        token = data_of(place, "/_tickiti/tokens/mint", minted)["token"]
        place.hold(number, "2030-01-16")
        body = {"to_address": "marcus@trailblazers-club.example", "subject": "Race kit",
                "content": "It comes tomorrow.", "mailbox": "out"}  # fmt: skip
        told = data_of(place, "/api/send_email", body, "told")["email_id"]
        wait_until(lambda: place.row(told)["state"] == "retry")
        assert place.post("/api/tickiti_api_index", {}, token=token)[0] == 200
        server.script.clear()

        place.advance(days=1)
        assert place.ticket(number)["status"] == "open"
        assert place.ticket(number)["updated_at"] == "2030-01-16T00:00:00+00:00"
        assert [mail.rcpt_tos for mail in server.arrived] == [[body["to_address"]]]
        assert place.post("/api/tickiti_api_index", {}, token=token)[0] == 401
        assert place.create("Race kit", "kit") == first

    place.advance(days=30)
    assert place.create("Race kit", "kit")["ticket_number"] != number


def test_a_reset_takes_the_clock_to_its_start(place: Timed) -> None:
    place.create("Old", "old")
    place.freeze()
    place.advance(days=400)
    data_of(place, "/_tickiti/test/reset", {})
    shown = place.clock()
    assert (shown["is_frozen"], shown["ahead_seconds"]) == (False, 0)
    # The age of keys starts again as well: a new one lives for thirty days.
    first = place.create("New", "new")
    place.advance(days=29)
    assert place.create("New", "new") == first
    place.advance(days=2)
    assert place.create("New", "new") != first


def test_loading_a_snapshot_sets_its_clock(place: Timed) -> None:
    place.freeze()
    data_of(place, "/_tickiti/test/snapshots/save", {"name": "january"})
    place.advance(days=400)
    data_of(place, "/_tickiti/test/snapshots/load", {"name": "january"})
    assert (place.now, place.date, place.clock()["is_frozen"]) == (START, START, True)
