"""The members of a search: matching, assignees, limits and totals, on both generations."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.desk import ANNA, open_ticket, respond, ticket_id
from tests.support.place import Place
from tests.support.users import answered, new_user, refused
from tests.support.waiting import wait_until

INDEX, QUERY = "/api/tickiti_api_index", "/api/v1/tickets/query"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("search-members"))
    found.start()
    yield found
    found.stop()


def criterion(mode: str, *tokens: object, **more: str) -> dict[str, Any]:
    return {"mode": mode, "tokens": list(tokens), **more}


def found(place: Place, *criteria: Any, token: str | None = None, **more: Any) -> list[int]:
    """The numbers that both generations find, which must be the same."""
    body = {"search_object": {"criteria": list(criteria)}, **more}
    rows = answered(place, QUERY, body, token)["data"]
    classic = answered(place, INDEX, {**body, "limit": 1000}, token)["data"]["tickets"]
    numbers = [row["number"] for row in rows]
    assert numbers == [row["number"] for row in classic]
    return numbers


def refusal(place: Place, body: Any) -> str:
    status, code, message = refused(place, QUERY, body)
    assert (status, code) == (422, "validation_failed")
    return message


@pytest.fixture(scope="module")
def texts(place: Place) -> list[int]:
    """Three tickets: the second has both words in different places."""
    first = open_ticket(place, "red plate", data={"content": "nothing"})
    second = open_ticket(place, "red heel", data={"content": "a broken plate"})
    third = open_ticket(place, "blue plate", data={"content": "nothing"})
    return [first, second, third]


def test_search_tokens_of_a_text_mode_must_all_match(place: Place, texts: list[int]) -> None:
    a, b, _ = texts
    assert found(place, criterion("subject", "RED", "plate")) == [a]
    assert found(place, criterion("subject_content", "red", "plate")) == [b, a]
    assert found(place, criterion("content", "broken", "plate")) == [b]
    assert found(place, criterion("subject", "red", "plate", match="all")) == [a]


def test_search_tokens_with_match_any_need_one_match(place: Place, texts: list[int]) -> None:
    a, b, c = texts
    assert found(place, criterion("subject", "red", "blue", match="any")) == [c, b, a]
    assert found(place, criterion("content", "broken", "nowhere", match="any")) == [b]


def test_criteria_of_one_text_mode_are_alternatives(place: Place, texts: list[int]) -> None:
    a, b, c = texts
    either = (criterion("subject", "red", "heel"), criterion("subject", "blue", "plate"))
    assert found(place, *either) == [c, b]
    assert found(place, *either, criterion("subject", "red", "nowhere", match="any")) == [c, b, a]


def test_search_tokens_of_other_modes_need_one_match(place: Place, texts: list[int]) -> None:
    a, b, _ = texts
    both = criterion("ticket_number", a, b, match="all")
    assert found(place, both) == [b, a]


def test_match_that_is_unknown_is_refused(place: Place) -> None:
    body = {"search_object": {"criteria": [criterion("subject", "x", match="some")]}}
    field = "search_object.criteria.0.match"
    assert refusal(place, body) == f"The {field} field must be 'all' or 'any'."


def test_mode_that_is_unknown_is_refused_with_all_modes(place: Place) -> None:
    sentence = refusal(place, {"search_object": {"criteria": [criterion("colour", "x")]}})
    assert sentence.startswith("There is no mode 'colour'; use one of subject, content,")


class Office:
    """Two people, a team of the first of them, and a ticket for each kind of assignee."""

    def __init__(self, place: Place) -> None:
        self.anna, _ = new_user(place, "Anna")
        self.ben, self.ben_email = new_user(place, "Ben")
        place.execute("INSERT INTO team (id, name, name_key) VALUES (5, 'Field', 'field')")
        place.execute(
            "INSERT INTO team_member (team_id, person_id) VALUES (5, :id)", {"id": int(self.anna)}
        )
        names = ("annas", "bens", "fields", "nobodys")
        self.number = {name: open_ticket(place, f"assigned {name}") for name in names}
        assigned = {"annas": f"assigned_to = {self.anna}", "bens": f"assigned_to = {self.ben}",
                    "fields": "team_id = 5"}  # fmt: skip
        for name, column in assigned.items():
            place.execute(f"UPDATE ticket SET {column} WHERE number = {self.number[name]}")

    def names(self, place: Place, *tokens: str) -> list[str]:
        numbers = found(place, criterion("assigned", *tokens), criterion("subject", "assigned"))
        return [name for name in self.number if self.number[name] in numbers]


@pytest.fixture(scope="module")
def office(place: Place) -> Office:
    return Office(place)


def test_assigned_address_finds_what_its_teams_have(place: Place, office: Office) -> None:
    assert office.names(place, ANNA.upper()) == ["annas", "fields"]
    assert office.names(place, office.ben_email) == ["bens"]


def test_assigned_team_finds_what_the_team_itself_has(place: Place, office: Office) -> None:
    assert office.names(place, "team:5") == ["fields"]
    assert office.names(place, "team:6") == []


def test_assigned_team_and_members_finds_both(place: Place, office: Office) -> None:
    assert office.names(place, "team-and-members:5") == ["annas", "fields"]


@pytest.mark.parametrize("token", ["Unassigned", "unassigned", "nobody"])
def test_assigned_to_nobody_finds_neither_people_nor_teams(
    place: Place, office: Office, token: str
) -> None:
    assert office.names(place, token) == ["nobodys"]
    assert office.names(place, token, office.ben_email) == ["bens", "nobodys"]


def test_assigned_team_without_a_number_is_refused(place: Place) -> None:
    field = "search_object.criteria.0.tokens.0"
    sentence = refusal(place, {"search_object": {"criteria": [criterion("assigned", "team:x")]}})
    assert sentence == (
        f"The {field} field must be an address, team:ID, team-and-members:ID or Unassigned."
    )


def test_row_of_a_team_shows_the_key_of_the_team(place: Place, office: Office) -> None:
    body = {"search_object": {"criteria": [criterion("assigned", "team:5")]}}
    (row,) = answered(place, QUERY, body)["data"]
    assert row["assigned_to_email"] == "team:5"
    assert row["number"] == office.number["fields"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with 10,050 tickets, whose numbers rise with their activity."""
    found = Place(tmp_path_factory.mktemp("many"))
    found.start()
    found.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)"
        " INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status,"
        " priority, created_at, updated_at) SELECT 300000 + i, '', 'Ticket ' || i, 1, 1,"
        " CASE WHEN i % 2 = 0 THEN 'open' ELSE 'closed' END, 20, i, i FROM n"
    )
    # Until then a search for a text is refused.
    wait_until(lambda: b"text_index_percent" not in found.get("/_tickiti/readyz")[2])
    yield found
    found.stop()


