"""The types of a flag's or an argument's value: one of several words, a whole number, seconds.

Rule: the error for a bad value uses the user's words, not the parser's. The error for an unknown
word names the nearest known one.
"""

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from typing import Any

from tickiti_cli.encoding import is_number
from tickiti_cli.parser.typer_private import (
    FloatParamType,
    IntParamType,
    IntRange,
    StringParamType,
    TyperChoice,
)
from tickiti_cli.suggest import none_of


class Choice(TyperChoice[Any]):
    """One of several words. Those of `also` are accepted, but neither completed nor named."""

    def __init__(
        self, choices: Sequence[Any], *, also: Sequence[str] = (), case_sensitive: bool = True
    ) -> None:
        super().__init__(choices, case_sensitive=case_sensitive)
        self._also = also

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if value in self._also else super().convert(value, param, ctx)

    def get_invalid_choice_message(self, value: Any, ctx: Any) -> str:
        return f"'{value}' is not {none_of(value, self._normalized_mapping(ctx=ctx).values())}."


class WholeNumber(IntRange):
    """A whole number from `min` to `max`. None means no limit."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        text = str(value).strip()
        digits = text.removeprefix("-")
        if is_number(digits):
            number = int(text)
            if (self.min is None or number >= self.min) and (
                self.max is None or number <= self.max
            ):
                return number
        return self.fail(f"'{value}' is not a whole number{self._between()}.", param, ctx)

    def _between(self) -> str:
        if self.min is not None and self.max is not None:
            return f" from {self.min} to {self.max}"
        return "" if self.min is None else f" of {self.min} or more"


UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


class Seconds(FloatParamType):
    """A wait in seconds, with or without a unit: `30`, `2.5`, `90s`, `2m`."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        text = str(value).strip()
        unit = UNIT_SECONDS.get(text[-1:])
        with suppress(ValueError):
            seconds = float(text[:-1]) * unit if unit else float(text)
            if isfinite(seconds):
                return seconds
        return self.fail(f"'{value}' is not a time in seconds, such as 30, 90s or 2m.", param, ctx)


MOST_LINE = 255
"""The most characters of a subject and of a name, by the contract."""


class Line(StringParamType):
    """A text that the server takes as one line."""

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value)
        if len(text.strip()) > MOST_LINE:
            sentence = f"the text has {len(text.strip())} characters; at most {MOST_LINE} fit."
            return self.fail(sentence, param, ctx)
        return text


def with_own_errors(kind: Any) -> Any:
    """The type of this file for a type of typer, otherwise the same type. Every flag that takes a
    fraction is a wait in seconds."""
    if isinstance(kind, TyperChoice) and not isinstance(kind, Choice):
        return Choice(kind.choices)
    if isinstance(kind, IntParamType) and not isinstance(kind, WholeNumber):
        return WholeNumber(getattr(kind, "min", None), getattr(kind, "max", None))
    if type(kind) is FloatParamType:
        return Seconds()
    return kind
