"""The settings, each with its default, its environment variable and the check of its value.

Rule: a value is checked where it is read, and the error of a bad value names its origin.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from tickiti_cli import paths
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.suggest import none_of

MOST_SECONDS = 86_400
MOST_RETRIES = 1000


class Format(StrEnum):
    """The format of results. The second value of a member is its line in the manual."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> "Format":
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    TABLE = "table", "A table or a card, with colour on a terminal."
    PLAIN = "plain", "One line per row, tab-separated, without a header."
    JSON = "json", "One JSON document: an object or an array of rows."
    NDJSON = "ndjson", "One JSON object per line, written as rows arrive."
    CSV = "csv", "Comma-separated values with a header, safe to open in a spreadsheet."
    MARKDOWN = "markdown", "A Markdown table for a report, its texts escaped."
    HTML = "html", "An HTML table to put into a page or a mail: a fragment without a head."


DRAWN = (Format.TABLE, Format.MARKDOWN, Format.HTML)
"""The formats for people, with headings and words in place of values."""

BUILT_IN = "built in"
"""The origin of a default."""

COLORS = ("auto", "always", "never")


class SettingDefinition(NamedTuple):
    """One setting. `read` converts a value; its ValueError names what was expected."""

    name: str
    default: Any
    read: Callable[[Any], Any]
    variable: str = ""
    read_variable: Callable[[Any], Any] | None = None
    """Converts the variable's value, if that has another unit."""

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
    return _time(found, MOST_SECONDS, "seconds")


def _of_milliseconds(found: Any) -> float:
    """The vendor's variable counts milliseconds."""
    return _time(found, MOST_SECONDS * 1000, "milliseconds") / 1000


def _time(found: Any, most: int, unit: str) -> float:
    number = _number(found, float)
    if not 0 < number <= most:
        raise ValueError(f"a number of {unit} above 0, at most {most}")
    return number


def _count(found: Any) -> int:
    number = _number(found, int)
    if not 0 <= number <= MOST_RETRIES:
        raise ValueError(f"a whole number from 0 to {MOST_RETRIES}")
    return int(number)


def _number(found: Any, kind: Callable[[Any], float]) -> float:
    """Returns the number, or -1, which every setting rejects, for a value that is not a number."""
    try:
        return -1 if isinstance(found, bool) else kind(found)
    except (TypeError, ValueError, OverflowError):  # the latter for infinity
        return -1


def truth(found: Any) -> bool:
    text = str(found).lower()
    if text not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError("true or false")
    return text in ("true", "1", "yes")


SETTINGS: dict[str, SettingDefinition] = {
    definition.name: definition
    for definition in (
        SettingDefinition(
            name="output", default=None, read=_one_of(*Format), variable=paths.OUTPUT
        ),
        SettingDefinition(name="color", default="auto", read=_one_of(*COLORS)),
        SettingDefinition(
            name="timeout",
            default=30.0,
            read=_seconds,
            variable=paths.API_TIMEOUT_MS,
            read_variable=_of_milliseconds,
        ),
        SettingDefinition(name="max_time", default=120.0, read=_seconds),
        SettingDefinition(name="retries", default=8, read=_count, variable=paths.RETRIES),
        SettingDefinition(name="no_input", default=False, read=truth, variable=paths.NO_INPUT),
    )
}


class Setting(NamedTuple):
    """The value of a setting and its origin: a flag, a variable, a file, or `built in`."""

    value: Any
    origin: str


Resolved = Setting | UsageProblem | ConfigProblem
"""A setting, or the error of a bad value, which only a command that needs the setting raises."""


def value_of(
    name: str, found: Any, origin: str, problem: type[UsageProblem | ConfigProblem] = ConfigProblem
) -> Resolved:
    """Returns the setting as its type, or a `problem` that names the origin of a bad value."""
    return _value(name, SETTINGS[name].read, found, origin, problem)


def value_of_variable(definition: SettingDefinition, text: str) -> Resolved:
    """Returns the setting of an environment variable."""
    read = definition.read_variable or definition.read
    return _value(definition.name, read, text, definition.variable, ConfigProblem)


def _value(
    name: str,
    read: Callable[[Any], Any],
    found: Any,
    origin: str,
    problem: type[UsageProblem | ConfigProblem],
) -> Resolved:
    try:
        return Setting(read(found), origin)
    except ValueError as error:
        return problem(f"{origin}: {name} '{found}' is not {error}.")