@pytest.mark.parametrize(("members", "rows"), [
    ({}, 100), ({"row_limit": 1}, 1), ({"row_limit": "5000"}, 5000), ({"limit": 7}, 7),
    ({"limit": 7, "row_limit": 7}, 7),
])  # fmt: skip
def test_row_limit_bounds_the_rows_of_a_query(
    many: Place, members: dict[str, Any], rows: int
) -> None:
    reply = answered(many, QUERY, members)
    assert len(reply["data"]) == rows
    assert reply["next_cursor"]


@pytest.mark.parametrize(("members", "sentence"), [
    ({"row_limit": 0}, "The row_limit field must be at least 1."),
    ({"row_limit": 5001}, "The row_limit field must be at most 5000."),
    ({"row_limit": 5, "limit": 6}, "The limit field differs from row_limit; send one of them."),
])  # fmt: skip
def test_row_limit_out_of_bounds_is_refused(
    many: Place, members: dict[str, Any], sentence: str
) -> None:
    assert refusal(many, members) == sentence


def test_classic_list_keeps_limit_with_its_default(many: Place) -> None:
    assert len(answered(many, INDEX, {})["data"]["tickets"]) == 50
    assert len(answered(many, INDEX, {"row_limit": 2})["data"]["tickets"]) == 50
    assert len(answered(many, INDEX, {"limit": 1000})["data"]["tickets"]) == 1000
    assert refused(many, INDEX, {"limit": 1001})[0] == 422


def test_total_counts_at_most_10000_tickets(many: Place) -> None:
    for path, inner in ((QUERY, lambda reply: reply), (INDEX, lambda reply: reply["data"])):
        reply = inner(answered(many, path, {}))
        assert (reply["total"], reply["total_is_exact"]) == (10_000, False)
        some = {"search_object": {"criteria": [criterion("status", "open")]}}
        reply = inner(answered(many, path, some))
        assert (reply["total"], reply["total_is_exact"]) == (5025, True)
        some["search_object"]["criteria"].append(criterion("subject", "Ticket 1004"))
        reply = inner(answered(many, path, some))
        assert (reply["total"], reply["total_is_exact"]) == (6, True)
        assert reply["next_cursor"] is None


def test_total_stays_the_same_on_every_page(many: Place) -> None:
    body = {"search_object": {"criteria": [criterion("status", "open")]}, "row_limit": 2000}
    totals, seen, cursor = [], 0, None
    while cursor or not seen:
        reply = answered(many, QUERY, {**body, "cursor": cursor})
        totals.append((reply["total"], reply["total_is_exact"]))
        seen, cursor = seen + len(reply["data"]), reply["next_cursor"]
    assert (totals, seen) == ([(5025, True)] * 3, 5025)


def test_deleted_tickets_are_gone_from_lists_and_counts(place: Place) -> None:
    kept, gone = open_ticket(place, "zebra kept"), open_ticket(place, "zebra gone")
    respond(place, gone, "a zebra said")
    place.execute(f"UPDATE ticket SET deleted_at = 1 WHERE number = {gone}")
    for mode in ("subject", "subject_content"):
        assert found(place, criterion(mode, "zebra")) == [kept]
    assert found(place, criterion("ticket_number", gone)) == []
    reply = answered(place, QUERY, {"search_object": {"criteria": [criterion("subject", "zebra")]}})
    assert reply["total"] == 1


def test_deleted_response_is_not_found_by_its_content(place: Place) -> None:
    number = open_ticket(place, "s")
    response_id = respond(place, number, "an okapi said")
    assert found(place, criterion("content", "okapi")) == [number]
    place.execute(f"UPDATE response SET deleted_at = 1 WHERE id = {response_id}")
    assert found(place, criterion("content", "okapi")) == []


def test_response_count_leaves_out_deleted_and_audit_only_ones(place: Place) -> None:
    number = open_ticket(place, "counted")
    said = [respond(place, number) for _ in range(3)]
    place.execute(f"UPDATE response SET deleted_at = 1 WHERE id = {said[0]}")
    place.execute(f"UPDATE response SET is_audit_only = 1 WHERE id = {said[1]}")
    body = {"search_object": {"criteria": [criterion("ticket_number", number)]}}
    (row,) = answered(place, QUERY, body)["data"]
    assert (row["response_count"], row["id"]) == (2, str(ticket_id(place, number)))
