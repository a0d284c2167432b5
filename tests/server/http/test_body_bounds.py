"""What one body may hold: values, items of a list, errors that are told. The lists are those of the
handlers' own models, so that a new one is looked at without being named here."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.place import Place, ticket
from tests.server.stage import a_request, answer
from tests.server.test_codes import code_of
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server import failures, json_values
from tickiti_server.families import MODULES
from tickiti_server.handlers import collect

MOST_REPLY = 100_000
"""Bytes of a refusal: a hundred sentences and what is around them."""

MANY = 99_000
"""Items; with what is around them they are as many values as a body may have."""

ITEMS = {"number": "1", "null": "null", "text": '"x"', "object": "{}", "array": "[]"}
Schema = dict[str, Any]


class Member(NamedTuple):
    """An array somewhere in a body: the row it belongs to, and the names on the way there."""

    name: str
    path: str
    steps: tuple[str, ...]
    schema: Schema

    def __str__(self) -> str:
        return f"{self.name}:{'.'.join(self.steps)}"

    def body(self, items: str) -> str:
        text = items
        for step in reversed(self.steps):
            text = f"[{text}]" if step == "[]" else f"{{{json.dumps(step)}: {text}}}"
        return text


def members() -> Iterator[Member]:
    for row in CATALOGUE.values():
        handler = HANDLERS.get(row.name)
        if handler is not None and handler.body is not None:
            whole = handler.body.json_schema()
            for steps, schema in dict(arrays(whole, whole, ())).items():
                yield Member(row.name, row.path, steps, schema)


def arrays(
    schema: Schema, whole: Schema, steps: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Schema]]:
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from arrays(part, whole, steps)
    for name, member in schema.get("properties", {}).items():
        yield from arrays(member, whole, (*steps, name))
    if schema.get("type") == "array" or "items" in schema:
        yield steps, schema
        if isinstance(schema.get("items"), dict):
            yield from arrays(schema["items"], whole, (*steps, "[]"))


HANDLERS = collect(MODULES, CATALOGUE.values())
MEMBERS = list(members())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("bounds"))
    found.start()
    yield found
    found.stop()


def sentences(reply: tuple[int, dict[str, str], bytes]) -> list[str]:
    told = json.loads(reply[2]).get("errors", {})
    return [sentence for sentences in told.values() for sentence in sentences]


def test_the_walk_finds_the_lists_there_are() -> None:
    found = {str(member) for member in MEMBERS}
    assert {
        "tickiti_api_index:search_object.criteria",
        "tickiti_api_index:search_object.criteria.[].tokens",
        "tokens.mint:abilities",
        "tickets.query:search_object.criteria",
    } <= found


@pytest.mark.parametrize("member", MEMBERS, ids=str)
def test_every_list_of_every_body_has_a_most(member: Member) -> None:
    assert 0 < member.schema.get("maxItems", 0) <= 1000


@pytest.mark.parametrize("member", MEMBERS, ids=str)
@pytest.mark.parametrize("item", ITEMS)
def test_a_list_of_very_many_items_is_refused_in_few_words(
    place: Place, member: Member, item: str
) -> None:
    many = f"[{','.join([ITEMS[item]] * MANY)}]"
    reply = place.post(member.path.replace("{id}", "1"), member.body(many), "k")
    assert reply[0] == 422, reply[2][:300]
    assert len(reply[2]) < MOST_REPLY
    assert len(sentences(reply)) <= failures.MOST_ERRORS + 1


@pytest.mark.parametrize("member", MEMBERS[::5], ids=str)
def test_a_megabyte_of_items_is_too_many_values(place: Place, member: Member) -> None:
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
def test_a_hundred_thousand_values_are_taken_and_not_one_more(place: Place, respell: Any) -> None:
    for count, status in ((json_values.MOST_VALUES, 200), (json_values.MOST_VALUES + 1, 413)):
        text = respell(json.dumps(values(count)))
        reply = place.post("/api/create_ticket", text, f"{count}{hash(text)}")
        assert reply[0] == status, reply[2]


@pytest.mark.parametrize(
    "content", [",[{" * 1_000_000, '"' * 2_000_000, "\\" * 2_000_001, '\\",' * 700_000]
)
def test_one_long_text_is_one_value_whatever_it_says(place: Place, content: str) -> None:
    body = {**ticket("text"), "data": {"subject": "text", "content": "c"}, "more": content}
    assert place.post("/api/create_ticket", body, f"text{hash(content)}")[0] == 200


def test_errors_beyond_a_hundred_are_counted(place: Place) -> None:
    criteria = [{"mode": "subject", "tokens": [None] * 90}] * 90
    reply = place.post("/api/tickiti_api_index", {"search_object": {"criteria": criteria}})
    told = sentences(reply)
    assert (reply[0], len(told)) == (422, failures.MOST_ERRORS + 1)
    assert told[-1] == "There are 8000 more errors, which are not listed."
    assert json.loads(reply[2])["error"].endswith(" (and 8099 more)")


def test_very_many_fields_that_are_not_on_a_form_are_counted(place: Place) -> None:
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
def test_a_refusal_repeats_little_of_what_was_sent(place: Place, path: str, body: Any) -> None:
    reply = place.post(path, body, "long")
    assert 400 <= reply[0] < 500
    assert len(reply[2]) < 10_000


def test_the_same_key_is_known_again_whatever_the_size(place: Place) -> None:
    """A long body's fingerprint is made in parts: it is the one that a short one's rule gives."""
    body = {**ticket("long"), "more": ['é\u2028\U0001f600\\"' * 30_000, {"b": 1.0, "a": 1}]}
    first = place.post("/api/create_ticket", json.dumps(body), "long key")
    respelt = json.dumps(body, ensure_ascii=False, indent=1).encode()
    again = place.post("/api/create_ticket", respelt, "long key")
    assert (first[0], again[1].get("idempotency-replayed")) == (200, "true")
    body["more"][1]["b"] = 1
    assert place.post("/api/create_ticket", body, "long key")[0] == 409
