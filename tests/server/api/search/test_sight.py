"""What a caller does not see: queues without can_view, and all but his own for a customer."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import COACH, open_ticket, respond, staff_with, ticket_id
from tests.support.place import Place
from tests.support.users import answered, refused, token_of
from tickiti_cli.contract.endpoint import Role

MARCUS = "Marcus@sole-trader.example"
INDEX, V1 = "/api/tickiti_api_index", "/api/v1/tickets"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("sight"))
    found.start()
    yield found
    found.stop()


class Two:
    """Two tickets of Marcus: one in a queue that Vera views, one in a queue she does not."""

    def __init__(self, place: Place) -> None:
        self.marcus = token_of(place, "Marcus", Role.ANY)
        own = {"originator_email_address": MARCUS}
        self.seen = open_ticket(place, "seen", queue_name="Inbox", **own)
        self.unseen = open_ticket(place, "unseen", queue_name="Sales", **own)
        self.other = open_ticket(place, "other", originator_email_address="x@b.example")
        self.said = [respond(place, number) for number in (self.seen, self.unseen, self.other)]
        self.note = respond(place, self.seen, "an internal wombat", is_internal=True)
        self.vera = staff_with(place, "Vera", queue="Sales", can_view=False)


@pytest.fixture(scope="module")
def two(place: Place) -> Two:
    return Two(place)


def numbers(place: Place, token: str, *criteria: Any) -> list[int]:
    body = {"search_object": {"criteria": list(criteria)}}
    reply = answered(place, f"{V1}/query", body, token)
    classic = answered(place, INDEX, body, token)["data"]
    found = sorted(row["number"] for row in reply["data"])
    assert found == sorted(row["number"] for row in classic["tickets"])
    assert reply["total"] == classic["total"] == len(found)
    return found


def said(place: Place, token: str, **body: Any) -> list[int]:
    reply = answered(place, f"{V1}/responses/query", body, token)["data"]
    count = answered(place, f"{V1}/responses/query", {**body, "count_only": True}, token)["data"]
    assert count == {"count": len(reply["responses"])}
    return [int(row["id"]) for row in reply["responses"]]


def test_tickets_of_an_unseen_queue_are_left_out_of_lists(place: Place, two: Two) -> None:
    assert numbers(place, two.vera) == [two.seen, two.other]
    assert numbers(place, place.token) == [two.seen, two.unseen, two.other]
    assert numbers(place, two.vera, {"mode": "queue", "tokens": ["Sales"]}) == []


@pytest.mark.parametrize("route", ["show", "responses"])
@pytest.mark.parametrize("name", ["ticket_number", "ticket_id"])
def test_ticket_of_an_unseen_queue_is_not_found(
    place: Place, two: Two, route: str, name: str
) -> None:
    value = two.unseen if name == "ticket_number" else ticket_id(place, two.unseen)
    assert refused(place, f"{V1}/{route}", {name: value}, two.vera)[:2] == (
        404, "ticket_not_found"
    )  # fmt: skip
    assert answered(place, f"{V1}/{route}", {name: value})["ok"]


def test_responses_of_an_unseen_queue_are_left_out(place: Place, two: Two) -> None:
    everything, hidden = said(place, place.token), said(place, place.token, queue=["Sales"])
    assert two.said[1] in hidden
    assert said(place, two.vera) == [found for found in everything if found not in hidden]
    assert said(place, two.vera, ticket_number=[two.unseen], include_deleted=True) == []
    grouped = {"group_by": "queue"}
    groups = answered(place, f"{V1}/responses/query", grouped, two.vera)["data"]["groups"]
    assert [group["value"] for group in groups] == ["Inbox"]


def test_response_of_an_unseen_queue_is_not_found(place: Place, two: Two) -> None:
    body = {"response_id": two.said[1]}
    assert refused(place, f"{V1}/response", body, two.vera) == (
        404, "response_not_found", f"Response {two.said[1]} not found."
    )  # fmt: skip


def test_hashtags_count_the_seen_tickets(place: Place, two: Two) -> None:
    for number, tags in ((two.seen, ["vip", "inbox"]), (two.unseen, ["vip", "sales"])):
        act = {"ticket_number": number, "hashtags": tags}
        assert place.post("/_tickiti/tickets/act", act)[0] == 200
    counts = [
        {row["tag"]: row["count"] for row in answered(place, "/api/v1/settings/hashtags", {}, who)}
        for who in (place.token, two.vera)
    ]
    assert counts == [{"vip": 2, "inbox": 1, "sales": 1}, {"vip": 1, "inbox": 1}]


def test_customer_sees_the_tickets_that_he_takes_part_in(place: Place, two: Two) -> None:
    assert numbers(place, two.marcus) == [two.seen, two.unseen]
    assert numbers(place, two.marcus, {"mode": "ticket_number", "tokens": [two.other]}) == []
    assert refused(place, f"{V1}/show", {"ticket_number": two.other}, two.marcus)[0] == 404
    joined = {"ticket_number": two.other, "participants": [MARCUS], "from_email": COACH}
    assert place.post(f"{V1}/participants/add", joined, str(uuid4()))[0] == 200
    assert numbers(place, two.marcus) == [two.seen, two.unseen, two.other]
    gone = {**joined, "participants": [MARCUS]}
    assert place.post(f"{V1}/participants/remove", gone, str(uuid4()))[0] == 200


def test_customer_sees_no_internal_note(place: Place, two: Two) -> None:
    shown = answered(place, f"{V1}/show", {"ticket_number": two.seen}, two.marcus)["data"]
    assert two.note not in [int(row["id"]) for row in shown["responses"]]
    assert len(shown["responses"]) == 2
    assert two.note not in said(place, two.marcus)
    assert refused(place, f"{V1}/response", {"response_id": two.note}, two.marcus)[0] == 404
    wombat = {"mode": "content", "tokens": ["wombat"]}
    assert numbers(place, two.marcus, wombat) == []
    assert numbers(place, place.token, wombat) == [two.seen]
    body = {"search_object": {"criteria": [{"mode": "ticket_number", "tokens": [two.seen]}]}}
    counts = [
        answered(place, f"{V1}/query", body, token)["data"][0]["response_count"]
        for token in (two.marcus, place.token)
    ]
    assert counts == [2, 3]


def test_customer_has_only_the_perspective_all(place: Place, two: Two) -> None:
    new = {"name": "Shared view", "shared": True}
    made = answered(place, "/api/v1/settings/perspectives/create", new)["perspective_id"]
    everything = {"search_object": {"search_perspective": "All"}}
    assert len(answered(place, f"{V1}/query", everything, two.marcus)["data"]) == 2
    for body in (
        {"perspective_id": made},
        {"search_object": {"search_perspective_id": made}},
        {"search_object": {"search_perspective": "Shared view"}},
    ):
        assert answered(place, f"{V1}/query", body, two.vera)["ok"]
        for path in (f"{V1}/query", INDEX):
            assert refused(place, path, body, two.marcus)[:2] == (422, "perspective_not_found")


def test_linked_tickets_are_shown_where_both_are_seen(place: Place, two: Two) -> None:
    a, b = (ticket_id(place, number) for number in (two.seen, two.unseen))
    for one, other in ((a, b), (b, a)):
        place.execute(
            "INSERT INTO ticket_link (ticket_id, other_id, is_clone, created_at)"
            f" VALUES ({one}, {other}, 0, 1)"
        )
    linked = [
        answered(place, f"{V1}/show", {"ticket_number": two.seen}, token)["data"]["linked_tickets"]
        for token in (place.token, two.vera, two.marcus)
    ]
    shown = {"id": str(b), "number": two.unseen, "subject": "unseen", "status": "open"}
    assert linked == [[{**shown, "is_clone": False}], [], []]


def test_audit_of_a_response_is_for_staff(place: Place, two: Two) -> None:
    body = {"ticket_number": two.seen, "from_email": MARCUS, "content": "c", "priority": "high"}
    raw = place.post(f"{V1}/respond", body, str(uuid4()))[2]
    wanted = {"response_id": json.loads(raw)["data"]["response_id"]}
    staff, customer = (
        answered(place, f"{V1}/response", wanted, token)["data"]["response"]["audit"]
        for token in (place.token, two.marcus)
    )
    assert ([entry["what"] for entry in staff], customer) == (["priority"], [])


def test_a_shared_watchlist_is_searched_by_staff_alone(place: Place, two: Two) -> None:
    path = "/api/v1/settings/watchlists"
    new = {"name": "Difficult people", "icon": "eye", "shared": True}
    watchlist = answered(place, f"{path}/create", new)["watchlist_id"]
    tickets = [ticket_id(place, number) for number in (two.seen, two.unseen)]
    answered(place, f"{path}/add-tickets", {"watchlist_id": watchlist, "ticket_ids": tickets})
    watched = {"mode": "watchlist", "tokens": [watchlist]}
    assert numbers(place, two.vera, watched) == [two.seen]
    assert numbers(place, two.marcus, watched) == []
