"""The effect of each element of HTML on the lines of a text.

Elements that were never closed, or closed in another order, do what they can: each end tag ends
what is open inside it, and nothing outside of the table that it is in.
"""

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import unquote

from tickiti_server.rendering.layout import LINE, PARAGRAPH, Container, Layout
from tickiti_server.rendering.tags import attribute

_BREAKS = {
    **dict.fromkeys(
        ("address", "article", "aside", "body", "button", "caption", "center", "details", "dialog",
         "div", "fieldset", "figcaption", "footer", "form", "header", "hgroup", "html",
         "legend", "main", "nav", "optgroup", "option", "search", "section", "select", "summary",
         "tbody", "textarea", "tfoot", "thead"), LINE),
    **dict.fromkeys(("dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "p"), PARAGRAPH),
}  # fmt: skip

_LISTS = ("ul", "ol", "menu", "dir")
_VERBATIM = ("pre", "listing", "xmp")
_CONTAINERS = {*_LISTS, *_VERBATIM, "li", "blockquote", "table", "dd"}

_RULE = "---"
_NUMBER = re.compile(r"\s*(-?[0-9]{1,9})\s*", re.ASCII)
_HIDDEN_TARGET = re.compile(r"#|(?:javascript|vbscript|data|cid|about):", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_ADDRESS_PARTS = re.compile(r"[?#]")
_DOT = re.compile(r"\s*0*1?(?:px)?\s*", re.IGNORECASE)
_MOST_NAME = 200

IMAGE_MARK = re.compile(r"\[image(?:: (?:[^\[\]\n]|\[[^\[\]\n]*\])*)? #[0-9]+\]")
"""An image in a text, as `Elements.image` writes it. Its name may have pairs of brackets."""


class Elements:
    """Takes the tags and texts of an HTML text in their order."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._open: list[str] = []
        self._counts = [Counter[str]()]  # the open elements in each of the nested tables
        self._numbers: list[int | None] = []  # the next number of each open list; None for dashes
        self._link: tuple[str, list[str]] | None = None  # its target, and its texts
        self._images = 0  # the images so far: their numbers tell them apart
        self._row = -1  # lines that were made when it began; -1: no cell of it has come
        self._begins_verbatim = False
        self.add = self.layout.add
        """Takes a text, its references read."""

    def finished(self) -> str:
        self.end_link()
        return self.layout.text()

    def _noted(self, text: str) -> None:
        """Add a text to the lines, and note it for the link or the verbatim text that it is in."""
        if self._begins_verbatim:
            text, self._begins_verbatim = text.removeprefix("\r").removeprefix("\n"), False
        if text:
            if self._link is not None:
                self._link[1].append(text)
            self.layout.add(text)

    def start_list(self, tag: str, attributes: str) -> None:
        number = _NUMBER.fullmatch(attribute(attributes, "start") or "1") if tag == "ol" else None
        self._numbers.append((int(number[1]) if number else 1) if tag == "ol" else None)
        self._push(Container(tag), LINE if self._counts[-1]["li"] else PARAGRAPH)

    def start_item(self, tag: str, attributes: str) -> None:
        self._end_sibling("li")
        mark = "- "
        if self._numbers and self._numbers[-1] is not None:
            number = _NUMBER.fullmatch(attribute(attributes, "value") or "")
            value = int(number[1]) if number else self._numbers[-1]
            self._numbers[-1] = value + 1
            mark = f"{value}. "
        self._push(Container(tag, mark, " " * len(mark)), LINE)

    def start_term(self, _tag: str, _: str) -> None:
        self._end_sibling("dd")
        self.layout.break_line()

    def start_description(self, tag: str, _: str) -> None:
        self._end_sibling("dd")
        self._push(Container(tag, "  ", "  "), LINE)

    def start_quotation(self, tag: str, _: str) -> None:
        self._push(Container(tag, "> ", "> "), PARAGRAPH)

    def start_verbatim(self, tag: str, _: str) -> None:
        self._push(Container(tag), PARAGRAPH)
        self.layout.is_verbatim = self._begins_verbatim = True
        self.add = self._noted

    def start_table(self, tag: str, _: str) -> None:
        self._push(Container(tag), PARAGRAPH)
        self._counts.append(Counter())
        self.end_row()

    def start_row(self, _tag: str, _: str) -> None:
        self._leave_cell()
        self.end_row()

    def start_cell(self, _tag: str, _: str) -> None:
        self._leave_cell()
        if self._row < 0:
            self.layout.break_line()
            self.layout.flush()
            self._row = self.layout.lines_made
            self.layout.begin_cell()
        elif self._row == self.layout.lines_made:
            self.layout.next_cell()
        else:  # the one before has lines of its own
            self.layout.break_line()

    def start_link(self, _tag: str, attributes: str) -> None:
        self.end_link()
        target = _BLANKS.sub("", attribute(attributes, "href") or "")
        if target and not _HIDDEN_TARGET.match(target):
            self._link = target, []
            self.add = self._noted

    def image(self, _tag: str, attributes: str) -> None:
        name = _image_name(attributes)
        if name is None:
            return
        self._images += 1
        shown = f"[image: {name} #{self._images}]" if name else f"[image #{self._images}]"
        if self._link is not None:
            self._link[1].append(shown)
        self.layout.add(shown)

    def next_line(self, _tag: str, _: str = "") -> None:
        self.layout.next_line()

    def rule(self, _tag: str, _: str) -> None:
        self.layout.break_line()
        self.layout.add(_RULE)
        self.layout.break_line()

    def _push(self, container: Container, gap: int) -> None:
        self.layout.open(container, gap)
        self._open.append(container.tag)
        self._counts[-1][container.tag] += 1

    def _pop(self) -> None:
        tag = self._open.pop()
        if tag == "table":
            self._counts.pop()
            self.end_row()
        self._counts[-1][tag] -= 1
        is_inner = tag in _LISTS and self._counts[-1]["li"] > 0
        self.layout.close(LINE if tag in ("li", "dd") or is_inner else PARAGRAPH)
        if tag in _LISTS:
            self._numbers.pop()
        elif tag in _VERBATIM:
            self.layout.is_verbatim = any(self._counts[-1][name] for name in _VERBATIM)
        elif tag == "table" and len(self._counts) > 1:
            self._row = 0  # the table has made lines in the cell around it

    def end_container(self, tag: str) -> None:
        if tag == "table":
            self._leave_cell()
        is_open = len(self._counts) > 1 if tag == "table" else self._counts[-1][tag] > 0
        if not is_open:
            self.layout.break_line()
            return
        while self._open[-1] != tag:
            self._pop()
        self._pop()

    def _end_sibling(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._pop()

    def _leave_cell(self) -> None:
        """End what is open inside of the innermost table."""
        if len(self._counts) > 1:
            while self._open[-1] != "table":
                self._pop()

    def end_row(self, _tag: str = "tr") -> None:
        self.layout.break_line()
        self.layout.flush()
        self._row = -1

    def end_link(self, _tag: str = "a") -> None:
        if self._link is None:
            return
        (target, texts), self._link = self._link, None
        self.add = self.layout.add
        if all(text.isspace() for text in texts):
            self.layout.add(target)
        elif not _is_said(target, texts):
            self.layout.add_behind(f" ({target})")


def _starting(gap: int) -> Callable[[Elements, str, str], None]:
    return lambda elements, _tag, _attributes: elements.layout.break_line(gap)


def _ending(gap: int) -> Callable[[Elements, str], None]:
    return lambda elements, _tag: elements.layout.break_line(gap)


STARTS: dict[str, Callable[[Elements, str, str], None]] = {
    **{tag: _starting(gap) for tag, gap in _BREAKS.items()},
    **dict.fromkeys(_LISTS, Elements.start_list),
    **dict.fromkeys(_VERBATIM, Elements.start_verbatim),
    "li": Elements.start_item,
    "dt": Elements.start_term,
    "dd": Elements.start_description,
    "blockquote": Elements.start_quotation,
    "table": Elements.start_table,
    "tr": Elements.start_row,
    "td": Elements.start_cell,
    "th": Elements.start_cell,
    "a": Elements.start_link,
    "img": Elements.image,
    "br": Elements.next_line,
    "hr": Elements.rule,
}
"""The effect of each start tag on the lines, given the tag's name and attributes. Every other
element leaves its text where it is."""

ENDS: dict[str, Callable[[Elements, str], None]] = {
    **{tag: _ending(gap) for tag, gap in _BREAKS.items()},
    **dict.fromkeys(_CONTAINERS, Elements.end_container),
    "a": Elements.end_link,
    "tr": Elements.end_row,
    "br": Elements.next_line,
}


def _is_said(target: str, texts: list[str]) -> bool:
    """Whether the text of a link already says where the link leads."""
    if sum(map(len, texts)) > 2 * len(target) + _MOST_NAME:
        return False
    text = " ".join("".join(texts).split())
    if text == target:
        return True
    bare = _SCHEME.sub("", target, count=1)
    if target.lower().startswith(("mailto:", "tel:")):
        bare = _ADDRESS_PARTS.split(unquote(bare), maxsplit=1)[0]
    return _SCHEME.sub("", text, count=1).rstrip("/").casefold() == bare.rstrip("/").casefold()


def _image_name(attributes: str) -> str | None:
    """The name of an image: its alternative text, else its file, else nothing. None for a picture
    that nobody sees, which tells its sender that a mail was opened."""
    alt = " ".join((attribute(attributes, "alt") or "").split())
    if alt:
        return alt
    sizes = [attribute(attributes, side) for side in ("width", "height")]
    if any(size is not None and _DOT.fullmatch(size) for size in sizes):
        return None
    source = (attribute(attributes, "src") or "").strip()
    if not source or _HIDDEN_TARGET.match(source):
        return ""
    path = _ADDRESS_PARTS.split(source, maxsplit=1)[0]
    name = _CONTROLS.sub("", unquote(path.rpartition("/")[2]))
    return name[:_MOST_NAME] if "." in name else ""
