"""Templates: kept, found, and filled with data for a reply or a ticket."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.place import Place, ticket

CREATE, RENDER, SHOW = "/api/create_ticket", "/api/render_template", "/api/v1/tickets/show"
V1 = "/api/v1/templates"
CUSTOMER = "marcus@trailblazers-club.example"
WARRANTY = {
    "type": "email",
    "identifier": "warranty.received",
    "category": "Sales",
    "subcategory": "Warranty",
    "subject": "Your order {{order.id}}",
    "content": "<p>Dear {{ name }}, we have your {{lines.0.sku}}.</p>",
}
DATA = {"name": "Marcus & <Söhne>", "order": {"id": 4711}, "lines": [{"sku": "VP-3"}]}


@pytest.fixture
def place(shared: Place) -> Place:
    """The server without templates."""
    for path in (V1, f"{V1}/faqs"):
        for row in answered(shared, path, {}):
            answered(shared, f"{V1}/delete", {"template_id": row["id"]})
    return shared


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("templates"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(path, body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


def refused(place: Place, path: str, body: Any) -> tuple[int, str, dict[str, list[str]]]:
    status, _, raw = place.post(path, body, str(uuid4()))
    reply = json.loads(raw)
    return status, reply["code"], reply["errors"]


def created(place: Place, **members: Any) -> dict[str, Any]:
    made: dict[str, Any] = answered(place, f"{V1}/create", {**WARRANTY, **members})
    return made


def render(identifier: str, data: Any) -> dict[str, Any]:
    return {"template_identifier": identifier, "data": data}


def test_a_created_template_is_shown_with_every_member(place: Place) -> None:
    made = created(place)
    assert int(made["id"]) > 0
    assert made == {"id": made["id"], **WARRANTY, "enabled": True}
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == made


def test_lists_hold_rows_without_content_and_faqs_stand_apart(place: Place) -> None:
    second = created(place)
    first = created(place, identifier="a.notice", type="notification")
    faq = created(place, identifier="faq", type="faq")
    for row in (first, second, faq):
        del row["content"]
    assert answered(place, V1, {}) == [first, second]
    assert answered(place, f"{V1}/faqs", {}) == [faq]


def test_a_search_looks_into_texts_without_case_and_into_faqs_too(place: Place) -> None:
    created(place, identifier="one", subject="Größe 42", content="x")
    created(place, identifier="two", subject="y", content="größe_42", type="faq")

    def found(**body: str) -> list[str]:
        return [row["identifier"] for row in answered(place, f"{V1}/search", body)]

    assert found(search="GRÖSSE") == ["one", "two"]
    assert found(search="GRÖßE") == ["one", "two"]
    assert found(q="größe", mode="subject") == ["one"]
    assert found(q="größe", type="faq") == ["two"]
    assert found(search="e_4") == ["two"]
    assert found(search="sales", mode="identifier") == []
    assert refused(place, f"{V1}/search", {}) == (
        422, "validation_failed", {"search": ["The search field is required unless q is given."]}
    )  # fmt: skip


def test_an_update_changes_what_it_names_and_nothing_else(place: Place) -> None:
    made = created(place)
    changes = {"id": made["id"], "subject": "", "enabled": False, "category": None}
    assert answered(place, f"{V1}/update", {"template": changes}) == {"ok": True}
    shown = answered(place, f"{V1}/show", {"template_id": made["id"]})
    assert shown == {**made, "subject": "", "enabled": False}


def test_deleting_twice_succeeds(place: Place) -> None:
    made = created(place)
    for _ in range(2):
        assert answered(place, f"{V1}/delete", {"template_id": made["id"]}) == {"ok": True}
    assert answered(place, V1, {}) == []


def test_no_two_templates_have_one_identifier(place: Place) -> None:
    made, other = created(place), created(place, identifier="other")
    taken = "There is a template 'warranty.received' already."
    assert refused(place, f"{V1}/create", WARRANTY) == (
        422, "validation_failed", {"identifier": [taken]}
    )  # fmt: skip
    renamed = {"template": {"id": other["id"], "identifier": made["identifier"]}}
    assert refused(place, f"{V1}/update", renamed) == (
        422, "validation_failed", {"template.identifier": [taken]}
    )  # fmt: skip
    same = {"template": {"id": made["id"], "identifier": made["identifier"]}}
    assert answered(place, f"{V1}/update", same) == {"ok": True}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"{V1}/create", {**WARRANTY, "type": "sms"}, "type"),
        (f"{V1}/create", {**WARRANTY, "identifier": " "}, "identifier"),
        (f"{V1}/create", {**WARRANTY, "identifier": "a\nb"}, "identifier"),
        (f"{V1}/create", {**WARRANTY, "subject": "a\nb"}, "subject"),
        (f"{V1}/create", {**WARRANTY, "content": "x" * (1024 * 1024 + 1)}, "content"),
        (f"{V1}/create", {**WARRANTY, "content": 5}, "content"),
        (f"{V1}/update", {"template": {"id": 1, "identifier": ""}}, "template.identifier"),
        (f"{V1}/update", {"template": {"identifier": "x"}}, "template.id"),
        (f"{V1}/update", {"template": []}, "template"),
        (f"{V1}/show", {}, "template_id"),
        (f"{V1}/search", {"q": "x", "mode": "colour"}, "mode"),
        (RENDER, {"data": {}}, "template_identifier"),
        (RENDER, {"template_identifier": "x", "data": "y"}, "data"),
    ],
)
def test_a_bad_value_is_named_by_its_field(
    place: Place, path: str, body: dict[str, Any], field: str
) -> None:
    status, code, errors = refused(place, path, body)
    assert (status, code, list(errors)) == (422, "validation_failed", [field])


@pytest.mark.parametrize(
    ("path", "body", "field", "name"),
    [
        (f"{V1}/show", {"template_id": "999"}, "template_id", "999"),
        (f"{V1}/update", {"template": {"id": 999}}, "template.id", "999"),
        (RENDER, render("warranty", {}), "template_identifier", "warranty"),
    ],
)
def test_a_template_that_is_not_there_is_named(
    place: Place, path: str, body: dict[str, Any], field: str, name: str
) -> None:
    errors = {field: [f"Template '{name}' not found."]}
    assert refused(place, path, body) == (422, "template_not_found", errors)


@pytest.mark.parametrize("field", ["subject", "content"])
def test_a_template_that_cannot_be_read_is_not_stored(place: Place, field: str) -> None:
    made = created(place)
    bad = {"subject": "x", "content": "x", field: "Dear {{a.b()}}"}
    problem = "'{{a.b()}}' is no placeholder; a name has letters, digits, '_' and '-', and dots"
    sentence = f"line 1, column 6: {problem} between."
    new = {**WARRANTY, "identifier": "new", **bad}
    assert refused(place, f"{V1}/create", new) == (
        422, "template_syntax", {field: [f"The {field} field, {sentence}"]}
    )  # fmt: skip
    changed = {"template": {"id": made["id"], **bad}}
    assert refused(place, f"{V1}/update", changed) == (
        422, "template_syntax",
        {f"template.{field}": [f"The template.{field} field, {sentence}"]},
    )  # fmt: skip
    assert [row["identifier"] for row in answered(place, V1, {})] == ["warranty.received"]
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == made


def test_a_rendered_template_has_plain_values_in_its_subject_and_escaped_ones_in_its_content(
    place: Place,
) -> None:
    created(place, subject="{{name}}: {{order.id}}")
    assert answered(place, RENDER, render("warranty.received", DATA))["data"] == {
        "subject": "Marcus & <Söhne>: 4711",
        "content": "<p>Dear Marcus &amp; &lt;Söhne&gt;, we have your VP-3.</p>",
    }


def test_rendering_replays_what_it_said_even_where_the_template_has_changed(place: Place) -> None:
    made, key = created(place), str(uuid4())
    first = place.post(RENDER, render("warranty.received", DATA), key)
    changes = {"template": {"id": made["id"], "subject": "Changed"}}
    answered(place, f"{V1}/update", changes)
    again = place.post(RENDER, render("warranty.received", DATA), key)
    assert (again[0], again[2]) == (200, first[2])
    assert again[1]["idempotency-replayed"] == "true"
    other = place.post(RENDER, render("warranty.received", {**DATA, "name": "x"}), key)
    assert json.loads(other[2])["code"] == "idempotency_key_conflict"


def test_every_missing_value_is_named_and_the_key_stays_free(place: Place) -> None:
    created(place)
    key = str(uuid4())
    data = {"order": {"id": None}, "lines": []}
    status, _, raw = place.post(RENDER, render("warranty.received", data), key)
    reply = json.loads(raw)
    assert (status, reply["code"]) == (422, "template_data_missing")
    assert reply["message"] == "The data has no value for order.id, name, lines.0.sku."
    assert reply["errors"] == {
        f"data.{name}": [f"The data.{name} field is required: the template shows it."]
        for name in ("order.id", "name", "lines.0.sku")
    }
    assert place.post(RENDER, render("warranty.received", DATA), key)[0] == 200


def test_a_disabled_template_is_not_used(place: Place) -> None:
    created(place, enabled=False)
    errors = {"template_identifier": ["Template 'warranty.received' is disabled."]}
    used = {"originator_email_address": CUSTOMER, **render("warranty.received", DATA)}
    for path, body in ((RENDER, render("warranty.received", DATA)), (CREATE, used)):
        assert refused(place, path, body) == (422, "template_not_found", errors)


@pytest.mark.parametrize("is_public", [True, False])
def test_a_ticket_from_a_template_begins_with_its_subject_and_content(
    place: Place, is_public: bool
) -> None:
    created(place)
    body = {
        "originator_email_address": CUSTOMER,
        **render("warranty.received", DATA),
        "queue_name": "Sales",
        "is_public": is_public,
    }
    number = answered(place, CREATE, body)["data"]["ticket_number"]
    shown = answered(place, SHOW, {"ticket_number": number})["data"]
    assert shown["ticket"]["subject"] == "Your order 4711"
    assert int(shown["ticket"]["queue_id"]) > 1
    (response,) = shown["responses"]
    assert response["html"] == "<p>Dear Marcus &amp; &lt;Söhne&gt;, we have your VP-3.</p>"
    assert response["plain_text"] == "Dear Marcus & <Söhne>, we have your VP-3."
    assert response["is_internal"] is not is_public


def test_beside_a_template_data_is_nothing_but_values(place: Place) -> None:
    created(place, subject="{{subject}}", content="{{content}} {{queue_name}}")
    data = {"subject": "Any", "content": "<b>", "queue_name": "Nowhere"}
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", data)}
    number = answered(place, CREATE, body)["data"]["ticket_number"]
    shown = answered(place, SHOW, {"ticket_number": number})["data"]
    assert (shown["ticket"]["subject"], shown["ticket"]["queue_id"]) == ("Any", "1")
    assert shown["responses"][0]["html"] == "&lt;b&gt; Nowhere"


@pytest.mark.parametrize(
    ("members", "parts"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "{{blank}}"}, "subject"),
        ({"content": "{{blank}}"}, "content"),
        ({"subject": "", "content": ""}, "subject and the content"),
    ],
)
def test_a_ticket_needs_a_subject_and_a_content_from_its_template(
    place: Place, members: dict[str, str], parts: str
) -> None:
    created(place, **members)
    data = {**DATA, "blank": " "}
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", data)}
    sentence = f"The {parts} of template 'warranty.received' would be empty."
    assert refused(place, CREATE, body) == (
        422, "validation_failed", {"template_identifier": [sentence]}
    )  # fmt: skip


def test_one_key_opens_one_ticket_from_a_template(place: Place) -> None:
    created(place)
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", DATA)}
    key = str(uuid4())
    first, second = (place.post(CREATE, body, key) for _ in range(2))
    assert (first[0], second[0], first[2]) == (200, 200, second[2])
    assert place.post(CREATE, ticket("Another"), key)[0] == 409


def test_a_template_outlives_the_server(place: Place) -> None:
    made = created(place)
    place.kill()
    place.start()
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == made
