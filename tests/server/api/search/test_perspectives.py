# ruff: noqa: E501 - a table reads best with a case a line
"""A perspective is a saved view: its tickets, their order, and the users who see it."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

ACT, INDEX, QUERY = "/_tickiti/tickets/act", "/api/tickiti_api_index", "/api/v1/tickets/query"
V1, USERS = "/api/v1/settings/perspectives", "/api/v1/administration/users/create"
ANNA, BEN = "anna@sole-trader.example", "ben@sole-trader.example"
MARCUS = "marcus@trailblazers-club.example"
FIELDS = (
    "subject, content, status, priority, queue, assigned, raised, participant, hashtag, watchlist, "
    "ticket_number"
)
ORDERS = (
    "ticket_number, subject, status, priority, queue, assigned, raised, on_hold_until, created_at, "
    "updated_at"
)

Condition = tuple[str, str, object]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("perspectives"))
    found.start()
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    for name, email in (("Anna", ANNA), ("Ben", BEN)):
        assert found.post(USERS, {"name": name, "email": email, **flags})[0] == 200
    yield found
    found.stop()


@pytest.fixture(scope="module")
def annas(place: Place) -> str:
    """A token that acts for Anna."""
    body = {"name": "anna", "abilities": ["settings:write", "ticket-index"], "user": ANNA}
    token: str = answered(place, "/_tickiti/tokens/mint", body)["data"]["token"]
    return token


@pytest.fixture(scope="module")
def numbers(place: Place) -> list[int]:
    """Five tickets of every kind, whose subjects begin with "p"."""
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"subject": "pA plate"}, {"priority": "high", "assign": ANNA}),
        ({"subject": "pB heel", "queue_name": "Sales"}, {"priority": "low", "hashtags": ["vip"]}),
        ({"subject": "pC plate", "queue_name": "Sales"}, {"priority": "high", "assign": BEN}),
        ({"subject": "pD sole", "content": "<b>Lace</b>"}, {"close": True}),
        ({"subject": "pE plate", "queue_name": "Support"}, {"priority": "urgent"}),
    ]
    found = []
    for data, actions in rows:
        body = ticket("")
        body = {**body, "data": {**body["data"], **data}}
        number = answered(place, "/api/create_ticket", body)["data"]["ticket_number"]
        if actions:
            answered(place, ACT, {"ticket_number": number, **actions})
        found.append(number)
    hold = {"status": "on-hold", "on_hold_until": "2999-01-01", "from_email": BEN}
    answered(place, "/api/ticket_respond", {"ticket_number": found[1], **hold})
    return found


def answered(place: Place, path: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    assert status == 200, raw
    return json.loads(raw)


def refused(
    place: Place, path: str, body: Any, token: str | None = None
) -> tuple[int, str, dict[str, list[str]]]:
    status, _, raw = place.post(path, body, str(uuid4()), token=token)
    reply = json.loads(raw)
    return status, reply["code"], reply["errors"]


def condition(field: str, operator: str, value: object) -> dict[str, object]:
    return {"field": field, "operator": operator, "value": value}


def made(place: Place, *conditions: Condition, token: str | None = None, **more: Any) -> str:
    """A new perspective's id. Orders are written as `field` or `field:desc`."""
    orders = [order.partition(":") for order in more.pop("orders", ())]
    body = {
        "name": f"P {uuid4().hex}",
        "shared": True,
        "conditions": [condition(*each) for each in conditions],
        "orders": [
            {"field": field, **({"ascending": False} if direction else {})}
            for field, _, direction in orders
        ],
        **more,
    }
    reply = answered(place, f"{V1}/create", body, token)
    assert reply == {"perspective_id": reply["perspective_id"]}
    found: str = reply["perspective_id"]
    return found


def listed(place: Place, perspective_id: object, **more: Any) -> list[int]:
    body = {"perspective_id": perspective_id, "limit": 1000, **more}
    return [row["number"] for row in answered(place, INDEX, body)["data"]["tickets"]]


