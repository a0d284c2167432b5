"""Request bodies as a generator of clients needs them: what to send, not all that is accepted.

Rule: a published schema has one form of each value. The exact schema, of which it is made, has the
tolerated forms too: null or a blank string for an optional member, digits in a string, 0 and 1 for
a flag, white space around a word. Which members exclude each other is left to the descriptions,
because a generator makes a class of every `not`.
"""

from tickiti_server.validation.json_schema import BLANK, CLEARS, DIGITS, MOST_CHARACTERS, Schema

_BLANK_CHARACTERS = BLANK.removeprefix("^[").removesuffix("]*$")
_NULL = {"type": "null"}
_OF_NUMBERS = ("minimum", "maximum", "format")


def to_send(schema: Schema) -> Schema:
    """The published form of an exact schema of a request body, and of everything inside."""
    found = _one_type(_present(schema))
    found = _short_pattern(found)
    if "properties" in found:
        found.pop("additionalProperties", None)
        found["properties"] = {n: to_send(member) for n, member in found["properties"].items()}
    if isinstance(found.get("items"), dict):
        found["items"] = to_send(found["items"])
    for word in {"anyOf", "oneOf"} & found.keys():
        found[word] = [to_send(option) for option in found[word]]
    found.pop("not", None)
    return found


def _present(schema: Schema) -> Schema:
    """The schema without null and the blank string, the values that count as left out. Null stays
    where it takes a value away."""
    found = {word: said for word, said in schema.items() if word != CLEARS}
    clears = schema.get(CLEARS, False)
    options = found.get("anyOf", [])
    if _NULL in options:
        found.pop("anyOf")
        return {"anyOf": [options[0], _NULL], **found} if clears else {**options[0], **found}
    if isinstance(found.get("type"), list) and "null" in found["type"]:
        kinds = [kind for kind in found["type"] if kind != "null"]
        found["type"] = kinds
        if clears:  # an empty string clears it too
            about = _pop_description(found)
            return {"anyOf": [found, _NULL], **about}
        found["pattern"] = found["pattern"].removesuffix(f"|{BLANK}")
    return found


def _pop_description(schema: Schema) -> Schema:
    """Remove the description and the examples from a member's schema, and return them."""
    words = ("description", "examples", "x-default")
    return {word: schema.pop(word) for word in words if word in schema}


def _one_type(schema: Schema) -> Schema:
    """One type for a value that may be written in several."""
    found = {**schema}
    if _is_choice_of_spellings(found):
        return {**_spelling(found.pop("anyOf")), **found}
    if "$ref" in found:
        found.pop("enum", None)
    kinds = found.get("type")
    if not isinstance(kinds, list):
        return found
    kind = _kind(kinds, found.get("pattern", "").removesuffix(f"|{BLANK}"))
    found["type"] = kind
    dropped = {
        "boolean": ("pattern", *_OF_NUMBERS),
        "string": _OF_NUMBERS,
        "array": ("pattern", *_OF_NUMBERS),
    }
    for word in dropped.get(kind, ("pattern",)):
        found.pop(word, None)
    return found


def _kind(kinds: list[str], pattern: str) -> str:
    if "boolean" in kinds and pattern == "^[01]$":
        return "boolean"
    if "array" in kinds or "number" in kinds:
        return "array" if "array" in kinds else _number_or_text(kinds)
    return "integer" if pattern == DIGITS or kinds == ["integer"] else "string"


def _number_or_text(kinds: list[str]) -> str:
    """A number, where its other form is digits; a text, where booleans are taken as texts too."""
    return "string" if "boolean" in kinds else "number"


def _is_choice_of_spellings(schema: Schema) -> bool:
    options = schema.get("anyOf", [])
    return len(options) == 2 and all("enum" in option for option in options)


def _spelling(options: list[Schema]) -> Schema:
    """Numbers, where the words are only their digits; else the words."""
    numbers, words = sorted(options, key=lambda option: str(option["type"]))
    digits = {str(number) for number in numbers["enum"]}
    if digits == set(words["enum"]):
        return numbers
    return {**words, "enum": [word for word in words["enum"] if word not in digits]}


def _short_pattern(schema: Schema) -> Schema:
    """Lengths in place of patterns that only say "not blank"; other patterns without the white
    space that the server trims."""
    found = {**schema}
    if MOST_CHARACTERS in found:
        found["maxLength"] = found.pop(MOST_CHARACTERS)
    pattern = found.pop("pattern", None)
    if pattern is None or "enum" in found:
        return found
    if _BLANK_CHARACTERS not in pattern:
        trimmed = pattern.replace(r"^\s*", "^").replace(r"\s*$", "$")
        return {**found, "pattern": trimmed}
    return found if pattern.endswith(f"|{BLANK}") else {**found, "minLength": 1}
