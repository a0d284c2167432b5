"""The clock of a server in test mode: everything that reads time reads this one.

What falls due by a move has happened when the reply comes, so that no test here waits.
"""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.support.mail_server import MailServer
from tests.support.place import Place, ticket
from tests.support.receiver import Receiver
from tests.support.stage import answer, data_of
from tests.support.timed import START, Timed
from tests.support.waiting import wait_until
from tickiti_cli.contract import webhooks
from tickiti_server.delivery.callback.callbacks import SCHEDULE
from tickiti_server.delivery.mail.email import EmailCarrier

pytestmark = pytest.mark.sqlite  # test mode needs a file

MAILBOX_ADDRESS = "anna@sole-trader.example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timed]:
    found = Timed(tmp_path_factory.mktemp("desk"))
    found.open()
    yield found
    found.close()


@pytest.fixture
def place(desk: Timed) -> Timed:
    """The server of all tests here, its clock stopped at START. Keys are those of one test."""
    desk.freeze()
    return desk


@pytest.fixture
def alone(tmp_path: Any) -> Iterator[Timed]:
    found = Timed(tmp_path)
    yield found
    found.close()


@pytest.fixture
def server(place: Timed) -> Iterator[MailServer]:
    with MailServer() as found:
        place.mailbox(found)
        yield found


@pytest.fixture
def called(place: Timed) -> Iterator[Receiver]:
    with Receiver() as found:
        if answer(place, "/api/v1/workflow/interventions", {})["interventions"]:
            place.change(remote_epilog_url=found.url, remote_enabled=True)
            place.renew_secret()
        else:
            place.furnish(found.url)
        yield found


def test_a_frozen_clock_stands_still_while_time_passes(place: Timed) -> None:
    first = place.create("One", "frozen-1")["ticket_number"]
    time.sleep(1.1)  # nothing moves meanwhile: neither the Date nor a ticket's time
    second = place.create("Two", "frozen-2")["ticket_number"]
    times = {place.ticket(number)["created_at"] for number in (first, second)}
    assert times == {START.isoformat()}
    assert (place.now, place.date) == (START, START)
    (logged, *_) = data_of(place, "/_tickiti/requests", {"limit": 1})["requests"]
    assert datetime.fromisoformat(logged["answered_at"]) == START


def test_an_advance_moves_a_frozen_clock_and_leaves_it_frozen(place: Timed) -> None:
    moved = place.post("/_tickiti/test/clock/advance", {"seconds": 60})[1]
    assert parsedate_to_datetime(moved["date"]) == START + timedelta(minutes=1)
    place.freeze()
    assert place.advance(days=400) == START + timedelta(days=400) == place.now == place.date
    assert place.clock()["is_frozen"]


def test_an_advance_moves_a_running_clock_and_lets_it_run(place: Timed) -> None:
    place.clock("reset")
    shown = place.clock("advance", seconds=400 * 86_400)
    assert (shown["is_frozen"], shown["ahead_seconds"]) == (False, 400 * 86_400)
    ahead = place.now - datetime.now(UTC)
    assert timedelta(days=399, hours=23) < ahead <= timedelta(days=400)
    begun = place.now
    wait_until(lambda: place.now > begun)


def test_freeze_without_a_moment_stops_the_clock_where_it_is(place: Timed) -> None:
    place.clock("reset")
    place.clock("advance", seconds=86_400)
    shown = place.clock("freeze")
    assert shown["is_frozen"]
    assert 86_000 < shown["ahead_seconds"] <= 86_400
    assert place.clock()["now"] == shown["now"]


def test_the_clock_goes_back_and_is_reset(place: Timed) -> None:
    place.freeze(datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert place.date.year == 1999
    shown = place.clock("reset")
    assert (shown["is_frozen"], shown["ahead_seconds"]) == (False, 0)
    assert abs(place.date - datetime.now(UTC)) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("freeze", {"moment": "1969-12-31T23:59:59Z"}, "moment"),
        ("freeze", {"moment": "9000-01-01T00:00:01Z"}, "moment"),
        ("freeze", {"moment": "soon"}, "moment"),
        ("advance", {}, "seconds"),
        ("advance", {"seconds": 0}, "seconds"),
        ("advance", {"seconds": -1}, "seconds"),
        ("advance", {"seconds": 1.5}, "seconds"),
        ("advance", {"seconds": 10**12}, "seconds"),
    ],
)
def test_a_wrong_move_is_refused_and_moves_nothing(
    place: Timed, verb: str, body: dict[str, Any], field: str
) -> None:
    status, _, raw = place.post(f"/_tickiti/test/clock/{verb}", body)
    assert (status, [*json.loads(raw)["errors"]]) == (422, [field])
    assert place.now == START


