"""The types of the members of request bodies: text, flags, numbers, days and addresses.

The API contract, section 2, has the rules. Strings are trimmed as Laravel does; an empty string
counts as absent, like null. Every sentence begins with FIELD, which `error_body` replaces by the
field's path.
"""

import re
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError

from tickiti_cli.contract.characters import CONTROL
from tickiti_server.validation.addresses import MOST_ADDRESS, is_address
from tickiti_server.validation.json_schema import (
    CLEARS,
    DIGITS,
    LINE,
    TEXT,
    Schema,
    Written,
    or_absent,
)

MOST_LINE = 255
"""Characters of a subject, from the API contract."""

MOST_INTEGER = 2**63 - 1
"""The largest value of a 64-bit integer column, which every database has."""

_DIGITS = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b\u200e"
"""White space, and the invisible characters that Laravel trims too."""

_FLAGS: dict[object, bool] = {True: True, False: False, "1": True, "0": False}


def trimmed(text: str) -> str:
    """Without white space and the invisible characters that Laravel trims at both ends."""
    return text.strip() if text.isascii() else text.strip(_BLANK)


def is_absent(value: object) -> bool:
    """Whether a member with this value counts as left out."""
    return value is None or (isinstance(value, str) and not trimmed(value))


class Body(BaseModel):
    """A JSON object of a request. Unknown members are ignored; null and "" count as absent."""

    # Deferred, because building all models takes a sixth of the server's start. The first request
    # of an endpoint builds its model, in 2.5 ms at most.
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    CLEARS: ClassVar[frozenset[str]] = frozenset()
    """Members that null or "" clears. Elsewhere both count as left out."""

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        return {name: value for name, value in members.items() if not is_absent(value)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        schema = handler(core)
        members = handler.resolve_ref_schema(schema).get("properties", {})
        for name in members.keys() - set(handler.resolve_ref_schema(schema).get("required", [])):
            members[name] = or_absent(members[name])
        for name in cls.CLEARS:
            members[name][CLEARS] = True
        return schema


class ClearingBody(Body):
    """A body in which null or "" clears a member that CLEARS names: the member is set to None."""

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        cleared = {name: None for name in cls.CLEARS & members.keys() if is_absent(members[name])}
        return {n: v for n, v in members.items() if not is_absent(v)} | cleared


class UpdateBody(Body):
    """A body in which null or "" clears a member that CLEARS names. `cleared` has their names."""

    cleared: SkipJsonSchema[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _note_cleared(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        cleared = [name for name in cls.CLEARS & members.keys() if is_absent(members[name])]
        return {**members, "cleared": cleared}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("must be a string")
    return trimmed(value)


def _line(value: object) -> str:
    text = _text(value)
    if CONTROL.search(text):
        raise wrong("must be one line without control characters")
    return text


def _item(value: object) -> str:
    line = _line(value)
    if not line:
        raise wrong("must not be empty")
    return line


def _address(value: object) -> str:
    text = _text(value)
    if not is_address(text):
        raise wrong("must be one e-mail address, such as marcus@trailblazers-club.example")
    return text


def _flag(value: object) -> bool:
    # 1.0 == True in Python, but 1.0 is not a flag on the wire.
    if isinstance(value, (bool, int, str)) and value in _FLAGS:
        return _FLAGS[value]
    raise wrong("must be true or false")


def _integer(value: object) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(trimmed(value)):
        value = int(trimmed(value))
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong("must be an integer")
    if not -MOST_INTEGER <= value <= MOST_INTEGER:
        raise wrong("is too large")
    return value


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(trimmed(value)):
        try:
            return date.fromisoformat(trimmed(value))
        except ValueError:
            pass
    raise wrong("must be a day as YYYY-MM-DD")


def wrong(rule: str) -> PydanticCustomError:
    return PydanticCustomError("value", "The FIELD field {rule}.", {"rule": rule})


def renamed(new_name: str) -> BeforeValidator:
    """The validator of a member by its former name: any value is refused, so that nothing is
    dropped in silence."""

    def refuse(_: object) -> object:
        raise wrong(f"is now called {new_name}")

    return BeforeValidator(refuse)


Text = Annotated[str, BeforeValidator(_text), Written(pattern=TEXT)]
"""Any text, several lines included."""

Line = Annotated[str, BeforeValidator(_line), Field(max_length=MOST_LINE), Written(pattern=LINE)]
"""A text that may become a heading or a header: one line of at most 255 characters."""

Item = Annotated[str, BeforeValidator(_item), Field(max_length=MOST_LINE), Written(pattern=LINE)]
"""A Line inside an array. It may not be empty, because an empty item would not count as left
out."""

Address = Annotated[str, BeforeValidator(_address), Written(format="email", maxLength=MOST_ADDRESS)]
"""Exactly one addr-spec."""

Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    Written(type=["boolean", "integer", "string"], minimum=0, maximum=1, pattern="^[01]$"),
]
Integer = Annotated[
    int,
    BeforeValidator(_integer),
    Written(type=["integer", "string"], format="int64", pattern=DIGITS),
]
Positive = Annotated[Integer, Field(ge=1)]
Day = Annotated[date, BeforeValidator(_day)]
