"""What a flag or an argument takes: one of some words, a whole number, a number.

The rule of this file: what cannot be taken is answered in words of the user, not of the parser. A
word that is none of those known is answered with the nearest that is.
"""

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from typing import Any

from typer._click.types import FloatParamType, IntParamType, IntRange
from typer._types import TyperChoice

from tickiti_cli.nearest import none_of

MOST_DIGITS = 18
"""Of a number that a server's integers hold."""


class Words(TyperChoice[Any]):
    """`also` are taken, too, but neither offered nor named."""

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
    """`min` and `max` as in IntRange; None where there is no end."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        text = str(value).strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS:
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


class Number(FloatParamType):
    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        with suppress(ValueError):
            number = float(value)
            if isfinite(number):
                return number
        return self.fail(f"'{value}' is not a number.", param, ctx)


def in_our_words(kind: Any) -> Any:
    """The same type of a parameter, with our own sentences for what it does not take."""
    if isinstance(kind, TyperChoice) and not isinstance(kind, Words):
        return Words(kind.choices)
    if isinstance(kind, IntParamType) and not isinstance(kind, WholeNumber):
        return WholeNumber(getattr(kind, "min", None), getattr(kind, "max", None))
    if type(kind) is FloatParamType:
        return Number()
    return kind


STATUSES = Words(("open", "on-hold", "closed"), case_sensitive=False)
PRIORITIES = Words(
    ("low", "normal", "high", "urgent"), also=("10", "20", "30", "40"), case_sensitive=False
)
"""A server finds them in any case, and a priority by its number as well."""
