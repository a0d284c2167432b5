"""The values of request bodies: how text, flags, numbers, days and addresses are read.

Rules: section 2 of the API contract. Strings are trimmed as Laravel does; an empty one, like null,
counts as absent. Every sentence begins with the field, which `failures` puts in place of FIELD.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from tickiti_server.addresses import MOST_ADDRESS, is_address
from tickiti_server.schemas import DIGITS, LINE, TEXT, Schema, Written, or_absent

MOST_LINE = 255
"""Characters of a subject, from the API contract."""

MOST_INTEGER = 2**63 - 1
"""What every database keeps in an integer column."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
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

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

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
        return schema


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
    # 1.0 == True in Python, but it is no flag on the wire.
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


Text = Annotated[str, BeforeValidator(_text), Written(pattern=TEXT)]
"""Any text, several lines included."""

Line = Annotated[str, BeforeValidator(_line), Field(max_length=MOST_LINE), Written(pattern=LINE)]
"""What may become a heading or a header: one line of at most 255 characters."""

Item = Annotated[str, BeforeValidator(_item), Field(max_length=MOST_LINE), Written(pattern=LINE)]
"""A Line in a list, where an empty one would not count as left out."""

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
