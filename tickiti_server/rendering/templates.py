"""A template and its data, rendered to a subject and a content.

Values come from objects and lists only, are escaped in the content, and are never parsed as a
template. Rule: every template and data raise only errors of the contract, and at most MOST_OUTPUT
bytes are built.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from tickiti_cli.contract.characters import CONTROL
from tickiti_cli.contract.errors import TemplateDataMissing, ValidationFailed
from tickiti_cli.contract.placeholders import Template, parse
from tickiti_server.validation.fields import MOST_LINE, trimmed

MOST_OUTPUT = 2 * 1024 * 1024
"""Bytes of UTF-8: an e-mail of this size still passes; a template that doubles itself does not."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)

Data = Mapping[str, Any]
Spelling = Callable[[str], str]


class Rendered(NamedTuple):
    """A rendered template: the subject is plain text, the content is HTML."""

    subject: str
    content: str


def render(subject: str, content: str, data: Data, *, bag: str = "data") -> Rendered:
    """Render subject and content. `bag` is the member of the request that holds the data. Raises
    TemplateDataMissing that names every missing value, or ValidationFailed."""
    heading, body = parse(subject, field="subject"), parse(content, field="content")
    values = _values({*heading.names, *body.names}, data, bag)
    missing = [name for name in dict.fromkeys((*heading.names, *body.names)) if name not in values]
    if missing:
        raise TemplateDataMissing(missing, bag=bag)
    subject_text = _subject(heading, values, bag)
    return Rendered(subject_text, _expanded(body, values, html.escape, bag))


def _values(names: Iterable[str], data: Data, bag: str) -> dict[str, str]:
    found = {name: _value(name, data, bag) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _value(name: str, data: Data, bag: str) -> str | None:
    """The text of one value, or None where it is missing. Raises ValidationFailed."""
    value: Any = data
    for step in name.split("."):
        value = _member(value, step)
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float() | Decimal():
            return str(value)
    raise _refused(f"{bag}.{name}", "must be text, a number, true or false: the template shows it")


def _member(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        # An umlaut may be one character here and a letter with a mark there.
        forms = (step, *(unicodedata.normalize(form, step) for form in ("NFC", "NFD")))
        return next((value[name] for name in forms if name in value), None)
    if isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
        return value[int(step)]
    return None


def _subject(template: Template, values: Mapping[str, str], bag: str) -> str:
    for name in template.names:
        if CONTROL.search(values[name]):
            raise _refused(
                f"{bag}.{name}", "must be one line without control characters: it is in the subject"
            )
    subject = trimmed(_expanded(template, values, str, bag))
    if len(subject) > MOST_LINE:
        sentence = f"The subject would be longer than {MOST_LINE} characters with this data."
        raise _too_long(sentence, bag)
    return subject


def _expanded(template: Template, values: Mapping[str, str], spell: Spelling, bag: str) -> str:
    """The literals with the values between them. Raises ValidationFailed before the text passes
    MOST_OUTPUT."""
    sentence = f"The text would be longer than {MOST_OUTPUT} bytes with this data."
    pieces = [template.literals[0]]
    room = MOST_OUTPUT - sum(map(_size, template.literals))
    for name, literal in zip(template.names, template.literals[1:], strict=True):
        if len(values[name]) > room:
            raise _too_long(sentence, bag)
        pieces += (spell(values[name]), literal)
        room -= _size(pieces[-2])
    if room < 0:
        raise _too_long(sentence, bag)
    return "".join(pieces)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _too_long(sentence: str, bag: str) -> ValidationFailed:
    return ValidationFailed.of(bag, sentence)


def _refused(field: str, rule: str) -> ValidationFailed:
    sentence = f"The {field} field {rule}."
    return ValidationFailed.of(field, sentence)
