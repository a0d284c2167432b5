"""The schemas of a document for generators of clients, made from the exact ones.

Rule: bodies are written as they are to be sent, and every enumeration stands in one place.
"""

from collections.abc import Mapping

from pydantic.json_schema import JsonSchemaMode

from tickiti_server.documentation.openapi.models import used
from tickiti_server.documentation.openapi.sent import to_send
from tickiti_server.documentation.openapi.shared import merge, share
from tickiti_server.validation.json_schema import Schema


def publish(
    schemas: dict[tuple[str, JsonSchemaMode], Schema], components: dict[str, Schema]
) -> None:
    """Rewrite the schemas and components in place."""
    bodies = {key: schema for key, schema in schemas.items() if key[1] == "validation"}
    schemas |= {key: to_send(schema) for key, schema in bodies.items()}
    components |= _to_send(used([*bodies.values()], components))
    share(components)
    merge(schemas, components)


def _to_send(components: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: to_send(schema) for name, schema in components.items()}
