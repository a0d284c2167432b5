"""HTML as the text that a person reads: for views, exports, searches and the text part of mail.

Lists, quotations, preformatted text, tables, links and images stay recognisable, and nothing is
lost but scripts, styles and comments. The functions never fail, because a ticket of any content
must be readable. They take time in proportion to the text: a second for ten megabytes of ordinary
mail. `html.parser` does neither.
"""

import re

from tickiti_server.rendering.elements import ENDS, STARTS, Elements
from tickiti_server.rendering.layout import SLICE, collapsed
from tickiti_server.rendering.references import unescaped
from tickiti_server.rendering.tags import MARKUP, end_of_comment

MOST_MARKUP = 300_000
"""Tags that are laid out, which takes a second; a large newsletter has 5,000. Of a text that
has more of them, the tags behind these become spaces."""

_SILENT = {"script", "style", "template", "title"}
_ENDS = {tag: re.compile(rf"</{tag}(?![^\s/>])", re.IGNORECASE) for tag in _SILENT}
_BREAK = re.compile(r"<[bB][rR]\s?/?>")
_ANY_TAG = re.compile(r"</?[A-Za-z!?][^<>]*+>")
_BLANK_LINES = re.compile(r"\n\s*\n")
_MARKUP_BEGINS = re.compile(r"<[A-Za-z/!?]")


def plain_text(html: str) -> str:
    """The text of HTML; where there is no tag in it, its own line breaks stay."""
    if "<" not in html:
        return _without_tags(html)
    if len(html) <= SLICE:
        lines = _BREAK.split(html)
        if not any("<" in line for line in lines):
            return _of_lines(lines)
    if _MARKUP_BEGINS.search(html) is None:
        return _without_tags(html)
    return _laid_out(html)


def _without_tags(html: str) -> str:
    return unescaped(html).replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").strip()


def _of_lines(lines: list[str]) -> str:
    """Text that has line breaks and no other markup: most of what people write."""
    text = "\n".join([collapsed(unescaped(line)).strip() for line in lines])
    return _BLANK_LINES.sub("\n\n", text).strip()


def _laid_out(html: str) -> str:
    elements = Elements()
    position = tags = 0
    while markup := MARKUP.search(html, position):
        start = markup.start()
        if start > position:
            text = html[position:start]
            elements.add(unescaped(text) if "&" in text else text)
        position = markup.end()
        tag = markup[2]
        if tag is None:
            position = end_of_comment(html, position) if markup["comment"] else position
        elif not markup[4]:  # cut off by the text's end, or no tag at all
            elements.add(unescaped(html[start:]))
            return elements.finished()
        elif markup[1]:
            if end := ENDS.get(name := tag.lower()):
                end(elements, name)
        elif start_tag := STARTS.get(name := tag.lower()):
            start_tag(elements, name, markup[3])
        elif name in _SILENT:
            position = _end_of_silence(html, name, position)
        tags += 1
        if tags == MOST_MARKUP:
            return f"{elements.finished()}\n{_stripped(html, position)}".strip("\n")
    elements.add(unescaped(html[position:]))
    return elements.finished()


def _end_of_silence(html: str, tag: str, position: int) -> int:
    found = _ENDS[tag].search(html, position)
    return found.start() if found else len(html)


def _stripped(html: str, position: int) -> str:
    """The rest of a text that has more tags than are laid out, in pieces that end before a tag."""
    pieces: list[str] = []
    while position < len(html):
        end = position + SLICE
        if end < len(html):
            tag = html.rfind("<", position + 1, end)
            end = tag if tag > 0 else end
        piece = unescaped(_ANY_TAG.sub(" ", html[position:end]))
        pieces.append(collapsed(piece))
        position = end
    return "".join(pieces).strip()
