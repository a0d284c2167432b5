"""`--jq EXPR` filters a result's JSON. The only module that imports jq.

Rules: jq's own sentence names the error of an expression, before any request is sent. A number
keeps its spelling unless the expression calculates with it, because values leave jq as JSON text.
Python would round the large ones.
"""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from tickiti_cli.errors import UsageProblem

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"|[,:]')
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPES = re.compile(
    r"(\\\\|\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""An escaped backslash or a whole surrogate pair (group 1), otherwise half a surrogate pair."""


class JsonText(NamedTuple):
    """A value that is not a string, as JSON on one line."""

    json: str


class Filter:
    """A compiled expression. Raises UsageProblem if jq cannot compile it, or is not installed."""

    def __init__(self, expression: str) -> None:
        try:
            # Imported by name, because jq has no types and belongs to an extra.
            compiled = import_module("jq").compile
        except ModuleNotFoundError:
            raise UsageProblem(
                "--jq needs the Python package jq, which is not installed.",
                hint="Install it with: pip install 'tickiti[jq]'",
            ) from None
        try:
            compiled(expression)  # alone first, so that jq's error quotes the user's own text
            # The line break ends a comment at the end of the expression.
            self._program = compiled(f"({expression}\n) | tojson")
        except ValueError as error:
            raise _refusal(error) from None

    def results(self, document: Any) -> Iterator[str | JsonText]:
        """The values that the expression makes of a document: none, one or many."""
        return self.results_of(json.dumps(document, ensure_ascii=False))

    def results_of(self, text: str) -> Iterator[str | JsonText]:
        """The values made of a JSON text, whose numbers keep their spelling."""
        try:
            # jq refuses half a surrogate pair, which JSON may hold.
            for found in self._program.input_text(_whole(text)):
                is_text = found.startswith('"')
                yield json.loads(found) if is_text else JsonText(_PIECE.sub(_spaced, found))
        except ValueError as error:
            raise _refusal(error) from None


def _whole(text: str) -> str:
    """The text with U+FFFD in place of half a surrogate pair, raw or escaped."""
    if "\\u" in text:
        text = _ESCAPES.sub(lambda escape: escape[1] or r"\ufffd", text)
    return _HALF.sub("\ufffd", text)


def _spaced(piece: re.Match[str]) -> str:
    """The piece with the blanks that json.dumps writes."""
    return piece[0] if piece[0].startswith('"') else f"{piece[0]} "


def _refusal(error: ValueError) -> UsageProblem:
    """The first line of jq's error. The other lines only draw the position that it names."""
    first = str(error).partition("\n")[0].removeprefix("jq: error: ")
    return UsageProblem(f"--jq: {first.replace(' at <top-level>,', ' in').rstrip(':. ')}.")
