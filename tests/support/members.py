"""Every member of every request body, with its schema."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES

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