def test_concurrent_advances_add_up(place: Timed) -> None:
    with ThreadPoolExecutor(8) as pool:
        moved = [*pool.map(lambda hours: place.advance(hours=hours), [1] * 8)]
    assert place.now == START + timedelta(hours=8) == max(moved)


def test_a_held_ticket_opens_at_midnight_of_its_day(place: Timed) -> None:
    numbers = [place.create(f"Hold {n}", f"hold-{n}")["ticket_number"] for n in range(3)]
    for number, day in zip(numbers, ("2030-01-16", "2030-01-18", "2030-02-01"), strict=True):
        place.hold(number, day)
    place.advance(days=5)
    found = [place.ticket(number) for number in numbers]
    assert [row["status"] for row in found] == ["open", "open", "on-hold"]
    opened = [row["updated_at"] for row in found[:2]]
    assert opened == ["2030-01-16T00:00:00+00:00", "2030-01-18T00:00:00+00:00"]


def test_a_token_expires_and_an_overlap_ends(place: Timed) -> None:
    body = {"name": "ci", "abilities": ["ticket-index"]}
    until = (START + timedelta(hours=1)).isoformat()
    short = data_of(place, "/_tickiti/tokens/mint", {**body, "expires_at": until})
    old = data_of(place, "/_tickiti/tokens/mint", body)
    rotated = {"id": old["id"], "overlap_seconds": 86_400}
    new = data_of(place, "/_tickiti/tokens/rotate", rotated)["token"]

    def statuses() -> list[int]:
        tokens = (short["token"], old["token"], new)
        return [place.post("/api/tickiti_api_index", {}, token=token)[0] for token in tokens]

    assert statuses() == [200, 200, 200]
    place.advance(hours=1)
    assert statuses() == [401, 200, 200]
    place.advance(hours=23)
    assert statuses() == [401, 401, 200]


def test_a_key_is_forgotten_after_thirty_days(place: Timed) -> None:
    first = place.create("Pay", "thirty-days")
    place.advance(days=30)
    assert place.create("Pay", "thirty-days") == first
    place.advance(seconds=1)
    assert place.value("SELECT count(*) FROM idem WHERE key_hint = 'thirty-d'") == 0
    assert place.create("Pay", "thirty-days") != first


def test_a_replay_announces_its_end_by_this_clock(place: Timed) -> None:
    place.create("Pay", "announced")
    place.advance(days=10)
    headers = place.post("/api/create_ticket", ticket("Pay"), "announced")[1]
    until = datetime.fromisoformat(headers["idempotency-expires-at"])
    assert until == START + timedelta(days=30)


def test_a_minted_key_expires_unused_after_a_day(place: Timed) -> None:
    minted = data_of(place, "/api/idempotency_key", {"action": "create_ticket"})
    key = minted["idempotency_key"]
    place.advance(hours=24, seconds=1)
    status, _, raw = place.post("/api/create_ticket", ticket("Late"), key)
    assert (status, json.loads(raw)["code"]) == (400, "idempotency_key_invalid")


def test_mail_is_tried_again_when_its_time_has_come(place: Timed, server: MailServer) -> None:
    server.script["RCPT"] = "451 4.3.0 not now"
    email_id = place.send()
    wait_until(lambda: place.row(email_id)["state"] == "retry")
    row = place.row(email_id)
    assert datetime.fromisoformat(row["next_at"]) == START + timedelta(minutes=1)
    place.advance(seconds=59)
    assert place.row(email_id)["attempts"] == 1
    server.script.clear()
    place.advance(seconds=1)
    assert (place.row(email_id)["state"], len(server.arrived)) == ("sent", 1)
    assert f"Date: {START:%a, %d %b %Y %H:%M:%S} +0000" in place.row(email_id)["mime"]


