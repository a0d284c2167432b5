"""Faults: each action on the wire, which requests it hits and how often, and where it is told."""

import http.client
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, mail, ticket
from tests.support.receiver import Receiver
from tests.support.stage import an_intervention, data_of
from tests.support.waiting import wait_until
from tickiti_server.api import faults
from tickiti_server.api.faults import Fault, Faults, Traffic

pytestmark = pytest.mark.sqlite  # test mode needs a file

CREATE, INDEX = "/api/create_ticket", "/api/tickiti_api_index"
FAULTS, LOG = "/_tickiti/test/faults", "/_tickiti/requests"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("faults"))
    found.start_for_tests("--allow-callback", "127.0.0.1")
    yield found
    found.stop()


@pytest.fixture
def place(server: Place) -> Iterator[Place]:
    """The server without faults, and with an empty log."""
    data_of(server, "/_tickiti/test/requests/clear", {})
    yield server
    data_of(server, f"{FAULTS}/clear", {})


def add(place: Place, **members: Any) -> int:
    found: int = data_of(place, f"{FAULTS}/add", members)["id"]
    return found


def tickets(place: Place) -> int:
    found: int = place.value("SELECT count(*) FROM ticket")
    return found


def logged(place: Place, **wanted: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data_of(place, LOG, wanted)["requests"]
    return rows


def create(place: Place, key: str) -> tuple[int, dict[str, str], bytes]:
    return place.post(CREATE, ticket("x"), key)


def cut(place: Place, key: str) -> None:
    """A request whose connection ends without a whole reply."""
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        create(place, key)


@pytest.mark.parametrize(
    ("action", "is_handled"),
    [({"drop_before": True}, False), ({"commit_then_drop": True}, True), ({"truncate": 9}, True),
     ({"truncate": 0}, True)],
)  # fmt: skip
def test_a_lost_reply_leaves_one_ticket_once_it_is_asked_again(
    place: Place, action: dict[str, Any], is_handled: bool
) -> None:
    before, key = tickets(place), str(uuid4())
    add(place, **action, times=1)
    cut(place, key)
    assert tickets(place) - before == is_handled
    status, headers, _ = create(place, key)
    assert (status, tickets(place) - before) == (200, 1)
    assert ("idempotency-replayed" in headers) == is_handled


def test_a_truncated_reply_ends_after_the_given_bytes(place: Place) -> None:
    add(place, truncate=9)
    with pytest.raises(http.client.IncompleteRead) as error:
        place.post(INDEX, {})
    assert len(error.value.partial) == 9


def test_broken_json_has_a_right_length(place: Place) -> None:
    before, key = tickets(place), str(uuid4())
    add(place, bad_json=True, times=1)
    status, headers, raw = create(place, key)
    assert (status, headers["content-length"], tickets(place) - before) == (200, str(len(raw)), 1)
    with pytest.raises(json.JSONDecodeError):
        json.loads(raw)
    assert create(place, key)[2].startswith(raw)


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [(500, "internal", True), (503, "unavailable", True), (404, "not_found", False)],
)
def test_a_status_fault_answers_without_running_the_handler(
    place: Place, status: int, code: str, is_retryable: bool
) -> None:
    before = tickets(place)
    fault = add(place, status=status)
    found, headers, raw = create(place, "unhandled")
    body = json.loads(raw)
    assert (found, tickets(place) - before) == (status, 0)
    assert (body["ok"], body["code"], body["retryable"]) == (False, code, is_retryable)
    assert body["message"] == f"Fault {fault}: this server fails on purpose."
    assert headers["x-request-id"] == body["request_id"]


def test_a_status_fault_answers_with_every_status(place: Place) -> None:
    asked = [*range(200, 600)]
    for status in asked:
        add(place, status=status, times=1)
    assert [create(place, f"status-{status}")[0] for status in asked] == asked


def test_a_405_of_a_fault_allows_no_method(place: Place) -> None:
    add(place, status=405)
    status, headers, raw = create(place, "unhandled")
    assert (status, headers["allow"], json.loads(raw)["code"]) == (405, "", "method_not_allowed")


@pytest.mark.parametrize(
    ("body", "kind"),
    [("<h1>Bad gateway</h1>", "text/html; charset=utf-8"), ('{"error": 1}', "application/json"),
     ("down", "text/plain; charset=utf-8")],
)  # fmt: skip
def test_a_status_fault_answers_with_the_given_body(place: Place, body: str, kind: str) -> None:
    add(place, status=502, body=body)
    status, headers, raw = place.post(INDEX, {})
    assert (status, raw.decode(), headers["content-type"]) == (502, body, kind)


def test_a_rate_limit_fault_sends_retry_after(place: Place) -> None:
    add(place, rate_limit=7)
    status, headers, raw = create(place, "limited")
    assert (status, headers["retry-after"], json.loads(raw)["code"]) == (429, "7", "rate_limited")


