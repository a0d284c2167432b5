"""The language of templates: `{{name}}`, and nothing more.

A name has letters, digits, `_` and `-`; dots walk into objects and lists: `{{order.id}}`,
`{{lines.0.sku}}`. The rule of this file: a text is read in one pass, in time in proportion to it.
"""

import re
from dataclasses import dataclass
from itertools import islice

from tickiti_cli.contract.errors import TemplateSyntax
from tickiti_cli.contract.words import is_word

MOST_PLACEHOLDERS = 1000
"""In one text. No letter has as many; without a limit one request could ask for gigabytes."""

MOST_NAME = 255
"""Characters of a name, dots included: an error message quotes it."""

_STEP = r"[^\s{}.]++"
_NAME = rf"{_STEP}(?:\.{_STEP})*+"
"""What may be a name: `_is_name` decides, since a regular expression knows no marks."""

_PLACEHOLDER = re.compile(rf"\{{\{{[ \t]*+(?P<name>{_NAME})[ \t]*+\}}\}}(?!\}})")
_BRACES = re.compile(r"\{\{|\}\}|\{%")
_QUOTED = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A text with its placeholders: `literals` stand before, between and after `names`."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def parse(text: str, *, field: str) -> Template:
    """Raises TemplateSyntax, which says where in the `field` something is wrong, and what."""
    literals: list[str] = []
    names: list[str] = []
    position = 0
    while braces := _BRACES.search(text, position):
        found = _PLACEHOLDER.match(text, braces.start())
        found = found if found and _is_name(found["name"]) else None
        problem = _excess(found, len(names)) if found else _misread(text, braces)
        if found is None or problem:
            raise TemplateSyntax(field, *_place(text, braces.start()), problem)
        literals.append(text[position : found.start()])
        names.append(found["name"])
        position = found.end()
    return Template((*literals, text[position:]), tuple(names))


def names_in(*texts: str) -> list[str]:
    """Every placeholder once, in the order of the texts; what is no placeholder is passed over."""
    found = (match["name"] for text in texts for match in _PLACEHOLDER.finditer(text))
    names = filter(_is_name, found)
    return list(dict.fromkeys(islice(names, MOST_PLACEHOLDERS * len(texts))))


def _is_name(text: str) -> bool:
    return all(is_word(step, "_-") for step in text.split("."))


def _excess(found: re.Match[str], already: int) -> str:
    """What is too much at a placeholder that is well written; empty if nothing is."""
    if already >= MOST_PLACEHOLDERS:
        return f"more than {MOST_PLACEHOLDERS} placeholders"
    if len(found["name"]) > MOST_NAME:
        return f"a name of more than {MOST_NAME} characters"
    return ""


def _misread(text: str, braces: re.Match[str]) -> str:
    """Why these braces begin no placeholder."""
    if braces[0] == "{%":
        return "'{%' is not known; there are placeholders such as {{name}} and nothing else"
    if braces[0] == "}}":
        return "'}}' closes nothing"
    end = text.find("}}", braces.start())
    if text.startswith("{{{", braces.start()) or text.startswith("}}}", end):
        return "three braces are not known; a placeholder has two on each side"
    if end < 0:
        return "'{{' is never closed"
    said = text[braces.start() : end + 2]
    said = said if len(said) <= _QUOTED else f"{said[:_QUOTED]}..."
    return f"{said!r} is no placeholder; a name has letters, digits, '_' and '-', and dots between"


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
