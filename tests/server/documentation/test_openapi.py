"""The documents at /_tickiti/openapi.json describe the server: what to send, and all it accepts."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support.multipart import FORM_TYPE, PNG, form
from tests.support.multipart import part as part_of
from tests.support.place import Place
from tests.support.stage import staged
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Access, Body, Endpoint, Key
from tickiti_cli.contract.errors import BY_CODE
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.documentation.openapi.document import describe

HANDLERS = collect(MODULES, CATALOGUE.values())
DOCUMENT = describe(HANDLERS, "http://127.0.0.1:8642")
"""What to send, for generators of clients."""
ACCEPTED = describe(HANDLERS, "http://127.0.0.1:8642", accepted=True)
"""All that the server accepts, for validators and fuzzers."""

SERVED = [row for row in CATALOGUE.values() if row.served]
REGISTRIES: dict[str, Registry[Any]] = {
    document["info"]["description"]: Registry().with_resource(
        "urn:document", Resource.from_contents(document, DRAFT202012)
    )
    for document in (DOCUMENT, ACCEPTED)
}

each_document = pytest.mark.parametrize("document", [DOCUMENT, ACCEPTED], ids=["sent", "accepted"])

each_served = pytest.mark.parametrize("row", SERVED, ids=lambda row: row.name)


def operation_of(row: Endpoint, document: Any = DOCUMENT) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][row.path][row.method.lower()]
    return operation


def resolved(part: dict[str, Any], document: Any = DOCUMENT) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    steps = part["$ref"].removeprefix("#/").split("/")
    return reduce(lambda inside, step: inside[step], steps, document)


def reply_of(row: Endpoint, status: int) -> dict[str, Any]:
    return resolved(operation_of(row)["responses"][str(status)])


def codes_of(row: Endpoint) -> set[str]:
    """Every code that the document says an endpoint may answer with."""
    replies = (resolved(reply) for reply in operation_of(row)["responses"].values())
    contents = [reply["content"]["application/json"] for reply in replies]
    return {code for content in contents for code in content.get("examples", {})}


def problems(value: Any, schema: Any, document: Any = DOCUMENT) -> list[str]:
    """Why a value is not of a schema of a document."""
    registry = REGISTRIES[document["info"]["description"]]
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    validator = Draft202012Validator(
        absolute, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(value)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("openapi"))
    found.start()
    found.post("/api/create_ticket", example_of("create_ticket"), "the-first-ticket")
    yield found
    found.stop()


def sent_of(row: Endpoint, document: Any = DOCUMENT) -> Any:
    """Schema and example of a row's body, of whichever type."""
    operation = operation_of(row, document)
    if row.method == "GET":
        assert "requestBody" not in operation
        return {"schema": {"type": "object"}, "example": {}}
    ((kind, sent),) = operation["requestBody"]["content"].items()
    assert kind == ("multipart/form-data" if row.body is Body.MULTIPART else "application/json")
    return sent


def example_of(name: str) -> Any:
    return sent_of(CATALOGUE[name])["example"]


@each_document
def test_document_is_valid_openapi(document: Any) -> None:
    validate(document)


@pytest.mark.parametrize(("query", "document"), [("", DOCUMENT), ("?accepted", ACCEPTED)])
def test_document_names_the_requested_address(place: Place, query: str, document: Any) -> None:
    status, headers, raw = place.get(f"/_tickiti/openapi.json{query}")
    served = json.loads(raw)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert served["servers"] == [{"url": f"http://127.0.0.1:{place.port}"}]
    assert {**served, "servers": document["servers"]} == document


def test_malformed_host_is_not_repeated(place: Place, tmp_path: Path) -> None:
    status, _, raw = place.get("/_tickiti/openapi.json", Host="x';alert(1)")
    assert (status, b"alert" in raw) == (404, False)
    proxied = Place(tmp_path)
    proxied.start("--behind-proxy")
    _, _, raw = proxied.get("/_tickiti/openapi.json", Host="x';alert(1)")
    proxied.stop()
    assert json.loads(raw)["servers"] == [{"url": f"http://127.0.0.1:{proxied.port}"}]


def test_document_answers_get_and_head_alone(place: Place) -> None:
    status, headers, raw = place.get("/_tickiti/openapi.json", "HEAD")
    assert (status, raw, int(headers["content-length"]) > 10_000) == (200, b"", True)
    status, headers, _ = place.get("/_tickiti/openapi.json", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_document_has_each_served_row_once() -> None:
    operations = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert sorted(names) == sorted(row.name for row in SERVED)
    unserved = [row.path for row in CATALOGUE.values() if not row.served]
    assert DOCUMENT["x-not-served"] == unserved


def test_document_has_each_code_with_its_sentence() -> None:
    listed = {failure["code"]: failure for failure in DOCUMENT["x-failures"]}
    assert listed.keys() == BY_CODE.keys()
    assert {code: failure["status"] for code, failure in listed.items()} == {
        code: error.status for code, error in BY_CODE.items()
    }
    assert [code for code, failure in listed.items() if not failure["sentence"].endswith(".")] == []


def test_schema_names_reveal_no_module() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if "_" in name] == []


