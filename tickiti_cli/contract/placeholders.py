"""The language of templates: placeholders such as `{{name}}`, and nothing more.

A name has letters, digits, `_` and `-`. Dots select a member or an item: `{{order.id}}`,
`{{lines.0.sku}}`. Rule: a text is parsed in one pass, in time proportional to its length.
"""

import re
from dataclasses import dataclass
from itertools import islice

from tickiti_cli.contract.characters import is_word
from tickiti_cli.contract.errors import TemplateSyntax

MOST_PLACEHOLDERS = 1000
"""Placeholders of one text. No letter has as many; without a limit one request could produce
gigabytes."""

MOST_NAME = 255
"""Characters of a name, dots included. Limited because an error message quotes the name."""

_STEP = r"[^\s{}.]++"
_NAME = rf"{_STEP}(?:\.{_STEP})*+"
"""A candidate for a name. `_is_name` decides, because `\\w` does not match combining marks."""

_PLACEHOLDER = re.compile(rf"\{{\{{[ \t]*+(?P<name>{_NAME})[ \t]*+\}}\}}(?!\}})")
_BRACES = re.compile(r"\{\{|\}\}|\{%")
_QUOTED = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text. The `literals` stand before, between and after the `names`."""

    literals: tuple[str, ...]
    names: tuple[str, ...]


def parse(text: str, *, field: str) -> Template:
    """Parses a text. Raises TemplateSyntax with line, column and the problem; `field` names the
    text."""
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
    """Each placeholder name once, in the order of the texts. Text that is not a placeholder is
    skipped."""
    found = (match["name"] for text in texts for match in _PLACEHOLDER.finditer(text))
    names = filter(_is_name, found)
    return list(dict.fromkeys(islice(names, MOST_PLACEHOLDERS * len(texts))))


def _is_name(text: str) -> bool:
    return all(is_word(step, "_-") for step in text.split("."))


def _excess(found: re.Match[str], already: int) -> str:
    """The limit that a well-formed placeholder exceeds, as part of a sentence. Empty if none."""
    if already >= MOST_PLACEHOLDERS:
        return f"more than {MOST_PLACEHOLDERS} placeholders"
    if len(found["name"]) > MOST_NAME:
        return f"a name of more than {MOST_NAME} characters"
    return ""


def _misread(text: str, braces: re.Match[str]) -> str:
    """The reason why these braces begin no placeholder, as part of a sentence."""
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
    return (
        f"{said!r} is not a placeholder; a name has letters, digits, '_' and '-', separated by dots"
    )


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position. Both count from 1."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
