"""Bodies and replies as JSON schemas, and an example of each.

The rule of this file: an example is composed of the examples that stand with the members; a member
without one is left out of it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from tickiti_server.schemas import Schema

REFERENCE = "#/components/schemas/"

_NOTHING = object()


class Titleless(GenerateJsonSchema):
    """A title that repeats the member's name says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def schemas_of(
    models: Mapping[tuple[str, JsonSchemaMode], TypeAdapter[Any]],
) -> tuple[dict[tuple[str, JsonSchemaMode], Schema], dict[str, Schema]]:
    """The schema of each model, and the components that they refer to."""
    inputs: Iterable[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, mode, adapter) for (name, mode), adapter in models.items()
    ]
    schemas, shared = TypeAdapter.json_schemas(
        inputs, ref_template=REFERENCE + "{model}", schema_generator=Titleless
    )
    components: dict[str, Schema] = shared.get("$defs", {})
    for schema in components.values():
        schema.pop("title", None)
    text = json.dumps([*schemas.values(), components])
    used = {name: found for name, found in components.items() if f'"{REFERENCE}{name}"' in text}
    return dict(schemas), used


def resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """The schema itself, or the component that it refers to."""
    name = schema.get("$ref", "").removeprefix(REFERENCE)
    return components[name] if name else schema


def example(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value of this schema. Raises LookupError where its members have no examples."""
    found = _example(schema, components)
    if found is _NOTHING:
        raise LookupError(f"no example in {schema}")
    return found


def _example(schema: Schema, components: Mapping[str, Schema]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    schema = resolved(schema, components)
    if "const" in schema:
        return schema["const"]
    if "properties" in schema:
        return _object(schema, components)
    if schema.get("type") == "array":
        item = _example(schema.get("items", {}), components)
        return _NOTHING if item is _NOTHING else [item]
    options = (_example(option, components) for option in _options(schema))
    return next((found for found in options if found is not _NOTHING), _NOTHING)


def _object(schema: Schema, components: Mapping[str, Schema]) -> Any:
    found = {name: _example(member, components) for name, member in schema["properties"].items()}
    members = {name: value for name, value in found.items() if value is not _NOTHING}
    return members or _NOTHING


def _options(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
