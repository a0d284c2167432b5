"""The whole OpenAPI 3.1 document: one operation for each served row.

Rule: a fact that a row, an annotation or an error states is read from there, never repeated here.
"""

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from tickiti_cli import __version__
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Access, Body, Endpoint, Envelope, Key
from tickiti_server.api.handler import Handler
from tickiti_server.documentation.openapi import failures
from tickiti_server.documentation.openapi.models import (
    REFERENCE,
    example,
    resolved,
    schemas_of,
    used,
)
from tickiti_server.documentation.openapi.published import publish
from tickiti_server.validation.json_schema import Schema

DIALECT = "3.1.0"
JSON = "application/json"
MULTIPART = "multipart/form-data"

ACCEPTED_PATH = "/_tickiti/openapi.json?accepted"
"""The path of the document of all that the server accepts."""

_TITLE = "The Tickiti API"
_SUMMARY = "Create, answer and find tickets of a Tickiti helpdesk, each write exactly once."
_TO_SEND = (
    "Bodies are described as they are best sent. The server also accepts null or a blank string "
    "for an optional field, numbers as strings of digits, and 0 and 1 for true and false; "
    f"`{ACCEPTED_PATH}` describes all of that, for validators and fuzzers."
)
_ACCEPTED = "Everything that the server accepts. `/_tickiti/openapi.json` describes what to send."
_TOKEN = "The token after `Bearer `: `<id>|<secret>`, shown only once, when it is created."  # noqa: S105
_KEY = (
    "Names the operation: 1 to 255 characters of your choice, a new key for each new operation. "
    "The same key with the same body returns the first reply again, byte for byte, and does "
    "nothing more; with another body it returns 409. After a failure the key is free."
)
_REPLY_HEADERS: dict[str, tuple[str, Schema, str]] = {
    "RequestId": ("Names this request in the server's log.", {"type": "string"}, "5f0c21aa-1c3"),
    "Replayed": ("Present if this is a stored reply.", {"const": "true"}, "true"),
    "Expires": (
        "When the stored reply expires.",
        {"type": "string", "format": "date-time"},
        "2026-05-31T09:14:02+00:00",
    ),
}


NO_MEMBERS = {"$ref": f"{REFERENCE}NoMembers"}
"""The body of every endpoint that takes none: one component, so that a generated client has one
class for all of them."""


def describe(handlers: Mapping[str, Handler], base_url: str, *, accepted: bool = False) -> Schema:
    """The OpenAPI document of a server with these handlers: what to send, or all that is accepted.
    Raises LookupError where a body or a reply has no example."""
    rows = [row for row in CATALOGUE.values() if row.name in handlers]
    schemas, components = schemas_of(_models(handlers))
    sent = {
        name: example(schema, components)
        for (name, mode), schema in schemas.items()
        if mode == "validation"
    }
    if not accepted:
        publish(schemas, components)
    components["NoMembers"] = _no_members(accepted=accepted)
    responses: dict[str, Schema] = {}
    paths = {
        row.path: {
            row.method.lower(): _operation(
                handlers[row.name], schemas, components, responses, sent.get(row.name, {})
            )
        }
        for row in rows
    }
    return {
        "openapi": DIALECT,
        "info": _info(accepted=accepted),
        "servers": [{"url": base_url}],
        "tags": _tags(rows),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": _TOKEN}
            },
            "parameters": {name: _key_header(name) for name in ("RequiredKey", "OptionalKey")},
            "headers": _reply_headers(),
            "responses": responses,
            "schemas": used([*paths.values(), responses], components),
        },
        "x-failures": _every_failure(),
        "x-not-served": [row.path for row in CATALOGUE.values() if not row.served],
    }


def _info(*, accepted: bool) -> Schema:
    return {
        "title": _TITLE,
        "summary": _SUMMARY,
        "description": _ACCEPTED if accepted else _TO_SEND,
        "version": __version__,
    }


def _tags(rows: Iterable[Endpoint]) -> list[Schema]:
    """The families that have one of these rows."""
    served = set(rows)
    return [
        {"name": name, "description": _first_line(family)}
        for name, family in FAMILIES.items()
        if not served.isdisjoint(family.ROWS)
    ]


def _reply_headers() -> Schema:
    return {
        name: {"description": said, "schema": schema, "example": value}
        for name, (said, schema, value) in _REPLY_HEADERS.items()
    }


def _every_failure() -> list[Schema]:
    return [
        {
            "status": error.status,
            "code": error.code,
            "sentence": error.message,
            "retryable": error.retryable,
        }
        for error in failures.every_failure()
    ]


def _no_members(*, accepted: bool) -> Schema:
    described = {"type": "object", "description": "An empty object."}
    return described if accepted else {**described, "additionalProperties": False}


