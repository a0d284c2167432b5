"""What one body may hold: values, items of a list, errors that are told. The lists are those of the
handlers' own models, so that a new one is looked at without being named here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.members import MEMBERS, Member
from tests.support.place import Place, ticket
from tests.support.replies import code_of
from tests.support.stage import a_request, answer
from tickiti_server.validation import error_body, value_count

MOST_REPLY = 100_000
"""Bytes of a refusal: a hundred sentences and what is around them."""

MANY = 99_000
"""Items; with what is around them they are as many values as a body may have."""

MORE_THAN_ALLOWED = 2_000
"""Items that no list of any body takes."""

ITEMS = {"number": "1", "null": "null", "text": '"x"', "object": "{}", "array": "[]"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("bounds"))
    found.start()
    yield found
    found.stop()


def sentences(reply: tuple[int, dict[str, str], bytes]) -> list[str]:
    told = json.loads(reply[2]).get("errors", {})
    return [sentence for sentences in told.values() for sentence in sentences]


def test_schema_walk_finds_every_list() -> None:
    found = {str(member) for member in MEMBERS}
    assert {
        "tickiti_api_index:search_object.criteria",
        "tickiti_api_index:search_object.criteria.[].tokens",
        "tokens.mint:abilities",
        "tickets.query:search_object.criteria",
    } <= found


@pytest.mark.parametrize("member", MEMBERS, ids=str)
def test_lists_of_all_bodies_have_a_limit(member: Member) -> None:
    assert 0 < member.schema.get("maxItems", 0) <= 1000


@pytest.mark.parametrize("member", MEMBERS, ids=str)
@pytest.mark.parametrize("item", ITEMS)
def test_oversized_list_gets_a_short_refusal(place: Place, member: Member, item: str) -> None:
    refuses_shortly(place, member, [ITEMS[item]] * MORE_THAN_ALLOWED)


@pytest.mark.parametrize("member", MEMBERS, ids=str)
def test_list_of_as_many_items_as_a_body_holds_gets_a_short_refusal(
    place: Place, member: Member
) -> None:
    refuses_shortly(place, member, [*ITEMS.values()] * (MANY // len(ITEMS)))


def refuses_shortly(place: Place, member: Member, items: list[str]) -> None:
    reply = place.post(member.path.replace("{id}", "1"), member.body(f"[{','.join(items)}]"), "k")
    assert reply[0] == 422, reply[2][:300]
    assert len(reply[2]) < MOST_REPLY
    assert len(sentences(reply)) <= error_body.MOST_ERRORS + 1


@pytest.mark.parametrize("member", MEMBERS[::5], ids=str)
def test_megabyte_of_items_is_too_many_values(place: Place, member: Member) -> None:
    megabyte = f"[{','.join(['1'] * 500_000)}]"
    reply = place.post(member.path.replace("{id}", "1"), member.body(megabyte), "k")
    assert code_of(reply) == (413, "payload_too_large")


def values(count: int) -> dict[str, Any]:
    """A ticket of so many values, most of them in a member that nobody looks at."""
    body = {**ticket("values"), "more": [0]}
    return {**body, "more": [0] * (count - 6)}  # itself, address, data, two in it, the list


@pytest.mark.parametrize(
    "respell",
    [
        lambda text: text,
        lambda text: text.replace("0", ' "a,[{\\"" '),
        lambda text: text.replace("0", "[ \n ]"),
        lambda text: text.replace("0, 0", '{"a,b": {}}'),
    ],
    ids=["numbers", "strings with punctuation", "empty arrays", "objects with names"],
)
def test_hundred_thousand_values_are_the_limit(place: Place, respell: Any) -> None:
    for count, status in ((value_count.MOST_VALUES, 200), (value_count.MOST_VALUES + 1, 413)):
        text = respell(json.dumps(values(count)))
        reply = place.post("/api/create_ticket", text, f"{count}{hash(text)}")
        assert reply[0] == status, reply[2]


@pytest.mark.parametrize(
    "content", [",[{" * 1_000_000, '"' * 2_000_000, "\\" * 2_000_001, '\\",' * 700_000]
)
def test_long_text_counts_as_one_value(place: Place, content: str) -> None:
    body = {**ticket("text"), "data": {"subject": "text", "content": "c"}, "more": content}
    assert place.post("/api/create_ticket", body, f"text{hash(content)}")[0] == 200


def test_errors_beyond_a_hundred_are_counted(place: Place) -> None:
    criteria = [{"mode": "subject", "tokens": [None] * 90}] * 90
    reply = place.post("/api/tickiti_api_index", {"search_object": {"criteria": criteria}})
    told = sentences(reply)
    assert (reply[0], len(told)) == (422, error_body.MOST_ERRORS + 1)
    assert told[-1] == "There are 8000 more errors, which are not listed."
    assert json.loads(reply[2])["message"].endswith(" (and 8099 more)")


def test_fields_beyond_the_form_are_counted(place: Place) -> None:
    body = a_request(place, {"data": {f"n{n}": n for n in range(90_000)}})
    fields = [{"type": "text", "name": f"f{n}_" + "x" * 50, "label": "l"} for n in range(50)]
    found = answer(place, "/api/v1/workflow/interventions", {})["interventions"][0]["id"]
    answer(
        place,
        "/api/v1/workflow/interventions/update",
        {"intervention_id": found, "fields": fields},
    )
    reply = place.post("/_tickiti/interventions/decide", body)
    assert reply[0] == 422, reply[2][:300]
    told = sentences(reply)
    assert len(told) == 100  # forty-nine of them, how many others, and the fifty on the form
    assert "The data field has 89951 more that are not on the form." in told
    assert len(reply[2]) < 2 * MOST_REPLY


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/api/tickiti_api_index",
            {"search_object": {"criteria": [{"mode": "x" * 5_000_000, "tokens": ["a"]}]}},
        ),
        ("/api/tickiti_api_index", {"search_object": {"search_perspective": "x" * 5_000_000}}),
        ("/api/v1/mail/sent-mail/show", {"id": "x" * 5_000_000}),
        ("/api/render_template", {"template_identifier": "y" * 5_000_000, "data": {}}),
    ],
)
def test_refusal_repeats_little_of_the_request(place: Place, path: str, body: Any) -> None:
    reply = place.post(path, body, "long")
    assert 400 <= reply[0] < 500
    assert len(reply[2]) < 10_000


def test_key_of_a_large_body_replays(place: Place) -> None:
    """A long body's fingerprint is made in parts: it is the one that a short one's rule gives."""
    body = {**ticket("long"), "more": ['é\u2028\U0001f600\\"' * 30_000, {"b": 1.0, "a": 1}]}
    first = place.post("/api/create_ticket", json.dumps(body), "long key")
    respelt = json.dumps(body, ensure_ascii=False, indent=1).encode()
    again = place.post("/api/create_ticket", respelt, "long key")
    assert (first[0], again[1].get("idempotency-replayed")) == (200, "true")
    body["more"][1]["b"] = 1
    assert place.post("/api/create_ticket", body, "long key")[0] == 409
