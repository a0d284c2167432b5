"""`--jq EXPR`: a result's JSON through jq, the only module that imports it.

The rule of this file: what is wrong with an expression is said by jq itself, and before anything
is sent.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from tickiti_cli.errors import UsageProblem


class Filter:
    """One compiled expression. Raises UsageProblem for what jq cannot read, or where it is not."""

    def __init__(self, expression: str) -> None:
        try:
            # By name: it has no types, and comes with an extra.
            self._program = import_module("jq").compile(expression)
        except ModuleNotFoundError:
            raise UsageProblem(
                "--jq needs the Python package jq, which is not installed here.",
                hint="Install it with: pip install 'tickiti[jq]'",
            ) from None
        except ValueError as error:
            raise _refusal(error) from None

    def results(self, document: Any) -> Iterator[Any]:
        """What the expression makes of a document: none, one or many values."""
        try:
            yield from self._program.input_value(document)
        except ValueError as error:
            raise _refusal(error) from None


def _refusal(error: ValueError) -> UsageProblem:
    """jq's own sentence; what follows its first line draws the place, which columns name too."""
    first = str(error).partition("\n")[0].removeprefix("jq: error: ")
    return UsageProblem(f"--jq: {first.replace(' at <top-level>,', ' in').rstrip(':. ')}.")
