"""Links between tickets."""

from collections.abc import Iterator

import pytest

from tests.support.desk import done, open_ticket, refusal, staff_with, ticket_id
from tests.support.place import Place
from tests.support.users import new_user, token_of
from tickiti_cli.contract.endpoint import Role

UNKNOWN = 999_999


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("links"))
    found.start()
    new_user(found, "Anna")
    yield found
    found.stop()


def linked(place: Place, number: int, **more: str) -> list[int]:
    shown = done(place, "links", {"ticket_number": number}, **more)
    return [link["number"] for link in shown["linked_tickets"]]


def test_links_are_symmetric_and_made_once(place: Place) -> None:
    first, second, third = (open_ticket(place) for _ in range(3))
    for _ in range(2):
        made = done(
            place, "link", {"ticket_number": first, "linked_ticket_numbers": [third, second]}
        )
        assert made["ticket_number"] == first
        assert made["linked_tickets"][0] == {
            "id": str(ticket_id(place, second)), "number": second, "subject": "A shoe",
            "status": "open", "is_clone": False,
        }  # fmt: skip
        assert [link["number"] for link in made["linked_tickets"]] == [second, third]
    assert (linked(place, second), linked(place, third)) == ([first], [first])
    rows = f"SELECT count(*) FROM response WHERE ticket_id = {ticket_id(place, first)}"
    assert place.value(rows) == 1


def test_an_unlinked_ticket_is_linked_in_no_direction(place: Place) -> None:
    first, second = open_ticket(place), open_ticket(place)
    done(place, "link", {"ticket_number": first, "linked_ticket_numbers": [second]})
    for _ in range(2):
        body = {"ticket_id": ticket_id(place, second), "linked_ticket_number": first}
        assert done(place, "unlink", body) == {"ticket_number": second, "linked_tickets": []}
    assert linked(place, first) == []


def test_link_with_one_unseen_ticket_links_none(place: Place) -> None:
    first, second = open_ticket(place), open_ticket(place)
    hidden = open_ticket(place, queue_name="Sales")
    token = staff_with(place, "Bea", "Sales", can_view=False)
    for last in (UNKNOWN, hidden):
        body = {"ticket_number": first, "linked_ticket_numbers": [second, last]}
        assert refusal(place, "link", body, token=token)[:2] == (404, "ticket_not_found")
    assert linked(place, first) == []
    done(place, "link", {"ticket_number": first, "linked_ticket_numbers": [second, hidden]})
    assert linked(place, first) == [second, hidden]
    assert linked(place, first, token=token) == [second]
    body = {"ticket_number": first, "linked_ticket_number": hidden}
    assert refusal(place, "unlink", body, token=token)[0] == 404


def test_a_deleted_ticket_is_left_out_until_it_is_restored(place: Place) -> None:
    first, second = open_ticket(place), open_ticket(place)
    done(place, "link", {"ticket_number": first, "linked_ticket_numbers": [second]})
    done(place, "delete", {"ticket_numbers": [second]})
    assert linked(place, first) == []
    done(place, "restore", {"ticket_number": second})
    assert linked(place, first) == [second]


@pytest.mark.parametrize("numbers", [[], [*range(1, 102)], "x"])
def test_bad_lists_of_linked_tickets_are_refused(place: Place, numbers: object) -> None:
    body = {"ticket_number": open_ticket(place), "linked_ticket_numbers": numbers}
    status, _, fields = refusal(place, "link", body)
    assert (status, fields[0].partition(".")[0]) == (422, "linked_ticket_numbers")


def test_a_ticket_cannot_be_linked_to_itself(place: Place) -> None:
    number, other = open_ticket(place), open_ticket(place)
    body = {"ticket_number": number, "linked_ticket_numbers": [other, number]}
    assert refusal(place, "link", body) == (422, "validation_failed", ["linked_ticket_numbers"])
    assert linked(place, number) == []
    assert refusal(place, "links", {})[0] == 422
    assert refusal(place, "links", {"ticket_number": number, "ticket_id": 1})[0] == 422


def test_links_are_for_staff_who_see_the_ticket(place: Place) -> None:
    number, other = open_ticket(place), open_ticket(place)
    customer = token_of(place, "Cora", Role.ANY)
    who = ["Cora@sole-trader.example"]
    done(place, "participants/add", {"ticket_number": number, "participants": who})
    refused = refusal(place, "links", {"ticket_number": number}, token=customer)
    assert refused[:2] == (403, "queue_right_required")
    assert refusal(place, "links", {"ticket_number": other}, token=customer)[0] == 404
