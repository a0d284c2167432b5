"""The members of a body or a reply as rows for a reader: name, kind, whether required, meaning."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tickiti_server.documentation.openapi.models import resolved
from tickiti_server.validation.json_schema import MOST_CHARACTERS, Schema

_FORMATS = {"email": "e-mail address", "date": "day", "date-time": "time"}


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a table. `name` is the path of the member: `data.subject`, `tickets[].id`."""

    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads members from schemas whose references point to these components."""

    components: Mapping[str, Schema]

    def members(self, schema: Schema, prefix: str = "") -> Iterator[Member]:
        """Every member of an object, depth first. For an array, the members of its items."""
        schema = resolved(schema, self.components)
        if schema.get("type") == "array":
            yield from self.members(schema.get("items", {}), f"{prefix}[].")
        required = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            path, inner = f"{prefix}{name}", _without_null(member)
            held = resolved(inner, self.components)
            meaning = _meaning({"description": held.get("description", ""), **member})
            yield Member(path, self.kind(member), name in required, meaning)
            if held.get("type") == "array":
                path, held = f"{path}[]", resolved(held.get("items", {}), self.components)
            yield from self.members(held, f"{path}.")

    def kind(self, schema: Schema) -> str:
        """The type in words: `integer, 1 to 1000`; `open | on-hold`; `array of string, 1 to 100
        items`."""
        found = resolved(_without_null(schema), self.components)
        nullable = " or null" if _is_nullable_reply(schema) else ""
        return f"{self._word(found)}{_limits(found)}{nullable}"

    def _word(self, schema: Schema) -> str:
        if "const" in schema:
            return json.dumps(schema["const"])
        if "enum" in schema:
            return " | ".join(str(value) for value in schema["enum"])
        formats = [schema, *schema.get("anyOf", ())]
        named = [_FORMATS[part["format"]] for part in formats if part.get("format") in _FORMATS]
        if named:
            return " or ".join(named)
        kinds = schema.get("type", "any value")
        word = kinds if isinstance(kinds, str) else kinds[0]
        return f"array of {self.kind(schema.get('items', {}))}" if word == "array" else word


def _without_null(schema: Schema) -> Schema:
    """The first option of a schema whose other options are null or a blank string."""
    options = schema.get("anyOf", [])
    return options[0] if {"type": "null"} in options else schema


def _is_nullable_reply(schema: Schema) -> bool:
    """Whether a member of a reply may be null. In a request null only means left out, so it is not
    shown."""
    options = schema.get("anyOf", [])
    return len(options) == 2 and {"type": "null"} in options


def _limits(schema: Schema) -> str:
    if MOST_CHARACTERS in schema:
        return f", at most {schema[MOST_CHARACTERS]:,} characters"
    if schema.get("type") == "array":
        return _range(schema.get("minItems"), schema.get("maxItems"), " items")
    if "boolean" in schema.get("type", ()):
        return ""
    return _range(schema.get("minimum"), schema.get("maximum"), "")


def _range(least: Any, most: Any, unit: str) -> str:
    if least is not None and most is not None:
        return f", {least} to {most}{unit}"
    if least is not None:
        return f", at least {least}{unit}"
    return "" if most is None else f", at most {most}{unit}"


def _meaning(member: Schema) -> str:
    said: str = member["description"]
    default = member.get("x-default")
    return said if default in (None, []) else f"{said} Default: `{json.dumps(default)}`."