def test_mail_fails_after_its_last_attempt_within_one_advance(
    place: Timed, server: MailServer
) -> None:
    server.script["RCPT"] = "451 4.3.0 not now"
    email_id = place.send()
    wait_until(lambda: place.row(email_id)["state"] == "retry")
    place.advance(days=10)
    row = place.row(email_id)
    assert (row["state"], row["attempts"]) == ("failed", len(EmailCarrier.delays) + 1)


def test_a_callback_follows_its_schedule_within_one_advance(place: Timed, called: Receiver) -> None:
    """Each attempt is signed with the moment at which it was due."""
    called.status = 503
    callback_id = place.asked_and_decided()
    wait_until(lambda: place.callback(callback_id)["state"] == "retry")
    place.advance(days=6)
    row = place.callback(callback_id)
    assert (row["state"], row["attempts"]) == ("dead", len(SCHEDULE) + 1)
    times = [int(request.headers["webhook-timestamp"]) for request in called.arrived]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] == START.timestamp()
    for wait, planned in zip(waits, SCHEDULE, strict=True):
        # A host that failed five times in a row rests for a minute.
        assert planned * 0.8 - 1 <= wait <= max(planned * 1.2, 61) + 1
    last = called.arrived[-1]
    signed = {name: last.headers[f"webhook-{name}"] for name in ("timestamp", "signature")}
    webhooks.verify(place.secret, message_id=callback_id, **signed, body=last.body, now=times[-1])


def test_a_date_in_retry_after_is_read_by_this_clock(place: Timed, called: Receiver) -> None:
    called.status = 429
    called.headers["Retry-After"] = f"{START + timedelta(hours=3):%a, %d %b %Y %H:%M:%S} GMT"
    callback_id = place.asked_and_decided()
    wait_until(lambda: place.callback(callback_id)["state"] == "retry")
    next_at = datetime.fromisoformat(place.callback(callback_id)["next_at"])
    assert timedelta(hours=2, minutes=59) < next_at - START <= timedelta(hours=3)


def test_delivered_mail_and_unused_files_are_deleted_at_their_age(place: Timed) -> None:
    days = {"sent_mail_retention_days": 30}
    answer(place, "/api/v1/administration/storage/retention", days)
    email_id = place.send(mailbox="local")
    at = {"at": int(START.timestamp()) * 1_000_000}
    place.execute("INSERT INTO file (sha256, created_at) VALUES ('unused', :at)", at)
    place.advance(hours=23)
    assert place.value("SELECT count(*) FROM file WHERE sha256 = 'unused'") == 1
    place.advance(hours=2)
    assert place.value("SELECT count(*) FROM file WHERE sha256 = 'unused'") == 0
    place.advance(days=28)
    assert place.row(email_id)["state"] == "sent"
    place.advance(days=1)
    assert place.post("/_tickiti/outbox/show", {"id": email_id})[0] == 404


def test_a_report_ends_today(place: Timed) -> None:
    assert answer(place, "/api/v1/reports/volumes", {})["date_to"] == "2030-01-15"
    place.advance(days=40)
    assert answer(place, "/api/v1/reports/volumes", {})["date_to"] == "2030-02-24"


def test_a_move_under_load_loses_no_write(place: Timed) -> None:
    before = len(place.every_ticket("number"))
    is_over = threading.Event()

    def write(worker: int) -> int:
        count = 0
        while not is_over.is_set():
            place.create(f"Load {worker}-{count}", f"load-{worker}-{count}")
            count += 1
        return count

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, worker) for worker in range(4)]
        for _ in range(5):
            place.clock("reset")
            place.advance(days=400)
            place.freeze()
        place.clock("reset")
        is_over.set()
        written = sum(writer.result() for writer in writers)
    assert written
    assert len(place.every_ticket("number")) == before + written
    assert abs(place.now - datetime.now(UTC)) < timedelta(hours=1)


