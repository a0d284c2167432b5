"""Templates are stored, found, and filled with data for a reply or a ticket."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket

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
    body = {**WARRANTY, **members}
    made: dict[str, Any] = answered(place, f"{V1}/create", body)["template"]
    return made


def shown_of(place: Place, template_id: str) -> dict[str, Any]:
    """The template without the time of its last change."""
    shown: dict[str, Any] = answered(place, f"{V1}/show", {"template_id": template_id})["template"]
    del shown["updated_at"]
    return shown


def without_time(template: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in template.items() if name != "updated_at"}


def render(identifier: str, data: Any) -> dict[str, Any]:
    return {"template_identifier": identifier, "data": data}


def test_created_template_is_shown_with_every_member(place: Place) -> None:
    made = created(place)
    assert int(made["id"]) > 0
    assert made == {
        "id": made["id"], **WARRANTY, "is_enabled": True, "description": "", "legend": "",
        "keywords": "", "ordinal": 0, "updated_at": made["updated_at"],
    }  # fmt: skip
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == {"template": made}
    texts = {"description": "On arrival.\nBy itself.", "legend": "id: ours", "keywords": "a, b"}
    more = {**texts, "ordinal": "-3", "is_enabled": False}
    other = created(place, identifier="other", **more)
    assert without_time(other) == {
        "id": other["id"], **WARRANTY, "identifier": "other", **more, "ordinal": -3
    }  # fmt: skip


def test_template_lists_omit_content_and_separate_faqs(place: Place) -> None:
    second = created(place)
    first = created(place, identifier="a.notice", type="notification")
    faq = created(place, identifier="ignored", type="faq")
    assert faq["identifier"] == f"faq-{faq['id']}"
    for row in (first, second, faq):
        del row["content"]
    assert answered(place, V1, {}) == [first, second]
    assert answered(place, f"{V1}/faqs", {}) == [faq]


def test_template_search_ignores_case_and_includes_faqs(place: Place) -> None:
    created(place, identifier="one", subject="Größe 42", content="x", keywords="shoe, laces")
    two = created(place, subject="y", content="größe_42", type="faq")["identifier"]

    def found(**body: str) -> list[str]:
        return [row["identifier"] for row in answered(place, f"{V1}/search", body)]

    assert found(search="GRÖSSE") == [two, "one"]
    assert found(search="GRÖßE", mode="templates") == [two, "one"]
    assert found(q="größe", type="faq") == [two]
    assert found(q="größe", type="template") == ["one"]
    assert found(search="e_4") == [two]
    assert found(search="sales") == []
    assert found(search="LACES") == ["one"]
    assert found(search="42 größe") == ["one", two] or found(search="42 größe") == [two, "one"]
    assert found(search='"größe 42"') == ["one"]
    assert found(search='"42 größe"') == []
    assert found(search='"größe 42" shoe one') == ["one"]
    assert found(search="größe nowhere") == []
    assert found(search='"größe 4') == ["one"]


@pytest.mark.parametrize("body", [{}, {"search": ""}, {"q": " "}, {"search": '""'}])
def test_template_search_without_a_text_finds_all(place: Place, body: dict[str, str]) -> None:
    one, two = created(place), created(place, type="faq")
    rows = answered(place, f"{V1}/search", body)
    assert {row["identifier"] for row in rows} == {one["identifier"], two["identifier"]}


def test_template_search_includes_stock_responses(place: Place) -> None:
    created(place)
    stock = {"identifier": uuid4().hex, "category": "Sales", "content": "order"}
    answered(place, "/api/v1/settings/stock-responses/create", stock)
    rows = answered(place, f"{V1}/search", {"search": "order"})
    assert {row["identifier"] for row in rows} == {"warranty.received", stock["identifier"]}
    (row,) = answered(place, f"{V1}/search", {"type": "stock-response"})
    assert (row["type"], row["identifier"]) == ("stock-response", stock["identifier"])


def test_update_changes_only_the_named_members(place: Place) -> None:
    made = created(place)
    changes = {"id": made["id"], "subject": "", "is_enabled": False, "category": None}
    assert answered(place, f"{V1}/update", {"template": changes}) == {"ok": True}
    expected = {**without_time(made), "subject": "", "is_enabled": False}
    assert shown_of(place, made["id"]) == expected


def test_former_name_enabled_is_refused_and_names_is_enabled(place: Place) -> None:
    made = created(place)
    rule = "field is now called is_enabled."
    assert refused(place, f"{V1}/create", {**WARRANTY, "identifier": "x", "enabled": True}) == (
        422, "validation_failed", {"enabled": [f"The enabled {rule}"]}
    )  # fmt: skip
    changes = {"template": {"id": made["id"], "enabled": False, "subject": "new"}}
    assert refused(place, f"{V1}/update", changes) == (
        422, "validation_failed", {"template.enabled": [f"The template.enabled {rule}"]}
    )  # fmt: skip
    assert shown_of(place, made["id"]) == without_time(made)


def test_faq_keeps_the_identifier_of_the_server(place: Place) -> None:
    faq = answered(place, f"{V1}/create", {"type": "faq", "subject": "Why?"})["template"]
    assert faq["identifier"] == f"faq-{faq['id']}"
    changes = {"id": faq["id"], "identifier": "mine", "subject": "How?"}
    assert answered(place, f"{V1}/update", {"template": changes}) == {"ok": True}
    assert shown_of(place, faq["id"]) == {**without_time(faq), "subject": "How?"}
    reserved = {"identifier": ["The identifier 'FAQ-9' is reserved for FAQs."]}
    assert refused(place, f"{V1}/create", {**WARRANTY, "identifier": "FAQ-9"}) == (
        422, "validation_failed", reserved
    )  # fmt: skip


def test_template_that_becomes_an_faq_gets_the_identifier_of_the_server(place: Place) -> None:
    made = created(place)
    changes = {"id": made["id"], "type": "faq", "identifier": "mine"}
    assert answered(place, f"{V1}/update", {"template": changes}) == {"ok": True}
    assert shown_of(place, made["id"])["identifier"] == f"faq-{made['id']}"
    assert created(place)["identifier"] == made["identifier"]


def test_faq_that_becomes_a_template_needs_an_identifier(place: Place) -> None:
    faq = answered(place, f"{V1}/create", {"type": "faq", "subject": "Why?"})["template"]
    changes = {"id": faq["id"], "type": "email"}
    for identifier in (None, faq["identifier"]):
        named = {**changes, "identifier": identifier}
        status, code, errors = refused(place, f"{V1}/update", {"template": named})
        assert (status, code, [*errors]) == (422, "validation_failed", ["template.identifier"])
    answered(place, f"{V1}/update", {"template": {**changes, "identifier": "why"}})
    assert shown_of(place, faq["id"])["identifier"] == "why"


def test_type_template_is_taken_as_email(place: Place) -> None:
    assert created(place, type="template")["type"] == "email"


def test_faqs_are_listed_by_ordinal_then_id(place: Place) -> None:
    rows = [created(place, type="faq", ordinal=ordinal)["id"] for ordinal in (5, -1, 5)]
    listed = [row["id"] for row in answered(place, f"{V1}/faqs", {})]
    assert listed == [rows[1], rows[0], rows[2]]


PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="


def test_public_faqs_need_no_token_and_hide_disabled_ones(place: Place) -> None:
    created(place)
    created(place, type="faq", is_enabled=False)
    image = f'<img src="{PIXEL}">'
    last = created(place, type="faq", ordinal=2, subject="Last", content="")
    first = created(place, type="faq", ordinal=1, subject="First", content=image)
    status, _, raw = place.get("/api/v1/faqs")
    assert status == 200
    rows = json.loads(raw)["data"]["faqs"]
    assert [row["id"] for row in rows] == [first["id"], last["id"]]
    assert rows[0] == {
        "id": first["id"], "category": "Sales", "subcategory": "Warranty", "subject": "First",
        "content": image, "ordinal": 1, "updated_at": rows[0]["updated_at"],
    }  # fmt: skip


def test_data_uri_of_a_template_is_a_file_and_renders_again(place: Place) -> None:
    made = created(place, content=f'<p>{{{{name}}}}</p><img src="{PIXEL}" alt="a">')
    assert "data:" not in made["content"]
    assert 'src="cid:' in made["content"]
    other = created(place, identifier="other", content=f'<img src="{PIXEL}">')
    assert other["content"] != made["content"]
    rendered = answered(place, RENDER, render("warranty.received", DATA))["data"]["content"]
    assert f'<img src="{PIXEL}" alt="a">' in rendered
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", DATA)}
    number = answered(place, CREATE, body)["data"]["ticket_number"]
    (response,) = answered(place, SHOW, {"ticket_number": number})["data"]["responses"]
    assert len(response["attachments"]) == 1
    for _ in range(2):
        changes = {"id": made["id"], "content": f'<img src="{PIXEL}">'}
        answered(place, f"{V1}/update", {"template": changes})
    count = "SELECT count(*) FROM text_image WHERE template_id = :id"
    assert place.value(count, {"id": int(made["id"])}) == 1
    answered(place, f"{V1}/delete", {"template_id": made["id"]})
    assert place.value(count, {"id": int(made["id"])}) == 0
    bad = {**WARRANTY, "content": '<img src="data:image/png;base64,AAAA">'}
    assert [*refused(place, f"{V1}/create", bad)[2]] == ["content"]


def test_templates_render_fills_an_enabled_template_of_its_type(place: Place) -> None:
    created(place)
    created(place, identifier="off", is_enabled=False)
    created(place, identifier="note", type="notification", subject="s", content="c")
    body = render("warranty.received", DATA)
    reply = answered(place, f"{V1}/render", body)
    assert reply == {"ok": True, "data": answered(place, RENDER, body)["data"]}
    note = {"template_identifier": "note", "type": "notification"}
    assert answered(place, f"{V1}/render", note)["data"] == {"subject": "s", "content": "c"}
    for name, code, more in (
        ("off", "template_not_found", {}), ("note", "template_not_found", {}),
        ("nowhere", "template_not_found", {}), ("warranty.received", "template_data_missing", {}),
        ("warranty.received", "validation_failed", {"type": "sms"}),
    ):  # fmt: skip
        body = {"template_identifier": name, **more}
        assert refused(place, f"{V1}/render", body)[:2] == (422, code)


def test_delete_of_a_deleted_template_succeeds(place: Place) -> None:
    made = created(place)
    for _ in range(2):
        assert answered(place, f"{V1}/delete", {"template_id": made["id"]}) == {"ok": True}
    assert answered(place, V1, {}) == []


def test_id_of_a_deleted_template_is_never_given_again(place: Place) -> None:
    made = created(place)
    answered(place, f"{V1}/delete", {"template_id": made["id"]})
    new = created(place)
    answered(place, f"{V1}/delete", {"template_id": made["id"]})  # as a script repeats it
    assert shown_of(place, new["id"]) == without_time(new)


def test_template_identifier_is_unique(place: Place) -> None:
    made, other = created(place), created(place, identifier="other")
    taken = "Template 'warranty.received' already exists."
    assert refused(place, f"{V1}/create", WARRANTY) == (
        422, "validation_failed", {"identifier": [taken]}
    )  # fmt: skip
    renamed = {"template": {"id": other["id"], "identifier": made["identifier"]}}
    assert refused(place, f"{V1}/update", renamed) == (
        422, "validation_failed", {"template.identifier": [taken]}
    )  # fmt: skip
    same = {"template": {"id": made["id"], "identifier": made["identifier"]}}
    assert answered(place, f"{V1}/update", same) == {"ok": True}
    upper = {"template": {"id": other["id"], "identifier": "WARRANTY.received"}}
    assert refused(place, f"{V1}/update", upper)[:2] == (422, "validation_failed")


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
        (f"{V1}/search", {"q": "x", "mode": "subject"}, "mode"),
        (f"{V1}/search", {"type": "sms"}, "type"),
        (f"{V1}/search", {"search": "x" * 256}, "search"),
        (f"{V1}/create", {**WARRANTY, "identifier": None}, "identifier"),
        (f"{V1}/create", {**WARRANTY, "keywords": "x" * 256}, "keywords"),
        (f"{V1}/create", {**WARRANTY, "ordinal": "first"}, "ordinal"),
        (RENDER, {"data": {}}, "template_identifier"),
        (RENDER, {"template_identifier": "x", "data": "y"}, "data"),
    ],
)
def test_invalid_template_field_is_named(
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
def test_unknown_template_is_named(
    place: Place, path: str, body: dict[str, Any], field: str, name: str
) -> None:
    errors = {field: [f"Template '{name}' not found."]}
    assert refused(place, path, body) == (422, "template_not_found", errors)


@pytest.mark.parametrize("field", ["subject", "content"])
def test_malformed_template_is_not_stored(place: Place, field: str) -> None:
    made = created(place)
    bad = {"subject": "x", "content": "x", field: "Dear {{a.b()}}"}
    problem = "'{{a.b()}}' is not a placeholder; a name has letters, digits, '_' and '-'"
    sentence = f"line 1, column 6: {problem}, separated by dots."
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
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == {"template": made}


def test_rendered_template_escapes_values_in_the_content_alone(
    place: Place,
) -> None:
    created(place, subject="{{name}}: {{order.id}}")
    assert answered(place, RENDER, render("warranty.received", DATA))["data"] == {
        "subject": "Marcus & <Söhne>: 4711",
        "content": "<p>Dear Marcus &amp; &lt;Söhne&gt;, we have your VP-3.</p>",
    }


def test_render_replays_the_first_reply_after_a_change(place: Place) -> None:
    made, key = created(place), str(uuid4())
    first = place.post(RENDER, render("warranty.received", DATA), key)
    changes = {"template": {"id": made["id"], "subject": "Changed"}}
    answered(place, f"{V1}/update", changes)
    again = place.post(RENDER, render("warranty.received", DATA), key)
    assert (again[0], again[2]) == (200, first[2])
    assert again[1]["idempotency-replayed"] == "true"
    other = place.post(RENDER, render("warranty.received", {**DATA, "name": "x"}), key)
    assert json.loads(other[2])["code"] == "idempotency_key_conflict"


def test_missing_values_are_all_named_and_the_key_stays_free(place: Place) -> None:
    created(place)
    key = str(uuid4())
    data = {"order": {"id": None}, "lines": []}
    status, _, raw = place.post(RENDER, render("warranty.received", data), key)
    reply = json.loads(raw)
    assert (status, reply["code"]) == (422, "template_data_missing")
    assert reply["message"] == "The data has no value for order.id, name, lines.0.sku."
    assert reply["errors"] == {
        f"data.{name}": [f"The data.{name} field is required by the template."]
        for name in ("order.id", "name", "lines.0.sku")
    }
    assert place.post(RENDER, render("warranty.received", DATA), key)[0] == 200


def test_disabled_template_is_not_used(place: Place) -> None:
    created(place, is_enabled=False)
    errors = {"template_identifier": ["Template 'warranty.received' is disabled."]}
    used = {"originator_email_address": CUSTOMER, **render("warranty.received", DATA)}
    mail = {"to_address": CUSTOMER, **render("warranty.received", DATA)}
    for path, body in (
        (RENDER, render("warranty.received", DATA)), (CREATE, used), ("/api/send_email", mail),
        ("/api/v1/mail/send", mail), (f"{V1}/render", render("warranty.received", DATA)),
    ):  # fmt: skip
        assert refused(place, path, body) == (422, "template_not_found", errors)


@pytest.mark.parametrize("is_public", [True, False])
def test_ticket_from_a_template_has_its_subject_and_content(place: Place, is_public: bool) -> None:
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


def test_data_of_a_template_request_holds_only_values(place: Place) -> None:
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
def test_ticket_from_a_template_needs_subject_and_content(
    place: Place, members: dict[str, str], parts: str
) -> None:
    created(place, **members)
    data = {**DATA, "blank": " "}
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", data)}
    sentence = f"The {parts} of template 'warranty.received' would be empty."
    assert refused(place, CREATE, body) == (
        422, "validation_failed", {"template_identifier": [sentence]}
    )  # fmt: skip


def test_key_opens_a_single_ticket_from_a_template(place: Place) -> None:
    created(place)
    body = {"originator_email_address": CUSTOMER, **render("warranty.received", DATA)}
    key = str(uuid4())
    first, second = (place.post(CREATE, body, key) for _ in range(2))
    assert (first[0], second[0], first[2]) == (200, 200, second[2])
    assert place.post(CREATE, ticket("Another"), key)[0] == 409


def test_template_survives_a_restart(place: Place) -> None:
    made = created(place)
    place.kill()
    place.start()
    assert answered(place, f"{V1}/show", {"template_id": made["id"]}) == {"template": made}
