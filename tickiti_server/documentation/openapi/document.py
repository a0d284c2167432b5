"""The whole document: one operation for each served row.

The rule of this file: nothing is said here that a row, an annotation or an error says itself.
"""

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from tickiti_cli import __version__
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Access, Endpoint, Envelope, Key
from tickiti_server.handlers import Handler
from tickiti_server.openapi import refusals
from tickiti_server.openapi.models import example, resolved, schemas_of
from tickiti_server.schemas import Schema

DIALECT = "3.1.0"
JSON = "application/json"

_TITLE = "The Tickiti API"
_SUMMARY = "Open, answer and find tickets of a Tickiti helpdesk; an operation is never done twice."
_TOKEN = "The token after `Bearer `: `<id>|<secret>`, shown once when it is minted."  # noqa: S105
_KEY = (
    "Names the operation: 1 to 255 characters of your choice, a new key for each new operation. "
    "The same key with the same body gives the first reply again, byte for byte, and does nothing "
    "more; with another body it is a 409. After a failure the key is free."
)
_REPLY_HEADERS: dict[str, tuple[str, Schema, str]] = {
    "RequestId": ("Names this request in the server's log.", {"type": "string"}, "5f0c21aa-1c3"),
    "Replayed": ("There if this is the first reply again.", {"const": "true"}, "true"),
    "Expires": (
        "Until when the key gives this reply again.",
        {"type": "string", "format": "date-time"},
        "2026-05-31T09:14:02+00:00",
    ),
}


def describe(handlers: Mapping[str, Handler], base_url: str) -> Schema:
    """The OpenAPI document of a server with these handlers. Raises LookupError where a body or a
    reply has no example."""
    rows = [row for row in CATALOGUE.values() if row.name in handlers]
    schemas, components = schemas_of(_models(handlers))
    responses: dict[str, Schema] = {}
    paths = {
        row.path: {"post": _operation(handlers[row.name], schemas, components, responses)}
        for row in rows
    }
    return {
        "openapi": DIALECT,
        "info": {"title": _TITLE, "summary": _SUMMARY, "version": __version__},
        "servers": [{"url": base_url}],
        "tags": [
            {"name": name, "description": _first_line(family)}
            for name, family in FAMILIES.items()
            if not set(rows).isdisjoint(family.ROWS)
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": _TOKEN}
            },
            "parameters": {name: _key_header(name) for name in ("RequiredKey", "OptionalKey")},
            "headers": {
                name: {"description": said, "schema": schema, "example": value}
                for name, (said, schema, value) in _REPLY_HEADERS.items()
            },
            "responses": responses,
            "schemas": components,
        },
        "x-failures": [
            {
                "status": error.status,
                "code": error.code,
                "sentence": error.message,
                "retryable": error.retryable,
            }
            for error in refusals.every_failure()
        ],
        "x-not-served": [row.path for row in CATALOGUE.values() if not row.served],
    }


def _models(
    handlers: Mapping[str, Handler],
) -> dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]]:
    models: dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]] = {
        ("failure", "serialization"): TypeAdapter(refusals.Failure)
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
) -> Schema:
    row = handler.row
    body = schemas.get((row.name, "validation"), {"type": "object"})
    summary, _, more = (inspect.getdoc(handler.function) or row.name).partition("\n")
    parameters = [_path_parameter(name, body, components) for name in row.params]
    if row.key is not Key.NONE:
        name = "RequiredKey" if row.key is Key.REQUIRED else "OptionalKey"
        parameters.append({"$ref": f"#/components/parameters/{name}"})
    sent = example(body, components) if (row.name, "validation") in schemas else {}
    role = "sysadmin" if row.sysadmin else row.role.name.lower()
    return {
        "operationId": row.name,
        "tags": [next(name for name, family in FAMILIES.items() if row in family.ROWS)],
        "summary": summary,
        "description": " ".join(more.split()),
        "security": _security(row),
        **({} if role == "any" else {"x-role": role}),
        "parameters": parameters,
        "requestBody": {
            "required": not row.empty_body,
            "content": {JSON: {"schema": body, "example": sent}},
        },
        "responses": {
            "200": _success(row, schemas[row.name, "serialization"], components),
            **refusals.replies(refusals.failures_of(handler), responses),
        },
    }


def _security(row: Endpoint) -> list[Schema]:
    """Any one of the abilities is enough."""
    if row.access is Access.PUBLIC:
        return []
    return [{"token": [ability.value]} for ability in row.needs] or [{"token": []}]


def _path_parameter(name: str, body: Schema, components: dict[str, Schema]) -> Schema:
    """A number that the path gives: it goes from the body's members to the parameters."""
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


def _success(row: Endpoint, reply: Schema, components: Mapping[str, Schema]) -> Schema:
    value = example(reply, components)
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if row.key is not Key.NONE:
        headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/Replayed"}
        headers["Idempotency-Expires-At"] = {"$ref": "#/components/headers/Expires"}
    schema: Schema = reply
    if row.envelope is Envelope.DATA:
        schema, value = _enveloped({"data": reply}), {"ok": True, "data": value}
    elif row.envelope is Envelope.PAGE:
        schema = {"allOf": [_enveloped({}), reply]}
        value = {"ok": True, **value}
    content = {JSON: {"schema": schema, "example": value}}
    return {"description": "Done.", "headers": headers, "content": content}


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
