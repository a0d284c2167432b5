# ruff: noqa: E501 - a table reads best with a case a line
"""Staff change tickets through tickets/act, watchlists and hashtags."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

ACT, INDEX = "/_tickiti/tickets/act", "/api/tickiti_api_index"
SETTINGS, USERS = "/api/v1/settings", "/api/v1/administration/users/create"
ANNA, MARCUS = "anna@sole-trader.example", "marcus@trailblazers-club.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("staff"))
    found.start()
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    assert found.post(USERS, {"name": "Anna", "email": ANNA, **flags})[0] == 200
    yield found
    found.stop()


@pytest.fixture(scope="module")
def annas(place: Place) -> str:
    """A token that acts for Anna."""
    abilities = ["settings:write", "ticket-index", "manage-tokens"]
    body = {"name": "anna", "abilities": abilities, "user": ANNA}
    token: str = answered(place, "/_tickiti/tokens/mint", body)["data"]["token"]
    return token


def answered(place: Place, path: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any) -> tuple[int, str, Any]:
    """Status, code, and the bad fields, or the sentence where there are none."""
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    return status, reply["code"], reply.get("errors", reply["message"])


def opened(place: Place) -> dict[str, Any]:
    created: dict[str, Any] = answered(place, "/api/create_ticket", ticket("A shoe"))["data"]
    return created


def acted(place: Place, number: int, **actions: Any) -> Any:
    return answered(place, ACT, {"ticket_number": number, **actions})["data"]


def held(place: Place, number: int) -> None:
    hold = {"status": "on-hold", "on_hold_until": "2999-01-01", "from_email": ANNA}
    answered(place, "/api/ticket_respond", {"ticket_number": number, **hold})


def watchlist(place: Place, token: str | None = None, **more: Any) -> str:
    body = {"name": f"W {uuid4().hex}", "icon": "eye", "shared": True, **more}
    made = answered(place, f"{SETTINGS}/watchlists/create", body, token)
    assert made == {"ok": True, "watchlist_id": made["watchlist_id"]}
    found: str = made["watchlist_id"]
    return found


def watched(place: Place, watchlist_id: str, token: str | None = None) -> Any:
    """The list as the index has it, or None."""
    rows = answered(place, f"{SETTINGS}/watchlists", {}, token)["watchlists"]
    return next((row for row in rows if row["id"] == watchlist_id), None)


def found(place: Place, token: str | None = None, **criteria: Any) -> list[int]:
    wanted = [{"mode": mode, "tokens": tokens} for mode, tokens in criteria.items()]
    body = {"search_object": {"criteria": wanted}, "order": "number", "limit": 1000}
    return [row["number"] for row in answered(place, INDEX, body, token)["data"]["tickets"]]


def test_act_applies_all_changes_in_one_transaction(place: Place) -> None:
    created, watchlist_id = opened(place), watchlist(place)
    number = created["ticket_number"]
    acts = {
        "close": True, "assign": ANNA.upper(), "priority": "Urgent", "hashtags": ["#VIP", "berlin"],
        "watchlist": watchlist_id,
    }  # fmt: skip
    assert acted(place, number, **acts) == {
        "ticket_id": created["ticket_id"], "ticket_number": number, "status": "closed",
        "priority": 40, "assigned_to_email": ANNA, "on_hold_until": None,
        "hashtags": ["berlin", "VIP"], "watchlists": [int(watchlist_id)],
    }  # fmt: skip
    within = {"ticket_number": [str(number)]}
    for criterion in (
        {"status": ["closed"]}, {"assigned": [ANNA]}, {"assigned": ["x@b.example", ANNA.upper()]},
        {"priority": ["urgent"]}, {"hashtag": ["vip"]}, {"hashtag": ["#Berlin", "none"]},
        {"watchlist": [watchlist_id]}, {"watchlist": [int(watchlist_id), 999]},
    ):  # fmt: skip
        assert found(place, **within, **criterion) == [number], criterion
    for criterion in (
        {"status": ["open", "on-hold"]}, {"assigned": [MARCUS]}, {"assigned": ["nobody"]},
        {"priority": ["high"]}, {"hashtag": ["vi"]}, {"watchlist": [999]},
    ):  # fmt: skip
        assert found(place, **within, **criterion) == [], criterion


def test_close_ends_a_hold_and_an_answer_reopens(place: Place) -> None:
    number = opened(place)["ticket_number"]
    held(place, number)
    closed = acted(place, number, close=True)
    assert (closed["status"], closed["on_hold_until"]) == ("closed", None)
    answer = {"ticket_number": number, "from_email": MARCUS, "content": "It broke again."}
    assert answered(place, "/api/ticket_respond", answer)["data"]["reopened"] is True
    assert found(place, ticket_number=[number], status=["open"]) == [number]
    acted(place, number, close=True)
    assert acted(place, number, reopen=True)["status"] == "open"
    held(place, number)
    reopened = acted(place, number, reopen="1")
    assert (reopened["status"], reopened["on_hold_until"]) == ("open", None)


def test_hold_ends_when_the_customer_answers(place: Place) -> None:
    number = opened(place)["ticket_number"]
    held(place, number)
    assert found(place, ticket_number=[number], status=["on-hold"]) == [number]
    answer = {"ticket_number": number, "from_email": MARCUS, "content": "News?"}
    assert answered(place, "/api/ticket_respond", answer)["data"]["reopened"] is True
    assert found(place, ticket_number=[number], status=["open"]) == [number]


def test_act_is_activity_and_watching_is_not(place: Place) -> None:
    first, second = opened(place)["ticket_number"], opened(place)["ticket_number"]

    def newest() -> int:
        number: int = answered(place, INDEX, {"limit": 1})["data"]["tickets"][0]["number"]
        return number

    assert newest() == second
    acted(place, first, watchlist=watchlist(place))
    assert newest() == second
    acted(place, first, hashtags=["moved"])
    assert newest() == first
    acted(place, second, priority=30)
    assert newest() == second


BAD_PRIORITY = "The priority field must be a priority: low, normal, high, urgent or 10, 20, 30, 40."
BAD_TAG = "must be one word of at most 64 letters, digits, _ and -, such as vip."
ACTIONS = "close, reopen, assign, priority, hashtags, remove_hashtags, watchlist"


@pytest.mark.parametrize(
    ("actions", "field", "sentence"),
    [
        ({}, "body", f"Nothing to do: one of {ACTIONS} is required."),
        ({"close": False, "hashtags": []}, "body", f"Nothing to do: one of {ACTIONS} is required."),
        ({"close": True, "reopen": True}, "reopen", "The reopen field contradicts close; send one of them."),
        ({"assign": "nobody-here@b.example"}, "assign", "'nobody-here@b.example' is not a member of staff or a team."),
        ({"assign": MARCUS}, "assign", f"'{MARCUS}' is not a member of staff or a team."),
        ({"priority": "21"}, "priority", BAD_PRIORITY),
        ({"priority": True}, "priority", BAD_PRIORITY),
        ({"hashtags": ["two words"]}, "hashtags.0", f"The hashtags.0 field {BAD_TAG}"),
        ({"hashtags": ["ok", "#"]}, "hashtags.1", f"The hashtags.1 field {BAD_TAG}"),
        ({"watchlist": 9999}, "watchlist", "There is no watchlist 9999."),
    ],
)  # fmt: skip
def test_refused_act_changes_nothing(
    place: Place, actions: dict[str, Any], field: str, sentence: str
) -> None:
    number = opened(place)["ticket_number"]
    before = answered(place, "/api/v1/tickets/show", {"ticket_number": number})
    asked = {"priority": "low", **actions} if actions.keys() & {"watchlist", "assign"} else actions
    code = "assignee_not_found" if field == "assign" else "validation_failed"
    expected = (422, code, {field: [sentence]})
    assert refused(place, ACT, {"ticket_number": number, **asked}) == expected
    assert answered(place, "/api/v1/tickets/show", {"ticket_number": number}) == before


def test_act_on_an_unknown_ticket_is_a_404(place: Place) -> None:
    found = refused(place, ACT, {"ticket_number": 7, "close": True})
    assert found == (404, "ticket_not_found", "Ticket 7 not found.")


def test_hashtags_ignore_case_and_are_deleted_everywhere(place: Place) -> None:
    one, two = opened(place)["ticket_number"], opened(place)["ticket_number"]
    tag = f"T{uuid4().hex}"
    for number, written in ((one, tag), (two, tag.lower()), (two, tag)):
        acted(place, number, hashtags=[written])
    counts = {row["tag"]: row["count"] for row in answered(place, f"{SETTINGS}/hashtags", {})}
    assert counts[tag] == 2
    for _ in range(2):
        reply = answered(place, f"{SETTINGS}/hashtags/delete", {"tag": f"#{tag.upper()}"})
        assert reply == {"ok": True}
    assert found(place, hashtag=[tag]) == []
    assert tag not in {row["tag"] for row in answered(place, f"{SETTINGS}/hashtags", {})}


def test_watchlist_keeps_its_order_and_can_be_reordered(place: Place) -> None:
    one, two, three = (str(opened(place)["ticket_id"]) for _ in range(3))
    watchlist_id = watchlist(place, name="Order of things", icon="shoe")

    def change(verb: str, *ticket_ids: str) -> Any:
        body = {"watchlist_id": watchlist_id, "ticket_ids": [*ticket_ids]}
        assert answered(place, f"{SETTINGS}/watchlists/{verb}", body) == {"ok": True}
        return watched(place, watchlist_id)["ticket_ids"]

    assert change("add-tickets", one, two) == [one, two]
    assert change("add-tickets", one, three) == [one, two, three]
    assert change("reorder", three, one, three) == [three, one, two]
    assert change("remove-tickets", one, one) == [three, two]
    assert change("remove-tickets", one) == [three, two]
    assert change("add-tickets", one) == [three, two, one]
    row = {
        "id": watchlist_id,
        "name": "Order of things",
        "icon": "shoe",
        "shared": True,
        "owner": "system@localhost",
        "description": "",
        "display_mode": "list",
    }
    assert watched(place, watchlist_id) == {**row, "ticket_ids": [three, two, one]}
    update = {"watchlist_id": watchlist_id, "icon": "plate"}
    assert answered(place, f"{SETTINGS}/watchlists/update", update) == {"ok": True}
    assert watched(place, watchlist_id)["icon"] == "plate"
    for _ in range(2):
        body = {"watchlist_id": watchlist_id}
        assert answered(place, f"{SETTINGS}/watchlists/delete", body) == {"ok": True}
    assert watched(place, watchlist_id) is None
    assert found(place, watchlist=[watchlist_id]) == []


def test_invalid_watchlist_request_names_its_field(place: Place) -> None:
    watchlist_id, here = watchlist(place, name="Careful"), str(opened(place)["ticket_id"])
    path = f"{SETTINGS}/watchlists"
    body = {"watchlist_id": watchlist_id, "ticket_ids": [here]}
    off = {"ticket_ids.0": [f"The watchlist has no ticket with the id {here}."]}
    assert refused(place, f"{path}/reorder", body) == (422, "validation_failed", off)
    missing = {"watchlist_id": ["There is no watchlist 9999."]}
    for verb in ("update", "add-tickets", "remove-tickets", "reorder"):
        found = refused(place, f"{path}/{verb}", {**body, "watchlist_id": 9999})
        assert found == (422, "validation_failed", missing)
    taken = {"name": ["Watchlist 'Careful' already exists."]}
    again = {"name": "Careful", "icon": "eye", "shared": False}
    assert refused(place, f"{path}/create", again) == (422, "validation_failed", taken)


def test_personal_watchlist_is_visible_to_its_owner_alone(place: Place, annas: str) -> None:
    created = opened(place)
    mine = watchlist(place, annas, shared=False)
    body = {"watchlist_id": mine, "ticket_ids": [created["ticket_id"]]}
    answered(place, f"{SETTINGS}/watchlists/add-tickets", body, annas)
    assert watched(place, mine) is None
    assert watched(place, mine, annas)["ticket_ids"] == [str(created["ticket_id"])]
    assert (found(place, watchlist=[mine]), found(place, annas, watchlist=[mine])) == (
        [], [created["ticket_number"]]
    )  # fmt: skip
    assert acted(place, created["ticket_number"], priority="low")["watchlists"] == []
    update = {"watchlist_id": mine, "name": "taken over"}
    missing = {"watchlist_id": [f"There is no watchlist {mine}."]}
    assert refused(place, f"{SETTINGS}/watchlists/update", update) == (
        422, "validation_failed", missing
    )  # fmt: skip
    assert answered(place, f"{SETTINGS}/watchlists/delete", {"watchlist_id": mine}) == {"ok": True}
    assert watched(place, mine, annas) is not None