@each_served
def test_endpoints_and_members_are_all_described(row: Endpoint) -> None:
    operation = operation_of(row)
    assert operation["summary"].endswith(".")
    body = resolved(sent_of(row)["schema"])
    for shape in [resolved(option) for option in body.get("oneOf", [body])]:
        members = shape.get("properties", {})
        said = [
            name
            for name, member in members.items()
            if {**resolved(member), **member}.get("description")
        ]
        assert said == [*members]


@each_served
def test_abilities_and_key_equal_those_of_the_row(row: Endpoint) -> None:
    operation = operation_of(row)
    abilities = [scheme["token"] for scheme in operation["security"]]
    if row.access is Access.PUBLIC:
        assert abilities == []
    else:
        assert abilities == ([[ability] for ability in row.needs] or [[]])
    headers = [
        found for part in operation["parameters"] if (found := resolved(part))["in"] != "path"
    ]
    expected = {Key.NONE: [], Key.OPTIONAL: [False], Key.REQUIRED: [True]}[row.key]
    assert [header["required"] for header in headers] == expected
    assert [header["name"] for header in headers] == ["Idempotency-Key"] * len(expected)


NAMED_BY_ID = {
    "outbox.show", "outbox.release", "outbox.cancel", "callbacks.show", "callbacks.resend",
    "mail.sent_mail.show",
    "administration.api_tokens.revoke", "administration.api_tokens.update", "requests.show",
}  # fmt: skip
"""What does not exist is 404, though it is not named in the path."""


@each_served
def test_endpoint_names_its_possible_failures(row: Endpoint) -> None:
    key_codes = {code for code in BY_CODE if code.startswith("idempotency_key_")}
    assert codes_of(row) & key_codes == (set() if row.key is Key.NONE else key_codes)
    assert ("unauthenticated" in codes_of(row)) == (row.access is not Access.PUBLIC)
    assert ("missing_ability" in codes_of(row)) == (row.access is Access.ABILITY)
    assert ("not_found" in codes_of(row)) == (
        bool(row.params) or row.name in NAMED_BY_ID or row.name == "page.link"
    ), "a server without its page has no link to it"
    assert {"invalid_json", "internal", "overloaded", "rate_limited"} <= codes_of(row)
    for status, part in operation_of(row)["responses"].items():
        for code, shown in (
            resolved(part)["content"]["application/json"].get("examples", {}).items()
        ):
            is_refused_key = code in ("idempotency_key_missing", "idempotency_key_invalid")
            expected = 422 if row.is_v1 and is_refused_key else BY_CODE[code].status
            assert (int(status), shown["value"]["code"]) == (expected, code)
            told = "code" if row.is_v1 else "message"
            assert shown["value"]["error"] == shown["value"][told]


@each_served
def test_failures_of_an_endpoint_have_one_schema(row: Endpoint) -> None:
    replies = {**operation_of(row)["responses"]}
    del replies["200"]
    contents = [resolved(reply)["content"]["application/json"] for reply in replies.values()]
    one = {"$ref": "#/components/schemas/Failure"}
    assert [content["schema"] for content in contents] == [one] * len(contents)


@each_document
@each_served
def test_examples_match_their_schema(row: Endpoint, document: Any) -> None:
    sent = sent_of(row, document)
    assert problems(sent["example"], sent["schema"], document) == []
    for reply in operation_of(row, document)["responses"].values():
        content = resolved(reply, document)["content"]["application/json"]
        shown = [found["value"] for found in content.get("examples", {}).values()]
        for value in shown or [content["example"]]:
            assert problems(value, content["schema"], document) == []


