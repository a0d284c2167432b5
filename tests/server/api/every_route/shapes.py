"""The shape of a reply, as the tables of this folder write it, and what differs from it.

Rule: an object has the named members and no others.

A shape is a type (`str`), several (`int | float`), a pattern, a set of values, one value, an object
of shapes, or one of `Maybe`, `Each`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

ID = re.compile(r"[1-9]\d*")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Maybe:
    """This shape, or null."""

    shape: Any


@dataclass(frozen=True)
class Each:
    """An array of items of this shape, and at least so many of them."""

    shape: Any
    least: int = 1


def differences(value: Any, shape: Any, place: str = "reply") -> Iterator[str]:
    """A sentence for each place where the value is not of the shape."""
    match shape:
        case dict():
            yield from _in_object(value, shape, place)
        case Maybe():
            if value is not None:
                yield from differences(value, shape.shape, place)
        case Each():
            yield from _in_array(value, shape, place)
        case _:
            if not _is_like(value, shape):
                yield f"{place} is {value!r}, not {shape}"


def _in_object(value: Any, shape: dict[str, Any], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is {value!r}, not an object"
        return
    yield from (f"{place}.{name} is missing" for name in shape.keys() - value.keys())
    yield from (f"{place}.{name} is not documented" for name in value.keys() - shape.keys())
    for name in shape.keys() & value.keys():
        yield from differences(value[name], shape[name], f"{place}.{name}")


def _in_array(value: Any, shape: Each, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} is {value!r}, not an array"
        return
    if len(value) < shape.least:
        yield f"{place} has {len(value)} items, not at least {shape.least}"
    for number, item in enumerate(value):
        yield from differences(item, shape.shape, f"{place}[{number}]")


def _is_like(value: Any, shape: Any) -> bool:
    match shape:
        case re.Pattern():
            return isinstance(value, str) and bool(shape.fullmatch(value))
        case set():
            return isinstance(value, str) and value in shape
        case type():
            return type(value) is shape
        case _ if get_args(shape):
            return type(value) in get_args(shape)
    return bool(value == shape) and type(value) is type(shape)