def test_a_killed_server_starts_where_its_clock_was(alone: Timed) -> None:
    alone.open()
    first = alone.create("Pay", "killed")
    alone.advance(days=29)
    alone.kill()
    alone.open()
    shown = alone.clock()
    assert (shown["is_frozen"], shown["ahead_seconds"]) == (False, 29 * 86_400)
    assert alone.create("Pay", "killed") == first
    # The age of keys was stored with the move: one day more is the thirtieth.
    alone.advance(days=1, seconds=60)
    assert alone.create("Pay", "killed") != first
    alone.freeze()
    alone.kill()
    alone.open()
    assert (alone.now, alone.clock()["is_frozen"]) == (START, True)


def test_a_server_killed_during_an_advance_starts_at_its_end(alone: Timed) -> None:
    alone.open()
    alone.freeze()
    held = alone.create("Hold", "hold")["ticket_number"]
    alone.hold(held, "2030-01-17")
    with MailServer() as server:
        alone.mailbox(server)
        server.script["RCPT"] = "451 4.3.0 not now"
        email_id = alone.send()
        wait_until(lambda: alone.row(email_id)["state"] == "retry")
        server.script["RCPT"] = "stall"
        with ThreadPoolExecutor(1) as pool:
            pool.submit(alone.post, "/_tickiti/test/clock/advance", {"seconds": 4 * 86_400})
            wait_until(lambda: server.reached.count("RCPT") == 2)
            alone.kill()
        server.script.clear()
        alone.open()
        assert alone.now == START + timedelta(days=4)
        wait_until(lambda: alone.ticket(held)["status"] == "open")
        # The lease of the killed server counts no more, although no time passes.
        wait_until(lambda: alone.row(email_id)["state"] == "sent")
    assert len(server.arrived) == 1


def test_an_advance_frees_a_client_from_its_limit(alone: Timed) -> None:
    alone.open("--rate-limit", "3")
    body = {"name": "ci", "abilities": ["ticket-index"]}
    token = data_of(alone, "/_tickiti/tokens/mint", body)["token"]

    def status() -> int:
        return alone.post("/api/tickiti_api_index", {}, token=token)[0]

    alone.freeze()
    assert [status() for _ in range(4)] == [200, 200, 200, 429]
    alone.advance(minutes=1)
    assert status() == 200


def test_a_real_helpdesk_uses_the_clock_of_the_machine(tmp_path: Any) -> None:
    place = Place(tmp_path)
    place.start()
    try:
        place.execute("INSERT INTO setting VALUES ('test_clock', '[34560000000000, null]')")
        place.stop()
        place.start()
        status, headers, _ = place.post("/_tickiti/test/clock/advance", {"seconds": 60})
        date = parsedate_to_datetime(headers["date"])
        assert status == 404
        assert abs(date - datetime.now(UTC)) < timedelta(hours=1)
    finally:
        place.tickiti("server", "stop", "--db", str(place.database), check=False)


def test_mail_is_sent_again_at_a_moment_whose_keys_are_forgotten(place: Timed) -> None:
    """A stored reply's id is used again once all are deleted, and a frozen clock gives its row the
    same time: the new mail is another one all the same."""
    for _ in range(2):
        place.freeze()
        sent = [place.send(mailbox="local", cc=["a@b.example"]) for _ in range(3)]
        numbers = [place.create(f"Again {mail}", mail)["ticket_number"] for mail in sent]
        for number in numbers:
            place.hold(number, "2030-01-20")
        assert {place.row(mail)["state"] for mail in sent} == {"sent"}
        place.advance(days=31)  # and no mail is deleted yet
        assert place.value("SELECT count(*) FROM idem") == 0


def test_a_delivery_keeps_its_wait_when_the_clock_goes_back(
    place: Timed, server: MailServer
) -> None:
    place.advance(days=400)
    server.script["RCPT"] = "451 4.3.0 not now"
    email_id = place.send()
    wait_until(lambda: place.row(email_id)["state"] == "retry")
    place.freeze()
    row = place.row(email_id)
    assert datetime.fromisoformat(row["next_at"]) == START + timedelta(minutes=1)
    server.script.clear()
    place.advance(minutes=1)
    assert place.row(email_id)["state"] == "sent"