def test_a_late_and_a_slow_reply_are_whole(place: Place) -> None:
    for action in ({"delay": 0.05}, {"slow": 2000}):
        fault = add(place, **action, times=1)
        status, _, raw = create(place, str(uuid4()))
        assert (status, json.loads(raw)["ok"]) == (200, True)
        (row,) = [one for one in data_of(place, FAULTS, {})["faults"] if one["id"] == fault]
        assert (row["fired"], row["is_over"]) == (1, True)


def test_a_client_that_gives_up_on_a_late_reply_finds_its_ticket(place: Place) -> None:
    before, key = tickets(place), str(uuid4())
    add(place, delay=600, times=1)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
    headers = {"Authorization": f"Bearer {place.token}", "Idempotency-Key": key}
    body = json.dumps(ticket("x"))
    connection.request("POST", CREATE, body, headers | {"Content-Type": "application/json"})
    wait_until(lambda: tickets(place) - before == 1)
    connection.close()
    assert "idempotency-replayed" in create(place, key)[1]
    assert tickets(place) - before == 1


def test_every_fault_that_fired_is_in_the_log(place: Place) -> None:
    actions: dict[str, Any] = {
        "drop-before": True, "commit-then-drop": True, "truncate": 1, "bad-json": True,
        "status": 500, "rate-limit": 1, "delay": 0, "slow": 100000,
    }  # fmt: skip
    for name, value in actions.items():
        add(place, **{name.replace("-", "_"): value}, times=1)
        with suppress(http.client.HTTPException, ConnectionError):
            create(place, "told")
    create(place, "told")
    rows = logged(place)[::-1]
    assert [row["fault"] for row in rows] == [*actions, None]
    assert [row["status"] for row in rows] == [0, 200, 200, 200, 500, 429, 200, 200, 200]
    assert [row["fault"] for row in logged(place, faulty=True)[::-1]] == [*actions]
    assert {row["key_hint"] for row in rows} == {"told"}


def test_a_recording_has_the_reply_that_was_lost(place: Place) -> None:
    add(place, commit_then_drop=True, times=1)
    cut(place, "recorded")
    (row,) = logged(place, with_recordings=True)
    assert json.loads(row["recording"]["reply"]["body"])["ok"] is True
    assert json.loads(row["recording"]["request"]["body"]) == ticket("x")
    add(place, drop_before=True, times=1)
    cut(place, "recorded-2")
    row = logged(place, with_recordings=True)[0]
    assert row["recording"]["reply"] is None
    assert json.loads(row["recording"]["request"]["body"]) == ticket("x")


def test_a_route_is_a_name_a_path_or_all(place: Place) -> None:
    for route in ("create_ticket", CREATE, "/api/create_*", "tickets.show"):
        fault = add(place, status=500, route=route)
        hit = create(place, str(uuid4()))[0] == 500
        assert hit == (route != "tickets.show")
        assert place.post(INDEX, {})[0] == 200
        data_of(place, f"{FAULTS}/clear", {"ids": [fault]})
    add(place, status=500, route="flat_respond")
    assert place.post("/api/tickets/220009/respond", {})[0] == 500
    assert place.post("/api/tickets/220009/more/respond", {})[0] == 404


def test_route_all_leaves_out_the_paths_of_the_server_itself(place: Place) -> None:
    add(place, status=500)
    assert place.get("/_tickiti/healthz")[0] == 200
    assert place.post(LOG, {})[0] == 200
    assert place.post("/_tickiti/tokens/self", {})[0] == 200
    add(place, status=500, route="/_tickiti/*")
    assert place.post("/_tickiti/tokens/self", {})[0] == 500
    assert place.post(FAULTS, {})[0] == 200


def test_faults_fire_in_order_by_times_and_after(place: Place) -> None:
    add(place, status=500, after=2, times=2)
    add(place, status=503, times=1)
    found = [place.post(INDEX, {})[0] for _ in range(6)]
    assert found == [503, 200, 500, 500, 200, 200]


def test_a_fault_can_select_a_key_or_a_token(place: Place) -> None:
    add(place, status=500, key="order-*")
    assert create(place, "order-7")[0] == 500
    assert create(place, str(uuid4()))[0] == 200
    data_of(place, f"{FAULTS}/clear", {})
    minted = data_of(place, "/_tickiti/tokens/mint", {"name": "n", "abilities": ["ticket-index"]})
    add(place, status=500, token_id=minted["id"])
    assert place.post(INDEX, {}, token=minted["token"])[0] == 500
    assert place.post(INDEX, {})[0] == 200


def test_a_seed_repeats_the_same_failures(place: Place) -> None:
    runs = []
    for seed in (7, 7, 8):
        add(place, status=500, probability=0.5, seed=seed)
        runs.append([place.post(INDEX, {})[0] for _ in range(20)])
        data_of(place, f"{FAULTS}/clear", {})
    assert runs[0] == runs[1] != runs[2]
    assert {*runs[0]} == {200, 500}


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({}, "status"),
        ({"status": 500, "delay": 1}, "status"),
        ({"status": 99}, "status"),
        ({"status": 500, "route": "create_tickets"}, "route"),
        ({"status": 500, "route": "/_tickiti/test/faults/clear"}, "route"),
        ({"status": 500, "probability": 2}, "probability"),
        ({"status": 500, "times": 0}, "times"),
        ({"delay": 1, "body": "x"}, "body"),
        ({"smtp_code": 451, "route": "create_ticket"}, "route"),
        ({"callback_status": 500, "key": "k"}, "key"),
        ({"delay": "long"}, "delay"),
    ],
)
def test_an_ambiguous_fault_is_refused(place: Place, members: dict[str, Any], field: str) -> None:
    status, _, raw = place.post(f"{FAULTS}/add", members)
    assert (status, list(json.loads(raw)["errors"])) == (422, [field])
    assert data_of(place, FAULTS, {}) == {"faults": []}


