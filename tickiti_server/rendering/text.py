"""Text from HTML: pure functions.

Each takes time in proportion to the text, whatever is in it, and none of them fails: a ticket must
be readable whoever wrote it. `html.parser` does neither.
"""

import re
from html import unescape

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_CLOSING = {tag: re.compile(f"</{tag}(?![^\\s/>])", re.IGNORECASE) for tag in _SILENT}
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_MARKUP = re.compile(r"<(?:(?P<slash>/?)(?P<tag>[A-Za-z][^\s/>]*)|(?P<comment>!--)|[!?/])")
_VALUE_OR_END = re.compile(r"=\s*(?P<quote>[\"'])|>")
_ENDLESS_NUMBER = re.compile(r"&#[0-9]{100,};?")
"""More digits than `int` reads; no character has such a number."""


def plain_text(html: str) -> str:
    """What a person reads: tags gone, breaks kept, scripts and styles left out."""
    if "<" not in html and "&" not in html:
        return html.strip()
    lines = [_SPACES.sub(" ", line).strip() for line in _text_of(html).split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _text_of(html: str) -> str:
    pieces: list[str] = []
    position = 0
    while markup := _MARKUP.search(html, position):
        pieces.append(_characters(html[position : markup.start()]))
        tag = (markup["tag"] or "").lower()
        pieces.append(_break(tag, is_end=bool(markup["slash"])))
        position = _end_of(html, markup)
        if tag in _SILENT and not markup["slash"]:
            position = _end_of_silence(html, tag, position)
    pieces.append(_characters(html[position:]))
    return "".join(pieces)


def unescaped(html: str) -> str:
    """The characters that are meant by `&amp;`, `&#38;` and the like."""
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", html))


def _characters(html: str) -> str:
    return unescaped(html).replace("\n", " ")


def _break(tag: str, *, is_end: bool) -> str:
    if tag not in _BREAKS or (is_end and tag in ("br", "hr", "li")):
        return ""
    return "\n- " if tag == "li" and not is_end else "\n"


def _end_of(html: str, markup: re.Match[str]) -> int:
    """Where a tag or comment ends; what never ends takes the rest, as in a browser."""
    if markup["comment"]:
        return _after(html, "-->", markup.end())
    position = markup.end()
    if markup["tag"] is None:
        return _after(html, ">", position)
    while found := _VALUE_OR_END.search(html, position):
        if found["quote"] is None:
            return found.end()
        position = _after(html, found["quote"], found.end())
    return len(html)


def _end_of_silence(html: str, tag: str, position: int) -> int:
    found = _CLOSING[tag].search(html, position)
    return found.start() if found else len(html)


def _after(html: str, end: str, position: int) -> int:
    found = html.find(end, position)
    return len(html) if found < 0 else found + len(end)
