"""The settings that a flag, a variable or a file can make, and what each of them takes.

The rule of this file: a value is checked where it is read, and its origin is named when it is bad.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

from tickiti_cli import locations
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.nearest import none_of

MOST_SECONDS = 86_400
MOST_RETRIES = 1000


class Format(StrEnum):
    """How results are written; the second value is a format's line in the manual."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> "Format":
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    TABLE = "table", "A table or a card for a person, with colour on a terminal."
    PLAIN = "plain", "A line for each row, its values parted by tabs, without a header."
    JSON = "json", "One JSON document: an object, or an array of rows."
    NDJSON = "ndjson", "One JSON object a line, as they come."
    CSV = "csv", "Comma-separated values with a header, safe to open in a spreadsheet."


BUILT_IN = "built in"
"""The origin of a value that nobody has set."""

COLORS = ("auto", "always", "never")


class Setting(NamedTuple):
    """`read` turns what was found into a value; its ValueError says what was expected."""

    name: str
    default: Any
    read: Callable[[Any], Any]
    variable: str = ""
    variable_unit: float = 1
    """What a number in the variable is divided by: the vendor's own counts milliseconds."""

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(found: Any) -> str:
        if found not in words:
            raise ValueError(none_of(str(found), words))
        return str(found)

    return read


def _seconds(found: Any) -> float:
    number = _number(found, float)
    if not 0 < number <= MOST_SECONDS:
        raise ValueError(f"a number of seconds above 0, at most {MOST_SECONDS}")
    return number


def _count(found: Any) -> int:
    number = _number(found, int)
    if not 0 <= number <= MOST_RETRIES:
        raise ValueError(f"a whole number from 0 to {MOST_RETRIES}")
    return int(number)


def _number(found: Any, kind: Callable[[Any], float]) -> float:
    """-1, which nothing takes, for what is no number; a truth value is none either."""
    try:
        return -1 if isinstance(found, bool) else kind(found)
    except (TypeError, ValueError):
        return -1


def truth(found: Any) -> bool:
    text = str(found).lower()
    if text not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError("true or false")
    return text in ("true", "1", "yes")


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(name="output", default=None, read=_one_of(*Format), variable=locations.OUTPUT),
        Setting(name="color", default="auto", read=_one_of(*COLORS)),
        Setting(
            name="timeout",
            default=30.0,
            read=_seconds,
            variable=locations.API_TIMEOUT_MS,
            variable_unit=1000,
        ),
        Setting(name="max_time", default=120.0, read=_seconds),
        Setting(name="retries", default=8, read=_count, variable=locations.RETRIES),
        Setting(name="no_input", default=False, read=truth, variable=locations.NO_INPUT),
    )
}


class Value(NamedTuple):
    """A setting and where it came from: a flag, a variable, a file, or `built in`."""

    value: Any
    origin: str


def value_of(
    name: str, found: Any, origin: str, problem: type[UsageProblem | ConfigProblem] = ConfigProblem
) -> Value:
    """The setting as its type. Raises `problem`, which names the origin."""
    try:
        return Value(SETTINGS[name].read(found), origin)
    except ValueError as error:
        raise problem(f"{origin}: {name} '{found}' is not {error}.") from None


def value_of_variable(setting: Setting, text: str) -> Value:
    """The setting from its variable, in the setting's own unit. Raises ConfigProblem."""
    found: Any = text
    if setting.variable_unit != 1:
        with suppress(ValueError):  # what is not a number is left for the check to name
            found = float(text) / setting.variable_unit
    return value_of(setting.name, found, setting.variable)
