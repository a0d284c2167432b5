"""Rights of users in queues: given by the permissions model, set and taken away by an admin."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.users import (
    FLAGS,
    USERS,
    answered,
    change,
    listed,
    new_user,
    refused,
    token_for,
)
from tickiti_cli.contract.endpoint import Role

INBOX = "1"
SWITCHES = ["can_view", "can_manage", "can_delete", "treat_as_inbox", "receive_inbox_errors"]
SYSTEM = "/api/v1/administration/system/update"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("queue-rights"))
    found.start()
    yield found
    found.stop()


def number_of(place: Place) -> int:
    made = place.post("/api/create_ticket", ticket("rights"), str(uuid4()))
    number: int = json.loads(made[2])["data"]["ticket_number"]
    return number


def set_rights(place: Place, user: str, queue: str = INBOX, **switches: bool) -> None:
    path = f"{USERS}/{user}/queues/{queue}"
    assert answered(place, path, switches) == {"ok": True}


def rights_of(place: Place, user: str, queue: str = INBOX) -> list[dict[str, Any]]:
    return [row for row in listed(place, user)["queues"] if row["queue_id"] == queue]


def shown(place: Place, number: int, token: str) -> int:
    return place.post("/api/v1/tickets/show", {"ticket_number": number}, token=token)[0]


def test_new_staff_has_all_three_rights_in_every_queue(place: Place) -> None:
    user, _ = new_user(place, "permitted")
    rows = listed(place, user)["queues"]
    assert len(rows) == place.value("SELECT count(*) FROM queue")
    expected = {**dict.fromkeys(SWITCHES[:3], True), **dict.fromkeys(SWITCHES[3:], False)}
    assert all({**row, "queue_id": ""} == {**expected, "queue_id": ""} for row in rows)


def test_new_customer_has_no_right_and_is_not_listed(place: Place) -> None:
    user, _ = new_user(place, "no staff", Role.ANY)
    assert [row for row in answered(place, USERS, {})["users"] if row["id"] == user] == []
    assert place.value("SELECT count(*) FROM queue_right WHERE person_id = :id", {"id": user}) == 0
    change(place, user, Role.STAFF)
    assert rights_of(place, user)[0]["can_view"] is True


def test_admin_is_made_staff(place: Place) -> None:
    flags = {"is_staff": False, "is_admin": True, "tonic_notifications": False}
    body = {"name": "n", "email": "admin.alone@sole-trader.example", **flags}
    user = answered(place, f"{USERS}/create", body)["user_id"]
    assert (listed(place, user)["is_staff"], listed(place, user)["is_admin"]) == (True, True)
    assert rights_of(place, user)[0]["can_view"] is True
    clerk, _ = new_user(place, "made admin")
    answered(place, f"{USERS}/{clerk}/update", flags)
    assert listed(place, clerk)["is_staff"] is True


def test_upsert_keeps_switches_that_are_left_out(place: Place) -> None:
    user, _ = new_user(place, "switched")
    set_rights(place, user, can_delete=False, treat_as_inbox=True)
    set_rights(place, user, can_manage=False)
    assert rights_of(place, user) == [
        {"queue_id": INBOX, "can_view": True, "can_manage": False, "can_delete": False,
         "treat_as_inbox": True, "receive_inbox_errors": False}
    ]  # fmt: skip


def test_detached_user_has_no_right_until_it_is_given_again(place: Place) -> None:
    user, email = new_user(place, "detached")
    token, number = token_for(place, email), number_of(place)
    assert shown(place, number, token) == 200
    for _ in range(2):
        path = f"{USERS}/{user}/queues/{INBOX}/detach"
        assert answered(place, path, {}) == {"ok": True}
    assert (rights_of(place, user), shown(place, number, token)) == ([], 404)
    change(place, user, Role.STAFF, tonic_notifications=True)
    assert shown(place, number, token) == 404
    set_rights(place, user)
    assert (rights_of(place, user)[0]["can_view"], shown(place, number, token)) == (False, 404)
    set_rights(place, user, can_view=True)
    assert shown(place, number, token) == 200


def test_api_account_is_exempt_from_queue_rights(place: Place) -> None:
    user, email = new_user(place, "robot", is_api_user=True)
    assert listed(place, user)["is_api_user"] is True
    token, number = token_for(place, email), number_of(place)
    answered(place, f"{USERS}/{user}/queues/{INBOX}/detach", {})
    assert shown(place, number, token) == 200
    change(place, user, Role.STAFF, is_api_user=False)
    assert shown(place, number, token) == 404
    change(place, user, Role.ANY, is_api_user=True)
    assert listed(place, user)["is_staff"] is False


@pytest.mark.parametrize(
    ("user", "queue", "what"), [("9999", INBOX, "user 9999"), ("1", INBOX, "user 1"),
                                ("", "9999", "queue 9999")],
)  # fmt: skip
def test_unknown_user_or_queue_is_404(place: Place, user: str, queue: str, what: str) -> None:
    user = user or new_user(place, f"of no queue {uuid4().hex}")[0]
    for more in ("", "/detach"):
        found = refused(place, f"{USERS}/{user}/queues/{queue}{more}", {})
        assert found == (404, "not_found", f"There is no {what}.")


def test_rights_of_a_user_above_the_caller_cannot_be_changed(place: Place) -> None:
    _, email = new_user(place, "rights admin", Role.ADMIN)
    admin = token_for(place, email)
    chief, _ = new_user(place, "rights chief", Role.SUPERUSER)
    for more in ("", "/detach"):
        found = refused(place, f"{USERS}/{chief}/queues/{INBOX}{more}", {}, admin)
        assert found[:2] == (403, "role_required")
    body = {**FLAGS[Role.ADMIN], "tonic_notifications": False, "is_superuser": True}
    found = refused(place, f"{USERS}/{chief}/update", {**body, "is_api_user": True}, admin)
    assert found[:2] == (403, "role_required")


def test_invalid_switches_are_all_named(place: Place) -> None:
    body = dict.fromkeys(SWITCHES, "maybe")
    status, _, raw = place.post(f"{USERS}/2/queues/1", body)
    assert (status, list(json.loads(raw)["errors"])) == (422, SWITCHES)
