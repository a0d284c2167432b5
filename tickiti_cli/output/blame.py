"""Tells a failure of the API in the user's words: the flag, argument or column that is wrong.

Rule: a person reads no name of the API. The JSON of an error keeps the names, for programs.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.output.flag_names import ATTRIBUTES, bare, names_of

MOST_SHOWN = 60
"""Characters of a value that is shown: a line of a terminal holds the value and the sentence."""

SECRET = ("password", "token", "secret")

_MEMBER = re.compile(r"(?<![\w'./-])[a-z]+(?:_[a-z]+)+(?![\w'./-])")
"""A word that only a request would hold, outside of quotes and addresses."""


OFFER = "; use one of "
"""The words of the server before the values that it knows."""


class Given(NamedTuple):
    """A flag or an argument of a command, or a column of a file, with its value."""

    label: str
    names: frozenset[str]
    value: Any = None
    is_argument: bool = False

    def of_value(self, name: str) -> str:
        """The label of one of several values."""
        return self.label.format(name) if "{}" in self.label else f"{self.label} {name}"

    @property
    def is_given(self) -> bool:
        return self.value not in (None, False, [], ())


def parameters(context: Any) -> list[Given]:
    """Return the flags and arguments of the command of a parser's context."""
    values = context.params
    return [_parameter(one, values.get(one.name)) for one in context.command.params]


PROFILES = ("from", "queue")
"""Members of a profile that stand for a flag of the same name."""


def with_profile(
    given: Sequence[Given], profile: str | None, members: Mapping[str, Any]
) -> list[Given]:
    """Return the flags, those that a profile stands for under the name of its member."""
    return [_of_profile(one, profile, members) for one in given]


def _of_profile(one: Given, profile: str | None, members: Mapping[str, Any]) -> Given:
    name = next((name for name in PROFILES if one.label == f"--{name}" and name in members), None)
    if name is None or one.is_given:
        return one
    return one._replace(label=f"profile '{profile}': {name}", value=members[name])


def columns(found: Mapping[str, str]) -> list[Given]:
    """Return the columns of the file of a bulk job, which are named by their fields. `data` is the
    name of any column with a value for a template, with `{}` in place of the value's name."""
    return [Given(f"The column '{name}'", frozenset({field}), "") for field, name in found.items()]


def explain(error: Any, content: bytes, given: Sequence[Given]) -> None:
    """Rewrite the sentences of an error whose `errors` name members of a JSON request."""
    body = _parsed(content)
    told = [
        _in_words(sentence, field, *_source(field, body, given), given)
        for field, sentences in error.errors.items()
        for sentence in sentences
    ]
    raw = next(sentence for sentences in error.errors.values() for sentence in sentences)
    error.explained = tuple(told)
    if error.message.startswith(raw):
        error.message = told[0] + error.message[len(raw) :]


def _parameter(one: Any, value: Any) -> Given:
    if one.param_type_name == "argument":
        label = (one.metavar or one.name.upper()).partition("|")[0].strip("[].")
        return Given(
            label, frozenset({one.name.replace("_", "-"), label.lower()}), value, is_argument=True
        )
    flags = [*one.opts, *one.secondary_opts]
    label = next((flag for flag in flags if flag.startswith("--")), flags[0])
    if value is False and one.secondary_opts:
        label = one.secondary_opts[-1]
    names = {flag.lstrip("-") for flag in flags} | {one.name.replace("_", "-")}
    return Given(label, frozenset(names), value)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # an upload, or no body at all
        return {}


def _source(field: str, body: Any, given: Sequence[Given]) -> tuple[str | None, Any]:
    """Return the label of the flag that a member came from, None for none, and its value."""
    parts = field.split(".")
    value = _value_at(parts, body)
    if label := _search_mode(parts, body, given):
        return label, value
    words = [part for part in parts if not part.isdigit()]
    bag = _first(given, ("data", "set"))
    if bag and (name := _name_of_value(parts, body, given, bag)):
        return _label_of_value(given, bag, name, value), value
    for word in reversed(words):
        if found := _named(word, given, value):
            return found.label, value
    if parts[-1] == "id" or words[-1].endswith(("_id", "ids")):
        # the id of the object that the argument names
        found = next((one for one in given if one.is_argument), None)
    else:
        found = next((one for one in given if one.is_given and _holds(one, value)), None)
    if found is None and (file := _first(given, ("file",))) and isinstance(file.value, str | Path):
        return f"{file.label} {'.'.join(words)}", value  # a member of the file's record
    return (found.label if found else None), value


