"""The document at /_tickiti/openapi.json says what the server does, and nothing else."""

import json
from collections.abc import Iterator
from functools import reduce
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.place import Place
from tests.server.stage import staged
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Access, Endpoint, Key
from tickiti_cli.contract.errors import BY_CODE
from tickiti_server.families import MODULES
from tickiti_server.handlers import collect
from tickiti_server.openapi import describe

DOCUMENT = describe(collect(MODULES, CATALOGUE.values()), "http://127.0.0.1:8642")
SERVED = [row for row in CATALOGUE.values() if row.served]
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:document", Resource.from_contents(DOCUMENT, DRAFT202012)
)

each_served = pytest.mark.parametrize("row", SERVED, ids=lambda row: row.name)


def operation_of(row: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENT["paths"][row.path]["post"]
    return operation


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    steps = part["$ref"].removeprefix("#/").split("/")
    return reduce(lambda inside, step: inside[step], steps, DOCUMENT)


def reply_of(row: Endpoint, status: int) -> dict[str, Any]:
    return resolved(operation_of(row)["responses"][str(status)])


def codes_of(row: Endpoint) -> set[str]:
    """Every code that the document says an endpoint may answer with."""
    replies = (resolved(reply) for reply in operation_of(row)["responses"].values())
    contents = [reply["content"]["application/json"] for reply in replies]
    return {code for content in contents for code in content.get("examples", {})}


def problems(value: Any, schema: Any) -> list[str]:
    """Why a value is not of a schema of the document."""
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:document#/'))
    validator = Draft202012Validator(
        absolute, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(value)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("openapi"))
    found.start()
    found.post("/api/create_ticket", example_of("create_ticket"), "the-first-ticket")
    yield found
    found.stop()


def example_of(name: str) -> Any:
    return operation_of(CATALOGUE[name])["requestBody"]["content"]["application/json"]["example"]


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_the_server_serves_this_document_with_the_address_it_was_asked_under(place: Place) -> None:
    status, headers, raw = place.get("/_tickiti/openapi.json")
    served = json.loads(raw)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert served["servers"] == [{"url": f"http://127.0.0.1:{place.port}"}]
    assert {**served, "servers": DOCUMENT["servers"]} == DOCUMENT


def test_an_address_that_is_no_host_is_not_repeated(place: Place) -> None:
    _, _, raw = place.get("/_tickiti/openapi.json", Host="x';alert(1)")
    assert json.loads(raw)["servers"] == [{"url": f"http://127.0.0.1:{place.port}"}]


def test_only_get_and_head_are_answered(place: Place) -> None:
    status, headers, raw = place.get("/_tickiti/openapi.json", "HEAD")
    assert (status, raw, int(headers["content-length"]) > 10_000) == (200, b"", True)
    status, headers, _ = place.get("/_tickiti/openapi.json", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_every_served_row_is_there_exactly_once_and_no_other() -> None:
    operations = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert sorted(names) == sorted(row.name for row in SERVED)
    unserved = [row.path for row in CATALOGUE.values() if not row.served]
    assert DOCUMENT["x-not-served"] == unserved


def test_every_code_of_the_contract_is_there_with_its_sentence() -> None:
    listed = {failure["code"]: failure for failure in DOCUMENT["x-failures"]}
    assert listed.keys() == BY_CODE.keys()
    assert {code: failure["status"] for code, failure in listed.items()} == {
        code: error.status for code, error in BY_CODE.items()
    }
    assert [code for code, failure in listed.items() if not failure["sentence"].endswith(".")] == []


def test_names_tell_nothing_of_modules() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if "_" in name] == []


@each_served
def test_every_endpoint_and_member_is_described(row: Endpoint) -> None:
    operation = operation_of(row)
    assert operation["summary"].endswith(".")
    body = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
    for shape in [resolved(option) for option in body.get("oneOf", [body])]:
        members = shape.get("properties", {})
        said = [
            name
            for name, member in members.items()
            if {**resolved(member), **member}.get("description")
        ]
        assert said == [*members]


@each_served
def test_abilities_and_the_key_stand_as_the_row_has_them(row: Endpoint) -> None:
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
}  # fmt: skip
"""A mail or a callback that does not exist is 404, though it is not named in the path."""


@each_served
def test_an_endpoint_names_the_failures_it_can_have(row: Endpoint) -> None:
    key_codes = {code for code in BY_CODE if code.startswith("idempotency_key_")}
    assert codes_of(row) & key_codes == (set() if row.key is Key.NONE else key_codes)
    assert ("unauthenticated" in codes_of(row)) == (row.access is not Access.PUBLIC)
    assert ("missing_ability" in codes_of(row)) == (row.access is Access.ABILITY)
    assert ("not_found" in codes_of(row)) == (bool(row.params) or row.name in NAMED_BY_ID)
    assert {"invalid_json", "internal", "overloaded", "rate_limited"} <= codes_of(row)
    for status, part in operation_of(row)["responses"].items():
        for code, shown in (
            resolved(part)["content"]["application/json"].get("examples", {}).items()
        ):
            assert (BY_CODE[code].status, shown["value"]["code"]) == (int(status), code)


@each_served
def test_every_example_is_of_its_schema(row: Endpoint) -> None:
    operation = operation_of(row)
    sent = operation["requestBody"]["content"]["application/json"]
    assert problems(sent["example"], sent["schema"]) == []
    for part in map(resolved, operation["responses"].values()):
        content = part["content"]["application/json"]
        shown = [found["value"] for found in content.get("examples", {}).values()]
        for value in shown or [content["example"]]:
            assert problems(value, content["schema"]) == []


@each_served
def test_the_server_takes_every_example_and_answers_as_described(
    place: Place, row: Endpoint
) -> None:
    operation = operation_of(row)
    path, body = row.path, staged(place, row.name, example_of(row.name))
    for part in operation["parameters"]:
        if part.get("in") == "path":
            there = body.get(part["name"], part["example"])
            path = path.replace(f"{{{part['name']}}}", str(there))
    key = f"example-{row.name}" if row.key is not Key.NONE else None
    status, headers, raw = place.post(path, body, key)
    reply = reply_of(row, 200)
    assert (status, problems(json.loads(raw), reply["content"]["application/json"]["schema"])) == (
        200,
        [],
    ), raw
    promised = {name.lower() for name in reply["headers"]} - {"idempotency-replayed"}
    assert promised <= headers.keys()


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
def test_a_schema_is_as_wide_as_the_server(
    place: Place, member: str, value: Any, is_taken: bool
) -> None:
    body = {**example_of("ticket_respond"), member: value}
    schema = operation_of(CATALOGUE["ticket_respond"])["requestBody"]["content"][
        "application/json"
    ]["schema"]
    status, _, raw = place.post("/api/ticket_respond", body, str(uuid4()))
    assert (status == 200, problems(body, schema) == []) == (is_taken, is_taken), raw