def test_a_fault_of_an_unknown_token_is_404(place: Place) -> None:
    status, _, raw = place.post(f"{FAULTS}/add", {"bad_json": True, "token_id": 9999})
    assert (status, b"There is no token 9999." in raw) == (404, True)
    assert data_of(place, FAULTS, {})["faults"] == []


def test_clearing_an_unknown_fault_is_404(place: Place) -> None:
    fault = add(place, status=500)
    assert place.post(f"{FAULTS}/clear", {"ids": [fault, 999]})[0] == 404
    assert len(data_of(place, FAULTS, {})["faults"]) == 1


def test_mail_of_the_local_mailbox_that_fails_is_retried(place: Place) -> None:
    add(place, smtp_code=451, times=1)
    email = data_of(place, "/api/send_email", mail("x"), str(uuid4()))["email_id"]

    def row() -> Any:
        return data_of(place, "/_tickiti/outbox/show", {"id": email})

    wait_until(lambda: row()["state"] == "retry")
    assert row()["last_error"].startswith("451 Fault ")
    (told,) = logged(place, faulty=True)
    assert (told["method"], told["status"], told["fault"], told["request_id"]) == (
        "SMTP", 451, "smtp-code", email
    )  # fmt: skip
    data_of(place, "/_tickiti/outbox/release", {"id": email})
    wait_until(lambda: row()["state"] == "sent")
    later = data_of(place, "/api/send_email", mail("y"), str(uuid4()))["email_id"]
    assert data_of(place, "/_tickiti/outbox/show", {"id": later})["state"] == "sent"


def test_mail_that_is_refused_for_good_has_failed(place: Place) -> None:
    add(place, smtp_code=550, times=1)
    email = data_of(place, "/api/send_email", mail("x"), str(uuid4()))["email_id"]
    wait_until(lambda: data_of(place, "/_tickiti/outbox/show", {"id": email})["state"] == "failed")


def test_a_callback_fails_without_being_sent(place: Place) -> None:
    an_intervention(place, {})
    with Receiver() as receiver:
        receiver.status = 200
        add(place, callback_status=503, times=1)
        asked = {"intervention": "discount_request", "url": receiver.url}
        callback = data_of(place, "/_tickiti/callbacks/trigger", asked)["id"]

        def row() -> Any:
            return data_of(place, "/_tickiti/callbacks/show", {"id": callback})

        wait_until(lambda: row()["state"] == "retry")
        assert (receiver.arrived, row()["history"][0]["code"]) == ([], 503)
        (told,) = logged(place, faulty=True)
        assert (told["method"], told["path"], told["status"], told["fault"]) == (
            "CALLBACK", receiver.host, 503, "callback-status"
        )  # fmt: skip
        data_of(place, "/_tickiti/callbacks/resend", {"id": callback})
        wait_until(lambda: row()["state"] == "sent")
        assert len(receiver.arrived) == 1


def test_a_server_without_test_mode_has_no_faults(tmp_path: Any) -> None:
    found = Place(tmp_path)
    found.start()
    try:
        assert found.post(f"{FAULTS}/add", {"status": 500})[0] == 404
        assert found.post("/_tickiti/test/requests/clear", {})[0] == 404
    finally:
        found.stop()


def test_mail_is_held_only_while_a_mail_fault_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    armed = Faults()
    monkeypatch.setattr(faults, "_armed", armed)
    assert not faults.holds_local_mail()
    armed.add(Fault(action="status", status=500))
    assert not faults.holds_local_mail()
    armed.add(Fault(action="smtp-code", of=faults.SMTP, status=451, times=1))
    assert faults.holds_local_mail()
    assert armed.fire(Traffic(faults.SMTP))
    assert not faults.holds_local_mail()
    monkeypatch.setattr(faults, "_armed", None)
    assert not faults.holds_local_mail()


def test_a_reset_ends_faults_and_the_requests_that_they_hold_up(tmp_path: Any) -> None:
    found = Place(tmp_path)
    found.start_for_tests()
    try:
        fault = add(found, delay=600)
        connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=60)
        connection.request("POST", INDEX, "{}", {"Authorization": f"Bearer {found.token}"})
        wait_until(lambda: data_of(found, FAULTS, {})["faults"][0]["fired"] == 1)
        data_of(found, "/_tickiti/test/reset", {})
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            connection.getresponse()
        assert (data_of(found, FAULTS, {}), logged(found)) == ({"faults": []}, [])
        assert add(found, delay=0) == fault == 1
    finally:
        found.stop()
