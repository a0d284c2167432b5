"""`--jq EXPR`: a result's JSON through jq, the only module that imports it.

The rules of this file: what is wrong with an expression is said by jq itself, and before anything
is sent. A number stays as it was written unless the expression calculates with it: the values leave
jq as JSON text, since as Python's numbers the large ones would be rounded.
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
"""A backslash or a whole pair, which stay; else half a surrogate pair."""


class Written(NamedTuple):
    """A value that is no text, as JSON on one line."""

    json: str


class Filter:
    """One compiled expression. Raises UsageProblem for what jq cannot read, or where it is not."""

    def __init__(self, expression: str) -> None:
        try:
            # By name: it has no types, and comes with an extra.
            compiled = import_module("jq").compile
        except ModuleNotFoundError:
            raise UsageProblem(
                "--jq needs the Python package jq, which is not installed here.",
                hint="Install it with: pip install 'tickiti[jq]'",
            ) from None
        try:
            compiled(expression)  # by itself first: what is wrong is told of what was typed
            # The line break ends a comment.
            self._program = compiled(f"({expression}\n) | tojson")
        except ValueError as error:
            raise _refusal(error) from None

    def results(self, document: Any) -> Iterator[str | Written]:
        """What the expression makes of a document: none, one or many values."""
        return self.results_of(json.dumps(document, ensure_ascii=False))

    def results_of(self, text: str) -> Iterator[str | Written]:
        """The same of a document that is JSON still; its numbers keep their spelling."""
        try:
            # jq takes no half of a surrogate pair, which JSON may hold.
            for found in self._program.input_text(_whole(text)):
                is_text = found.startswith('"')
                yield json.loads(found) if is_text else Written(_PIECE.sub(_spaced, found))
        except ValueError as error:
            raise _refusal(error) from None


def _whole(text: str) -> str:
    """Half a surrogate pair, raw or escaped, becomes the replacement character."""
    if "\\u" in text:
        text = _ESCAPES.sub(lambda escape: escape[1] or r"\ufffd", text)
    return _HALF.sub("\ufffd", text)


def _spaced(piece: re.Match[str]) -> str:
    """As json.dumps writes it."""
    return piece[0] if piece[0].startswith('"') else f"{piece[0]} "


def _refusal(error: ValueError) -> UsageProblem:
    """jq's own sentence; what follows its first line draws the place, which columns name too."""
    first = str(error).partition("\n")[0].removeprefix("jq: error: ")
    return UsageProblem(f"--jq: {first.replace(' at <top-level>,', ' in').rstrip(':. ')}.")