def bodies_of(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each schema that a request body consists of, by the way there."""
    todo = [(row.name, sent_of(row, document)["schema"]) for row in SERVED]
    seen: set[str] = set()
    while todo:
        path, schema = todo.pop()
        reference = schema.get("$ref")
        if reference in seen:
            continue
        seen |= {reference} - {None}
        schema = resolved(schema, document)
        yield path, schema
        options = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        todo += [(path, option) for option in options]
        todo += [(f"{path}[]", schema["items"])] if "items" in schema else []
        members = schema.get("properties", {})
        todo += [(f"{path}.{name}", member) for name, member in members.items()]


def test_published_members_have_one_type_and_are_null_only_to_clear() -> None:
    null = {"type": "null"}
    cleared = {path for path, schema in bodies_of(DOCUMENT) if null in schema.get("anyOf", ())}
    assert {path for path, schema in bodies_of(DOCUMENT) if "not" in schema} == set()
    kinds = {path: schema["type"] for path, schema in bodies_of(DOCUMENT) if "type" in schema}
    assert {path: kind for path, kind in kinds.items() if not isinstance(kind, str)} == {}
    empty = [option for _, schema in bodies_of(DOCUMENT) for option in schema.get("anyOf", ())
             if null in schema["anyOf"] and "minLength" in option]  # fmt: skip
    assert empty == []
    assert {path.rpartition(".")[2] for path in cleared} == {
        "allowed_ip", "domain", "email", "repeat_minutes", "outgoing_mailbox_id",
        "release_queue_id", "content_type", "remote_epilog_url", "from_name", "smtp_host",
        "smtp_port", "smtp_user", "parent_key", "triggers", "ai_model", "ai_persona",
        "ai_business_context", "ai_signature", "ai_auto_signature", "footer", "pop_host",
        "pop_port",
    }  # fmt: skip


def test_published_enumerations_and_free_objects_are_defined_once() -> None:
    """Generators of clients make a class of each."""
    components = DOCUMENT["components"]["schemas"]
    found = Counter(json.dumps(part, sort_keys=True) for part in classes_in(components))
    assert [part for part, times in found.items() if times > 1] == []


def classes_in(part: Any) -> Iterator[Any]:
    """Every enumeration and every object without named members inside of a schema."""
    if isinstance(part, list):
        for item in part:
            yield from classes_in(item)
    elif isinstance(part, dict):
        about = ("description", "examples", "example", "x-default")
        bare = {word: said for word, said in part.items() if word not in about}
        is_free = part.get("type") == "object" and "properties" not in part
        if isinstance(part.get("enum"), list) or is_free:
            yield bare
        for item in bare.values():
            yield from classes_in(item)


@each_served
def test_server_accepts_every_example_and_answers_as_described(place: Place, row: Endpoint) -> None:
    operation = operation_of(row)
    path, body = row.path, staged(place, row.name, example_of(row.name))
    for part in operation["parameters"]:
        if part.get("in") == "path":
            there = body.get(part["name"], part["example"])
            path = path.replace(f"{{{part['name']}}}", str(there))
    key = f"example-{row.name}" if row.key is not Key.NONE else None
    status, headers, raw = posted(place, row, path, body, key)
    reply = reply_of(row, 200)
    assert (status, problems(json.loads(raw), reply["content"]["application/json"]["schema"])) == (
        200,
        [],
    ), raw
    promised = {name.lower() for name in reply["headers"]} - {"idempotency-replayed"}
    assert promised <= headers.keys()


def posted(
    place: Place, row: Endpoint, path: str, body: Any, key: str | None
) -> tuple[int, dict[str, str], bytes]:
    """The request of an example: GET, JSON, or a form with an image as its file."""
    if row.method == "GET":
        return place.get(path)
    if row.body is not Body.MULTIPART:
        return place.post(path, body, key)
    texts = {name: str(value) for name, value in body.items() if name != "file"}
    parts = [part_of(name, value.encode()) for name, value in texts.items()]
    return place.post(path, form(*parts, part_of("file", PNG, "sole.png")), Content_Type=FORM_TYPE)


FLAGS = [True, False, 0, 1, "0", "1", None, "", " "]
NOT_FLAGS = [2, -1, "2", "true", "yes", [], {}]
NUMBERS = [220009, "220009", " 220009 "]
NOT_NUMBERS = [0, 1.5, "1.5", "x", True, [], {}]


@pytest.mark.parametrize(
    ("member", "value", "is_taken"),
    [
        *(("is_internal", value, True) for value in FLAGS),
        *(("is_internal", value, False) for value in NOT_FLAGS),
        *(("ticket_number", value, True) for value in NUMBERS),
        *(("ticket_number", value, False) for value in NOT_NUMBERS),
        *(("content", value, True) for value in ("x", " x ", "two\nlines")),
        *(("content", value, False) for value in (1, True, [], {})),
        ("from_email", " " * 300 + "a@b.example", True),
        *(("on_hold_until", value, False) for value in ("tomorrow", 20300101, [])),
    ],
)
def test_schema_accepts_the_same_values_as_the_server(
    place: Place, member: str, value: Any, is_taken: bool
) -> None:
    body = {**example_of("ticket_respond"), member: value}
    schema = sent_of(CATALOGUE["ticket_respond"], ACCEPTED)["schema"]
    status, _, raw = place.post("/api/ticket_respond", body, str(uuid4()))
    described = problems(body, schema, ACCEPTED) == []
    assert (status == 200, described) == (is_taken, is_taken), raw