def _models(
    handlers: Mapping[str, Handler],
) -> dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]]:
    models: dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]] = {
        ("failure", "serialization"): TypeAdapter(failures.Failure)
    }
    for name, handler in handlers.items():
        models[name, "serialization"] = TypeAdapter(handler.reply)
        if handler.body is not None:
            models[name, "validation"] = handler.body
    return models


def _operation(
    handler: Handler,
    schemas: Mapping[tuple[str, JsonSchemaMode], Schema],
    components: dict[str, Schema],
    responses: dict[str, Schema],
    sent: Any,
) -> Schema:
    row = handler.row
    body = schemas.get((row.name, "validation"), NO_MEMBERS)
    summary, _, more = (inspect.getdoc(handler.function) or row.name).partition("\n")
    parameters = [_path_parameter(name, body, components) for name in row.params]
    if row.key is not Key.NONE:
        name = "RequiredKey" if row.key is Key.REQUIRED else "OptionalKey"
        parameters.append({"$ref": f"#/components/parameters/{name}"})
    if not resolved(body, components).get("properties", True):  # all of them are in the path
        body = NO_MEMBERS
    sent = {name: value for name, value in sent.items() if name not in row.params}
    role = "sysadmin" if row.sysadmin else row.role.name.lower()
    return {
        "operationId": row.name,
        "tags": [next(name for name, family in FAMILIES.items() if row in family.ROWS)],
        "summary": summary,
        "description": " ".join(more.split()),
        "security": _security(row),
        **({} if role == "any" else {"x-role": role}),
        "parameters": parameters,
        **({} if row.method == "GET" else {"requestBody": _request_body(row, body, sent)}),
        "responses": {
            "200": _success(row, schemas[row.name, "serialization"], components),
            **failures.replies(failures.failures_of(handler), responses, is_v1=row.is_v1),
        },
    }


def _request_body(row: Endpoint, schema: Schema, sent: Any) -> Schema:
    return {
        "required": not row.empty_body,
        "content": {_media_type(row): {"schema": schema, "example": sent}},
    }


def _media_type(row: Endpoint) -> str:
    return MULTIPART if row.body is Body.MULTIPART else JSON


def _security(row: Endpoint) -> list[Schema]:
    """The security requirements. Each entry alone is enough, so each ability is an entry."""
    if row.access is Access.PUBLIC:
        return []
    return [{"token": [ability.value]} for ability in row.needs] or [{"token": []}]


def _path_parameter(name: str, body: Schema, components: dict[str, Schema]) -> Schema:
    """A number that the path holds. Moves the member from the body's schema to the parameters."""
    model = resolved(body, components)
    schema = model["properties"].pop(name)
    model["required"] = [other for other in model["required"] if other != name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": schema["description"],
        "schema": {"type": "integer", "minimum": schema["minimum"]},
        "example": schema["examples"][0],
    }


def _success(row: Endpoint, reply: Schema, components: dict[str, Schema]) -> Schema:
    value = example(reply, components)
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if row.key is not Key.NONE:
        headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/Replayed"}
        headers["Idempotency-Expires-At"] = {"$ref": "#/components/headers/Expires"}
    schema: Schema = reply
    if row.envelope is Envelope.DATA:
        schema, value = _shared_envelope(reply, components), {"ok": True, "data": value}
    elif row.envelope is Envelope.PAGE:
        schema = {"allOf": [_enveloped({}), reply]}
        value = {"ok": True, **value}
    content = {JSON: {"schema": schema, "example": value}}
    return {"description": "Done.", "headers": headers, "content": content}


def _shared_envelope(reply: Schema, components: dict[str, Schema]) -> Schema:
    """The envelope of a reply, as a component that all endpoints with this reply refer to."""
    schema = _enveloped({"data": reply})
    name = reply.get("$ref", "").removeprefix(REFERENCE)
    if not name or components.get(f"{name}Reply", schema) != schema:
        return schema
    components[f"{name}Reply"] = schema
    return {"$ref": f"{REFERENCE}{name}Reply"}


def _enveloped(members: Schema) -> Schema:
    members = {"ok": {"const": True}, **members}
    return {"type": "object", "required": [*members], "properties": members}


def _key_header(name: str) -> Schema:
    schema = {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": r"^[!-~]([ -~]*[!-~])?$",
    }
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": name == "RequiredKey",
        "description": _KEY,
        "schema": schema,
        "example": "7b4f3c2e-9d6a-4f8b-9e7c-2c3a4b5e6f7a",
    }


def _first_line(family: ModuleType) -> str:
    return (inspect.getdoc(family) or "").partition("\n")[0]
