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
    FloatRange,
    IntParamType,
    IntRange,
    StringParamType,
    TyperChoice,
    TyperPath,
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


class Share(FloatRange):
    """A number between `min` and `max`, which both are given, such as a probability."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        with suppress(ValueError):
            number = float(str(value))
            if self.min is not None and self.max is not None and self.min <= number <= self.max:
                return number
        sentence = f"'{value}' is not a number from {self.min:g} to {self.max:g}."
        return self.fail(sentence, param, ctx)


MOST_LINE = 255
"""The most characters of a subject and of a name, by the contract."""


class Named(StringParamType):
    """A text that names something: a queue, a file, a server; or that a server never clears.

    An empty one is an error, because a script whose variable is not set would otherwise act on
    what the flag's absence means: the Inbox, every queue, the default server.
    """

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value)
        return text if text.strip() else self.fail("the value is empty.", param, ctx)


class FileName(TyperPath):
    """The name of a file. An empty one would mean the current directory."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        Named().convert(value, param, ctx)
        return super().convert(value, param, ctx)


class OneLine(StringParamType):
    """A text that the server takes as one line. It may be empty, to clear the old text."""

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value)
        if not text.isprintable() and _has_controls(text.strip()):
            sentence = "the value must be one line without control characters."
            return self.fail(sentence, param, ctx)
        return text


def _has_controls(text: str) -> bool:
    from tickiti_cli.contract.characters import CONTROL  # noqa: PLC0415 - of an odd text alone

    return CONTROL.search(text) is not None


class Name(OneLine):
    """A name of something on a server, or to be."""

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        return super().convert(Named().convert(value, param, ctx), param, ctx)


class Line(OneLine):
    """A subject. `may_be_empty`: that of a template, which needs none."""

    def __init__(self, *, may_be_empty: bool = False) -> None:
        self._may_be_empty = may_be_empty

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = super().convert(value, param, ctx)
        if not self._may_be_empty:
            Named().convert(text, param, ctx)
        if len(text.strip()) > MOST_LINE:
            sentence = f"the text has {len(text.strip())} characters; at most {MOST_LINE} fit."
            return self.fail(sentence, param, ctx)
        return text


class Network(StringParamType):
    """The addresses from which a token may be used: `203.0.113.7` or `10.0.0.0/8`, several with
    commas. `word` stands for no restriction."""

    def __init__(self, word: str = "") -> None:
        self._word = word

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        from ipaddress import ip_network  # noqa: PLC0415 - of two commands

        text = str(value).strip()
        if text and text == self._word:
            return text
        try:
            for part in text.split(","):
                ip_network(part.strip())
        except ValueError:
            sentence = "is not an IP address or a network such as 203.0.113.7 or 10.0.0.0/8."
            return self.fail(f"'{value}' {sentence}", param, ctx)
        return text


ON_THE_SERVER = frozenset({
    "EMAIL", "HANDLER", "ICON", "ID", "KEY", "LIST", "MAILBOX", "NAME", "PERSPECTIVE", "QUEUE",
    "RESOLUTION", "TAG", "TEAM", "TITLE", "UID", "USER", "WATCHLIST",
})  # fmt: skip
"""Metavars of values that name a thing of the server: the first word of a longer one."""

ELSEWHERE = frozenset({
    "#RRGGBB", "A,B,C", "ABILITY", "CMD", "CODE", "COLUMNS", "DEST", "DIR", "ENDPOINT", "FILE",
    "GLOB", "METHOD", "PATH", "URL",
})  # fmt: skip
"""Metavars of values that name a thing elsewhere, of which the name may hold any character, and of
values that mean the flag's absence where they are empty: to a server, or to a filter."""

EXEMPT = frozenset({
    ("--citation", "ID"), ("--encoding", "NAME"), ("--idempotency-key", "KEY"),
    ("--mail-from", "EMAIL"), ("--parent", "KEY"), ("--user", "USER"),
})  # fmt: skip
"""Flags of such values, with their metavars, that an empty text clears, or with own rules."""

ONE_LINE = frozenset({
    "--category", "--from-name", "--keywords", "--remote-name", "--subcategory",
})  # fmt: skip
"""Flags of texts that the server takes as one line."""


def of_text(kind: Any, metavar: str, names: Sequence[str]) -> Any:
    """The type of a parameter that takes a text, by what its metavar and its names stand for."""
    if type(kind) is not StringParamType:
        return kind
    named = metavar.lstrip("[").partition("|")[0].partition("[")[0].rstrip(".]")
    if any((name, metavar) in EXEMPT for name in names):
        return kind
    if named in ON_THE_SERVER:
        return Name()
    if named in ELSEWHERE:
        return Named()
    return kind if ONE_LINE.isdisjoint(names) else OneLine()


def with_own_errors(kind: Any) -> Any:
    """The type of this file for a type of typer, otherwise the same type. Every flag that takes a
    fraction is a wait in seconds."""
    if isinstance(kind, TyperChoice) and not isinstance(kind, Choice):
        return Choice(kind.choices)
    if isinstance(kind, IntParamType) and not isinstance(kind, WholeNumber):
        return WholeNumber(getattr(kind, "min", None), getattr(kind, "max", None))
    if type(kind) is TyperPath:
        return FileName()
    if type(kind) is FloatRange:
        return Share(kind.min, kind.max)
    if type(kind) is FloatParamType:
        return Seconds()
    return kind
