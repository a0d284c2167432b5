"""The published schema of values: patterns, and which values count as absent.

Rule: a schema is never narrower than the server. It includes every form that the server accepts: a
digit string, white space around a word, null for an optional member.
"""

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

Schema = dict[str, Any]

# What `values.trimmed` takes away, and what no line may hold; spelled for every regex dialect.
_BLANK = r"\s\u001c-\u001f\u0085\ufeff\u200b\u200e"
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"

BLANK = rf"^[{_BLANK}]*$"
TEXT = rf"^[^\u0000]*[^\u0000{_BLANK}][^\u0000]*$"
LINE = rf"^[{_BLANK}]*[^{_CONTROL}{_BLANK}]([^{_CONTROL}]*[^{_CONTROL}{_BLANK}])?[{_BLANK}]*$"
DIGITS = rf"^[{_BLANK}]*-?[0-9]{{1,19}}[{_BLANK}]*$"

MOST_CHARACTERS = "x-most-characters"
"""Characters that a text may have once it is trimmed. maxLength would count the trimmed
characters."""

_OUR_WORDS = {"ge": "minimum", "le": "maximum", "maxLength": MOST_CHARACTERS}
"""Pydantic's names of bounds and the schema's. Pydantic does not translate them behind a custom
validator."""

_OF_ARRAYS = ("prefixItems", "minItems", "maxItems")

NOTHING: list[Schema] = [{"type": "null"}, {"type": "string", "pattern": BLANK}]
"""The values that count as a member left out: null or a blank string."""

Time = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-05-01T09:14:02+00:00"])
]
"""A point in time in a reply."""


CLEARS = "x-null-clears"
"""Marks an optional member that null or an empty string clears, where null would else mean that the
member is left out."""


class Written:
    """An annotation that adds keywords to the schema of a value."""

    def __init__(self, **words: Any) -> None:
        self._words = words

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        found = {**handler(core), **self._words}
        if found.get("type") == "string":  # the wire's form of a pair, such as a range of time
            found = {word: said for word, said in found.items() if word not in _OF_ARRAYS}
        return {_OUR_WORDS.get(word, word): said for word, said in found.items()}


def or_absent(schema: Schema) -> Schema:
    """The schema of an optional member: its own, or null, or a blank string."""
    said = {word: schema[word] for word in schema if word not in ("anyOf", "default")}
    if schema.get("default") is not None:
        said["default"] = schema["default"]
    if "anyOf" in schema:
        inner = next(option for option in schema["anyOf"] if option != {"type": "null"})
        said = {**inner, **said}
    kinds = said.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds and "pattern" in said:
        return {**said, "type": [*kinds, "null"], "pattern": f"{said['pattern']}|{BLANK}"}
    words = ("description", "default", "examples")
    outside = {word: said.pop(word) for word in words if word in said}
    return {"anyOf": [said, *NOTHING], **outside}


def without(*names: str) -> Schema:
    """The schema of an object in which these members are left out."""
    given: list[Schema] = [
        {"required": [name], "properties": {name: {"not": {"anyOf": NOTHING}}}} for name in names
    ]
    return {"not": {"anyOf": given}}