def _name_of_value(
    parts: Sequence[str], body: Any, given: Sequence[Given], bag: Given
) -> str | None:
    """Return the name of the value of a template or form that a field means, None for a member of
    the request. A value may have the name of any flag."""
    if parts[0] != "data" or len(parts) == 1:
        return None
    if parts[1] == "data" and len(parts) > 2 and _value_at(["intervention"], body):
        return ".".join(parts[2:])
    is_value = "set" in bag.names or bool(_value_at(["template_identifier"], body))
    options = [one for one in given if not one.is_argument and (one.is_given or not is_value)]
    is_member = not is_value or parts[1] in ATTRIBUTES
    return None if is_member and _named(parts[1], options, None) else ".".join(parts[1:])


def _label_of_value(given: Sequence[Given], bag: Given, name: str, value: Any) -> str:
    """Return the label of a value of a template or form: of --data-json where the values that were
    given one by one do not have it."""
    file = _first(given, ("data-json",))
    pairs = bag.value if isinstance(bag.value, list | tuple) else ()
    is_pair = any(str(pair).partition("=")[0] == name for pair in pairs)
    if file is None or not file.is_given or is_pair or (value is None and pairs):
        return bag.of_value(name)
    return f"{file.label} {file.value}: {name}"


def _value_at(parts: Sequence[str], body: Any) -> Any:
    for part in parts:
        if isinstance(body, dict):
            body = body.get(part)
        elif isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        else:
            return None
    return body


def _search_mode(parts: Sequence[str], body: Any, given: Sequence[Given]) -> str | None:
    """Return the flag of a criterion of a search, which is named by the criterion's mode."""
    if "criteria" not in parts:
        return None
    at = parts.index("criteria") + 2
    mode = _value_at([*parts[:at], "mode"], body)
    found = _named(str(mode), given, None) if mode else None
    if found and found.is_given:
        return found.label
    return f"--search {mode}" if mode else "--search"


def _named(member: str, given: Sequence[Given], value: Any) -> Given | None:
    """Return the flag with the name of a member. Flags that were given come first, and among them a
    flag with exactly this value."""
    found = [one for name in names_of(member) for one in given if name in one.names]
    found.sort(key=lambda one: (not one.is_given, not _holds(one, value)))
    return found[0] if found else None


def _first(given: Sequence[Given], names: Sequence[str]) -> Given | None:
    return next((one for one in given if not one.names.isdisjoint(names)), None)


def _holds(one: Given, value: Any) -> bool:
    if isinstance(one.value, list | tuple):
        return str(value) in map(str, one.value) or one.value == value
    return value is not None and str(one.value) == str(value)


def _in_words(
    sentence: str, field: str, label: str | None, value: Any, given: Sequence[Given]
) -> str:
    """Put the label in place of the member's name. Laravel writes the name with blanks. The label
    is not searched for members, because a value of a template may have the name of one."""
    subject = label or f"The {_readable(field)} that this command sends"
    last = field.rpartition(".")[2]
    for spoken in (field, field.replace("_", " "), last, last.replace("_", " ")):
        rest = sentence.removeprefix(f"The {spoken} field")
        if rest != sentence:
            shown = _shown(value, field) if " must " in rest else ""
            return f"{subject}{shown}{_without_members(rest, given)}"
    sentence = _without_members(sentence, given)
    is_argument = label is not None and label.isupper()
    return sentence if label is None or is_argument else f"{label}: {sentence}"


def _without_members(sentence: str, given: Sequence[Given]) -> str:
    """Replace the other members of the request that a sentence names by their flags. The words that
    a sentence offers are values and are not replaced."""
    sentence, offer, offered = sentence.partition(OFFER)

    def label_of(match: re.Match[str]) -> str:
        found = _named(match[0], given, None)
        return found.label if found else match[0]

    return f"{_MEMBER.sub(label_of, sentence)}{offer}{offered}"


def _readable(field: str) -> str:
    words = [word for word in field.split(".") if not word.isdigit()]
    return bare(words[-1]).replace("_", " ") if words else "value"


def _shown(value: Any, field: str) -> str:
    """Return a short value in quotes after a blank; nothing for a secret and for a long text."""
    text = str(value)
    is_short = isinstance(value, str | int | float) and len(text) <= MOST_SHOWN
    is_secret = any(word in field for word in SECRET)
    return f" '{text}'" if is_short and text.isprintable() and text and not is_secret else ""