def shown(place: Place, perspective_id: str, token: str | None = None) -> Any:
    rows = answered(place, V1, {"scope": "all"}, token)["perspectives"]
    return next((row for row in rows if row["id"] == perspective_id), None)


def make_admin(place: Place, *, is_admin: bool) -> None:
    """Make Anna an admin, or staff."""
    anna = place.value("SELECT id FROM person WHERE email = :email", {"email": ANNA})
    flags = {"is_staff": True, "is_admin": is_admin, "tonic_notifications": False}
    answered(place, f"/api/v1/administration/users/{anna}/update", {"user": anna, **flags})


def test_created_perspective_is_listed_with_every_member(place: Place) -> None:
    body = {
        "name": "Open orders", "shared": True, "description": "Tickets of Sales.",
        "conditions": [condition("status", "is", "open"), condition("priority", "is not", 10)],
        "orders": [{"field": "priority", "ascending": False}, {"field": "queue"}],
        "display_mode": "card",
    }  # fmt: skip
    perspective_id = answered(place, f"{V1}/create", body)["perspective_id"]
    assert shown(place, perspective_id) == {
        **body, "id": perspective_id, "owner": "system@localhost", "show_in_crm": False,
        "built_in": False,
        "conditions": [condition("status", "is", "open"), condition("priority", "is not", "10")],
        "orders": [
            {"field": "priority", "ascending": False}, {"field": "queue", "ascending": True}
        ],
    }  # fmt: skip
    assert shown(place, "1") == {
        "id": "1", "name": "All", "description": "Every ticket.", "shared": True, "owner": None,
        "conditions": [], "orders": [], "show_in_crm": True, "built_in": True,
        "display_mode": "list",
    }  # fmt: skip


def test_criterion_of_each_field_and_operator_finds_its_tickets(
    place: Place, numbers: list[int]
) -> None:
    a, b, c, d, e = numbers
    watchlist = answered(
        place, "/api/v1/settings/watchlists/create", {"name": "W", "icon": "i", "shared": True}
    )["watchlist_id"]
    answered(place, ACT, {"ticket_number": c, "watchlist": watchlist})
    cases: list[tuple[list[Condition], list[int]]] = [
        ([], [a, b, c, d, e]),
        ([("subject", "is", "PA PLATE")], [a]),
        ([("subject", "is not", "PA PLATE")], [b, c, d, e]),
        ([("subject", "contains", "Plate")], [a, c, e]),
        ([("subject", "contains", "p_")], []),
        ([("content", "contains", "lace")], [d]),
        ([("status", "is", "Open")], [a, c, e]),
        ([("status", "is not", "open")], [b, d]),
        ([("status", "is", "on-hold"), ("status", "is", "closed")], [b, d]),
        ([("status", "is not", "on-hold"), ("status", "is not", "closed")], [a, c, e]),
        ([("priority", "is", "high")], [a, c]),
        ([("priority", "is not", "20"), ("priority", "is not", "high")], [b, e]),
        ([("queue", "is", "sales")], [b, c]),
        ([("queue", "is not", "Sales")], [a, d, e]),
        ([("queue", "contains", "S")], [b, c, e]),
        ([("queue", "is", "sales"), ("status", "is", "open")], [c]),
        ([("assigned", "is", ANNA.upper())], [a]),
        ([("assigned", "is not", ANNA)], [b, c, d, e]),
        ([("assigned", "is", "nobody")], [b, d, e]),
        ([("assigned", "is not", "nobody")], [a, c]),
        ([("assigned", "is", "nobody"), ("assigned", "is", BEN)], [b, c, d, e]),
        ([("assigned", "is", "unknown@b.example")], []),
        ([("assigned", "contains", "@SOLE-trader")], [a, c]),
        ([("raised", "is", MARCUS)], [a, b, c, d, e]),
        ([("raised", "is not", MARCUS)], []),
        ([("raised", "contains", "trailblazers")], [a, b, c, d, e]),
        ([("participant", "is", BEN)], [b]),
        ([("participant", "is not", BEN)], [a, c, d, e]),
        ([("hashtag", "is", "#VIP")], [b]),
        ([("hashtag", "is not", "vip")], [a, c, d, e]),
        ([("watchlist", "is", watchlist)], [c]),
        ([("watchlist", "is not", watchlist)], [a, b, d, e]),
        ([("ticket_number", "is", a), ("ticket_number", "is", e)], [a, e]),
        ([("ticket_number", "is not", a)], [b, c, d, e]),
    ]
    for conditions, expected in cases:
        perspective_id = made(place, *conditions)
        found = listed(
            place, perspective_id, order="number",
            search_object={"criteria": [{"mode": "ticket_number", "tokens": numbers}]},
        )  # fmt: skip
        assert found == expected, conditions


