"""Bodies and replies as JSON schemas, and an example of each.

Rule: an example is composed of the examples of its members. A member without an example is left
out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from tickiti_server.validation.json_schema import Schema

REFERENCE = "#/components/schemas/"

_NOTHING = object()


class Titleless(GenerateJsonSchema):
    """Drops the title that pydantic derives from the member's name, because it says nothing new."""

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
        _split_enums(schema)
        _rename_defaults(schema)
        _hide_alternatives(schema)
    return dict(schemas), used([*schemas.values()], components)


def used(parts: Sequence[Schema], components: Mapping[str, Schema]) -> dict[str, Schema]:
    """The components that the parts refer to, and those that these refer to."""
    found: dict[str, Schema] = {}
    text = json.dumps(parts)
    while new := {
        name: schema
        for name, schema in components.items()
        if name not in found and f'"{REFERENCE}{name}"' in text
    }:
        found |= new
        text = json.dumps([*new.values()])
    return {name: schema for name, schema in components.items() if name in found}


def _hide_alternatives(schema: Schema) -> None:
    """Write "one of these members" with `not`, which generators of clients pass over. They would
    make a type of each option, and lose the members."""
    some = schema.get("anyOf", [])
    if some and all(option.keys() == {"required"} for option in some):
        del schema["anyOf"]
        schema["not"] = {"not": {"anyOf": some}}
    options = schema.get("oneOf", [])
    if not options or any(option.keys() != {"required"} for option in options):
        return
    del schema["oneOf"]
    pairs = [{"allOf": [*pair]} for pair in combinations(options, 2)]
    refused = [{"not": {"anyOf": options}}, *pairs]
    if "not" in schema:
        refused.append(schema["not"])
    schema["not"] = {"anyOf": refused}


def _rename_defaults(schema: Schema) -> None:
    """Write the default of a member as x-default, because openapi-typescript makes a member with a
    default required."""
    for member in schema.get("properties", {}).values():
        if "default" in member:
            member["x-default"] = member.pop("default")


def _rename_bounds(part: Schema) -> None:
    """Translate the names of bounds that pydantic leaves in a schema of our own validators."""
    for theirs, ours in (("ge", "minimum"), ("le", "maximum")):
        if isinstance(part.get(theirs), int):
            part[ours] = part.pop(theirs)


def _split_enums(part: Any) -> None:
    """Write each enum of words and numbers as two enums, because generators of clients make a type
    of an enum and refuse mixed ones."""
    if isinstance(part, list):
        for item in part:
            _split_enums(item)
    elif isinstance(part, dict):
        for item in part.values():
            _split_enums(item)
        _rename_bounds(part)
        if isinstance(part.get("enum"), list) and part.get("type") == ["integer", "string"]:
            words = [value for value in part["enum"] if isinstance(value, str)]
            numbers = [value for value in part["enum"] if not isinstance(value, str)]
            del part["enum"], part["type"]
            part["anyOf"] = [
                {"type": "integer", "enum": numbers},
                {"type": "string", "enum": words},
            ]


def resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """The component that the schema refers to, or the schema itself."""
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
    if not schema["properties"]:  # every member is in the path
        return {}
    found = {name: _example(member, components) for name, member in schema["properties"].items()}
    members = {name: value for name, value in found.items() if value is not _NOTHING}
    return members or _NOTHING


def _options(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
