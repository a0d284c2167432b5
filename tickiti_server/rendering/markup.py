"""The cost of parsing HTML, estimated before the sanitiser parses it.

A parser keeps a stack of open elements. Some tags search the stack, others open a part of it again,
so that nested or unclosed tags take quadratic time and space. It also copies a text for each
ampersand. The estimate reads tags as the HTML standard's tokenizer does (html.spec.whatwg.org,
13.2.5), in time proportional to the text. Rule: an uncertain case counts as too expensive.
"""

import re

from tickiti_server.rendering.tags import ATTRIBUTE, BLANK, MARKUP, end_of_comment

MOST_WORK = 1_000_000
"""Open elements, summed over all tags: about a second in the worst case that was found (a million
`<b title=N><p>`, each of which opens all earlier ones again); a large newsletter is at 100,000."""

_ATTRIBUTES_SQUARED = 2000
"""An attribute is compared with the other attributes of its element; this many comparisons are one
unit of work."""

_COPIED = 66_000
"""Bytes that it copies in one unit of work. It copies the whole text, or the whole value of an
attribute, for each sign of these:"""

_COPYING = ("&", "\xa0")

_EACH_ATTRIBUTE = re.compile(ATTRIBUTE)
_HIDING = "<![CDATA["

_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
}  # fmt: skip
_CLOSED_BY_THE_NEXT = {
    "body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p",
    "tbody", "td", "tfoot", "th", "thead", "tr",
}  # fmt: skip
_NEVER_OPEN = _VOID | _CLOSED_BY_THE_NEXT
_RAW = {
    name: re.compile(rf"</{name}(?=[{BLANK}/>])", re.IGNORECASE)
    for name in ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
}
_SPLITS_TEXT = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "li", "ol", "p", "pre", "small", "span", "strong", "sub", "sup", "u", "ul",
}  # fmt: skip
"""Tags that certainly begin another text, except in a table, whose texts are joined before the
table."""

_OTHER_RULES = {"frameset", "math", "noscript", "plaintext", "select", "svg", "template"}
"""Inside them other rules hold for what is a tag."""


class _Text:
    """The text that grows while it is read, and what copying it and those before it costs."""

    def __init__(self) -> None:
        self._signs = self._size = self._work = 0
        self._is_in_table = False

    def grow(self, more: str) -> None:
        self._signs += sum(more.count(sign) for sign in _COPYING)
        self._size += len(more) if more.isascii() else len(more.encode(errors="replace"))

    def meet(self, tag: str) -> None:
        self._is_in_table |= tag == "table"
        if tag in _SPLITS_TEXT and not self._is_in_table:
            self._work = self.work
            self._signs = self._size = 0

    @property
    def work(self) -> int:
        return self._work + self._signs * self._size // _COPIED


def is_affordable(html: str) -> bool:
    """Whether a parser certainly finishes this HTML in about a second."""
    work = position = 0
    unclosed: list[str] = []
    text = _Text()
    while markup := MARKUP.search(html, position):
        text.grow(html[position : markup.start()])
        position, name = markup.end(), (markup["name"] or "").lower()
        if name and not markup["end"]:
            return (
                work + text.work <= MOST_WORK
            )  # the end of the text cuts the tag off: it is dropped
        if name in _OTHER_RULES or _is_unclear(html, markup):
            return False
        work += 1 + len(unclosed) + _comparisons(markup["attributes"] or "")
        if work > MOST_WORK:
            return False
        if markup["comment"]:
            position = end_of_comment(html, position)
        elif markup["slash"]:
            if unclosed and unclosed[-1] == name:
                unclosed.pop()
        elif name:
            text.meet(name)
            position = _behind_raw_text(html, name, position, text)
            if name not in _NEVER_OPEN:
                unclosed.append(name)
    text.grow(html[position:])
    return work + text.work <= MOST_WORK


def _is_unclear(html: str, markup: re.Match[str]) -> bool:
    """Whether a parser may see the end of a tag elsewhere: in a CDATA section, or behind more
    attributes than are looked at."""
    if markup["name"]:
        return markup.end("attributes") != markup.start("end")
    return html.startswith(_HIDING, markup.start())


def _behind_raw_text(html: str, name: str, position: int, text: _Text) -> int:
    """The end of the text of this element, if the element is one whose text has no tags."""
    if name not in _RAW:
        return position
    closing = _RAW[name].search(html, position)
    end = closing.start() if closing else len(html)
    text.grow(html[position:end])
    return end


def _comparisons(attributes: str) -> int:
    if len(attributes) < _ATTRIBUTES_SQUARED:
        return 0
    copied = sum(attributes.count(sign) for sign in _COPYING) * len(attributes) // _COPIED
    return copied + len(_EACH_ATTRIBUTE.findall(attributes)) ** 2 // _ATTRIBUTES_SQUARED
