"""An object a line."""

import json
from collections.abc import Iterator
from typing import NoReturn, TextIO

from tickiti_cli.bulk.line import Line, Remark, is_utf8


def read(file: TextIO, _name: str, _remark: Remark) -> Iterator[Line]:
    """A line of white space alone is none."""
    for number, text in enumerate(file, start=1):
        if text.strip():
            yield _object(number, text)


def _object(number: int, text: str) -> Line:
    if not is_utf8(text):
        return Line(number, error="it is not UTF-8 text.", text=text)
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Line(number, error=f"it is not JSON: {error}.", text=text)
    if not isinstance(found, dict):
        return Line(number, error="it is not a JSON object.", text=text)
    return Line(number, found)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"JSON has no {word}")