def test_criteria_narrow_a_perspective(place: Place, numbers: list[int]) -> None:
    perspective_id = made(place, ("subject", "contains", "plate"), ("status", "is", "open"))
    criteria = [
        {"mode": "ticket_number", "tokens": numbers},
        {"mode": "queue", "tokens": ["Sales"]},
    ]
    for named in (
        {"perspective_id": perspective_id, "search_object": {"criteria": criteria}},
        {"search_object": {"search_perspective_id": int(perspective_id), "criteria": criteria}},
        {"search_object": {
            "search_perspective": shown(place, perspective_id)["name"], "criteria": criteria,
        }},
        {"perspective_id": perspective_id, "search_object": {
            "search_perspective_id": perspective_id, "criteria": criteria,
        }},
    ):  # fmt: skip
        rows = answered(place, INDEX, named)["data"]["tickets"]
        assert [row["number"] for row in rows] == [numbers[2]]


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (["subject"], "abcde"),
        (["subject:desc"], "edcba"),
        (["ticket_number:desc"], "edcba"),
        (["priority:desc", "subject"], "eacdb"),
        (["priority", "subject:desc"], "bdcae"),
        (["queue", "priority:desc", "ticket_number"], "adcbe"),
        (["assigned", "ticket_number:desc"], "edbac"),
        (["status", "assigned:desc", "queue:desc"], "dbcae"),
        (["on_hold_until:desc", "created_at"], "bacde"),
        (["updated_at"], "acdeb"),
        (["raised", "updated_at:desc"], "bedca"),
    ],
)
def test_perspective_order_holds_on_every_page(
    place: Place, numbers: list[int], orders: list[str], expected: str
) -> None:
    perspective_id = made(place, ("ticket_number", "is not", 1), orders=orders)
    criteria = [{"mode": "ticket_number", "tokens": numbers}]
    body: dict[str, Any] = {
        "perspective_id": perspective_id, "search_object": {"criteria": criteria}, "limit": 1
    }  # fmt: skip
    # The acts and the hold above were in this order, so they are the activity.
    for number in (numbers[0], numbers[2], numbers[3], numbers[4], numbers[1]):
        answered(place, ACT, {"ticket_number": number, "hashtags": ["seen"]})
    for limit in (1, 2, 5):
        found: list[int] = []
        pages, cursor = 0, None
        while pages == 0 or cursor:
            page = answered(place, INDEX, {**body, "limit": limit, "cursor": cursor})["data"]
            found += [row["number"] for row in page["tickets"]]
            cursor, pages = page["next_cursor"], pages + 1
        assert "".join("abcde"[numbers.index(number)] for number in found) == expected
        assert pages == -(-5 // limit)


def test_requested_order_overrides_the_perspectives_order(place: Place, numbers: list[int]) -> None:
    perspective_id = made(place, ("subject", "contains", "p"), orders=["subject:desc"])
    criteria = {"criteria": [{"mode": "ticket_number", "tokens": numbers}]}
    assert listed(place, perspective_id, search_object=criteria) == numbers[::-1]
    found = listed(place, perspective_id, search_object=criteria, order="number")
    assert found == numbers


def test_cursor_of_another_order_is_refused(place: Place, numbers: list[int]) -> None:
    one, other = made(place, orders=["subject"]), made(place, orders=["subject:desc"])
    page = answered(place, INDEX, {"perspective_id": one, "limit": 1})["data"]
    sentence = "The cursor field must be the next_cursor of a reply with the same order."
    for more in ({"perspective_id": other}, {"perspective_id": 1}, {}, {"order": "number"}):
        found = refused(place, INDEX, {**more, "cursor": page["next_cursor"]})
        assert found == (422, "validation_failed", {"cursor": [sentence]})


def test_update_changes_only_the_named_members(place: Place) -> None:
    perspective_id = made(place, ("status", "is", "open"), description="d", orders=["queue"])
    before = shown(place, perspective_id)
    update = {"perspective_id": perspective_id, "show_in_crm": "1", "orders": []}
    assert answered(place, f"{V1}/update", update) == {"ok": True}
    assert shown(place, perspective_id) == {**before, "show_in_crm": True, "orders": []}
    update = {"perspective_id": perspective_id, "description": "", "conditions": [], "name": ""}
    assert answered(place, f"{V1}/update", update) == {"ok": True}
    assert shown(place, perspective_id) == {
        **before, "show_in_crm": True, "orders": [], "description": "", "conditions": [],
    }  # fmt: skip
    for _ in range(2):
        assert answered(place, f"{V1}/delete", {"perspective_id": perspective_id}) == {"ok": True}
    assert shown(place, perspective_id) is None


@pytest.mark.parametrize(
    ("members", "field", "sentence"),
    [
        ({"conditions": [condition("colour", "is", "red")]}, "conditions.0.field",
         f"There is no field 'colour'; use one of {FIELDS}."),
        ({"conditions": [condition("status", "contains", "op")]}, "conditions.0.operator",
         "'status' cannot be asked with 'contains'; use 'is' or 'is not'."),
        ({"conditions": [condition("content", "is", "x")]}, "conditions.0.operator",
         "'content' cannot be asked with 'is'; use 'contains'."),
        ({"conditions": [condition("status", "is", "opened")]}, "conditions.0.value",
         "The conditions.0.value field must be a status: open, on-hold or closed."),
        ({"conditions": [condition("queue", "is", "x"), condition("priority", "is", "9")]},
         "conditions.1.value", "The conditions.1.value field must be a priority: low, normal, high, urgent or 10, 20, 30, 40."),
        ({"conditions": [condition("queue", "like", "x")]}, "conditions.0.operator",
         "The conditions.0.operator field must be 'is', 'is not' or 'contains'."),
        ({"conditions": [condition("queue", "is", "")]}, "conditions.0.value",
         "The conditions.0.value field is required."),
        ({"conditions": "status is open"}, "conditions", "The conditions field must be an array."),
        ({"orders": [{"field": "colour"}]}, "orders.0.field",
         f"There is no order by 'colour'; use one of {ORDERS}."),
        ({"orders": [{"field": "queue"}, {"field": "queue", "ascending": False}]},
         "orders.1.field", "The orders.1.field field repeats 'queue'."),
        ({"orders": [{"field": "queue", "ascending": "up"}]}, "orders.0.ascending",
         "The orders.0.ascending field must be true or false."),
        ({"orders": [{"field": "queue", "direction": "desc"}]}, "orders.0.direction",
         "The orders.0.direction field is now called ascending."),
        ({"display_mode": "grid"}, "display_mode",
         "The display_mode field must be 'list' or 'card'."),
        ({"name": "All"}, "name", "Perspective 'All' already exists."),
        ({"name": "ALL"}, "name", "Perspective 'ALL' already exists."),
    ],
)  # fmt: skip
def test_invalid_perspective_names_its_wrong_field(
    place: Place, members: dict[str, Any], field: str, sentence: str
) -> None:
    body = {"name": f"P {uuid4().hex}", "shared": True, **members}
    expected = (422, "validation_failed", {field: [sentence]})
    assert refused(place, f"{V1}/create", body) == expected
    perspective_id = made(place, ("status", "is", "open"))
    before = shown(place, perspective_id)
    update = {"perspective_id": perspective_id, "description": "new", **members}
    assert refused(place, f"{V1}/update", update) == expected
    assert shown(place, perspective_id) == before


def test_unknown_perspective_is_named_by_every_endpoint(place: Place) -> None:
    for path in (INDEX, QUERY):
        for body, field, name in (
            ({"perspective_id": 999}, "perspective_id", "999"),
            ({"search_object": {"search_perspective_id": 999}}, "search_object.search_perspective_id", "999"),
            ({"search_object": {"search_perspective": "every"}}, "search_object.search_perspective", "every"),
        ):  # fmt: skip
            expected = {field: [f"Perspective '{name}' not found."]}
            assert refused(place, path, body) == (422, "perspective_not_found", expected)
    found = refused(place, f"{V1}/update", {"perspective_id": 999})
    expected = {"perspective_id": ["Perspective '999' not found."]}
    assert found == (422, "perspective_not_found", expected)
    other = made(place)
    body = {"perspective_id": 1, "search_object": {"search_perspective_id": other}}
    field = "search_object.search_perspective_id"
    sentence = f"The {field} field names another perspective than perspective_id."
    assert refused(place, INDEX, body) == (422, "validation_failed", {field: [sentence]})


def test_built_in_perspective_cannot_be_changed(place: Place) -> None:
    before = shown(place, "1")
    stays = {"perspective_id": ["The perspective 'All' is built in and stays as it is."]}
    for verb in ("update", "delete"):
        found = refused(place, f"{V1}/{verb}", {"perspective_id": 1, "name": "Everything"})
        assert found == (422, "validation_failed", stays)
    assert shown(place, "1") == before


@pytest.mark.usefixtures("numbers")
def test_personal_perspective_is_visible_to_its_owner_alone(place: Place, annas: str) -> None:
    name = f"P {uuid4().hex}"
    mine = made(place, ("ticket_number", "is", 1), token=annas, shared=False, name=name)
    assert shown(place, mine, annas)["owner"] == ANNA
    assert shown(place, mine) is None
    missing = {"perspective_id": [f"Perspective '{mine}' not found."]}
    expected = (422, "perspective_not_found", missing)
    assert refused(place, INDEX, {"perspective_id": mine}) == expected
    assert refused(place, f"{V1}/update", {"perspective_id": mine, "name": "x"}) == expected
    assert answered(place, f"{V1}/delete", {"perspective_id": mine}) == {"ok": True}
    by_name = {"search_object": {"search_perspective": name}}
    assert answered(place, INDEX, by_name, annas)["data"]["tickets"] == []
    shared = made(place, name=name)
    assert len(answered(place, INDEX, by_name)["data"]["tickets"]) > 0
    assert answered(place, INDEX, by_name, annas)["data"]["tickets"] == []
    taken = {"name": [f"Perspective '{name}' already exists."]}
    make_admin(place, is_admin=True)
    update = {"perspective_id": mine, "shared": True}
    assert refused(place, f"{V1}/update", update, annas) == (422, "validation_failed", taken)
    assert answered(place, f"{V1}/delete", {"perspective_id": shared}) == {"ok": True}
    assert answered(place, f"{V1}/update", update, annas) == {"ok": True}
    make_admin(place, is_admin=False)
    assert shown(place, mine)["owner"] == ANNA


def test_shared_perspective_asks_for_an_admin(place: Place, annas: str) -> None:
    shared, mine = made(place), made(place, token=annas, shared=False)
    for path, body in (
        ("create", {"name": "Annas", "shared": True}),
        ("update", {"perspective_id": mine, "shared": True}),
        ("update", {"perspective_id": shared, "name": "Annas"}),
        ("update", {"perspective_id": shared, "shared": False}),
        ("delete", {"perspective_id": shared}),
    ):
        status, _, raw = place.post(f"{V1}/{path}", body, token=annas)
        assert (status, json.loads(raw)["error"]) == (403, "role_required")
    assert (shown(place, shared)["shared"], shown(place, mine, annas)["shared"]) == (True, False)
    assert answered(place, f"{V1}/delete", {"perspective_id": mine}, annas) == {"ok": True}


def test_perspective_list_without_scope_has_own_perspectives_only(place: Place, annas: str) -> None:
    shared, mine = made(place), made(place, token=annas, shared=False)

    def ids(**body: str) -> set[str]:
        return {row["id"] for row in answered(place, V1, body, annas)["perspectives"]}

    assert ids() == ids(scope="mine")
    assert mine in ids()
    assert not {"1", shared} & ids()
    assert {"1", shared, mine} <= ids(scope="all")
    errors = {"scope": ["The scope field must be 'mine' or 'all'."]}
    assert refused(place, V1, {"scope": "ours"}) == (422, "validation_failed", errors)


def test_perspective_show_finds_by_id_or_own_name_first(place: Place, annas: str) -> None:
    name = f"P {uuid4().hex}"
    shared = made(place, name=name)
    mine = made(place, token=annas, shared=False, name=name)

    def found(token: str | None = None, **body: object) -> Any:
        return answered(place, f"{V1}/show", body, token)["perspective"]

    assert found(perspective_id=shared) == shown(place, shared)
    assert (found(name=name)["id"], found(annas, name=name)["id"]) == (shared, mine)
    assert found(name="All") == shown(place, "1")
    rule = "The name field must be sent in place of perspective_id: exactly one of the two."
    for body in ({}, {"perspective_id": 1, "name": "All"}):
        expected = (422, "validation_failed", {"name": [rule]})
        assert refused(place, f"{V1}/show", body) == expected
    for field, wanted in (("perspective_id", mine), ("name", "Nowhere")):
        errors = {field: [f"Perspective '{wanted}' not found."]}
        expected = (422, "perspective_not_found", errors)
        assert refused(place, f"{V1}/show", {field: wanted}) == expected


def test_v1_query_gives_the_same_rows_with_ids_as_text(place: Place, numbers: list[int]) -> None:
    perspective_id = made(place, ("subject", "contains", "plate"), orders=["subject"])
    body = {
        "perspective_id": perspective_id, "limit": 2,
        "search_object": {"criteria": [{"mode": "ticket_number", "tokens": numbers}]},
    }  # fmt: skip
    classic = answered(place, INDEX, body)["data"]
    texts = ("id", "priority", "queue_id")
    rows = [{**row, **{name: str(row[name]) for name in texts}} for row in classic["tickets"]]
    reply = answered(place, QUERY, body)
    assert reply == {
        "ok": True, "data": rows, "next_cursor": classic["next_cursor"], "total": 3,
        "total_is_exact": True,
    }  # fmt: skip
    assert [row["number"] for row in rows] == [numbers[0], numbers[2]]
    last = answered(place, QUERY, {**body, "cursor": reply["next_cursor"]})
    assert [row["number"] for row in last["data"]] == [numbers[4]]
    assert last["next_cursor"] is None


@pytest.mark.parametrize(("operator", "found"), [("is", 0), ("is not", 5)])
def test_stored_assignee_that_no_ticket_can_have_finds_nothing(
    place: Place, numbers: list[int], operator: str, found: int
) -> None:
    """Version 0.1.0 stored `team:x`, for it took every text for an address."""
    made = answered(place, V1 + "/create", {"name": f"old {operator}", "shared": True})
    own = {"id": made["perspective_id"]}
    conditions = [
        {"field": "assigned", "operator": operator, "value": "team:x"},
        {"field": "subject", "operator": "contains", "value": "p"},
    ]
    old = {**own, "conditions": json.dumps(conditions)}
    place.execute("UPDATE perspective SET conditions = :conditions WHERE id = :id", old)
    listed = answered(place, INDEX, {"perspective_id": own["id"]})["data"]["tickets"]
    assert len({row["number"] for row in listed} & set(numbers)) == found
