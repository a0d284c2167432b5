"""Sanitised HTML: the only form in which HTML of customers and integrators leaves the server.

Tickets are stored as they were sent. Every browser page and e-mail gets their HTML through
`safe_html`, so that nothing in it runs, loads anything or covers other parts of the page.
"""

import html as escaping

import nh3

from tickiti_server.rendering import styles
from tickiti_server.rendering.markup import is_affordable
from tickiti_server.rendering.text import plain_text

TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p",
    "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
SILENT_TAGS = {
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "iframe",
    "object",
    "svg",
    "math",
}
"""Tags that are removed with all that is in them; of every other unknown tag the text stays."""

_CELL = {"align", "valign", "width", "height", "bgcolor", "colspan", "rowspan", "scope", "nowrap"}
ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title"},
    "a": {"href"},
    "blockquote": {"cite"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "h1": {"align"}, "h2": {"align"}, "h3": {"align"},
    "hr": {"width", "size"},
    "img": {"src", "alt", "width", "height", "align", "border"},
    "li": {"value"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "height", "width"},
    "td": _CELL, "th": _CELL, "tr": {"align", "valign", "bgcolor"},
}  # fmt: skip
LINKS = {"http", "https", "mailto", "tel"}
_IMAGES = (
    "cid:",
    *(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp", "bmp")),
)
_REMOTE = ("https:", "http:")


def safe_html(html: str, *, with_remote_images: bool = False) -> str:
    """HTML from anybody as HTML that may be shown; any input takes at most about a second.

    Images are those that lie in the mail or in the text itself. `with_remote_images` keeps those
    of other servers too, for what an integrator sends: showing one tells its server who reads it.
    """
    if not is_affordable(html):
        return "<br>".join(escaping.escape(line) for line in plain_text(html).split("\n"))
    kept = (*_IMAGES, *_REMOTE) if with_remote_images else _IMAGES

    def chosen(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return styles.harmless(value)
        if attribute == "src":
            return value if value.strip().lower().startswith(kept) else None
        if attribute in ("href", "cite"):
            return value if _is_link(value) else None
        return value

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=SILENT_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=chosen,
        url_schemes={*LINKS, "cid", "data"},
        filter_style_properties=styles.PROPERTIES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _is_link(value: str) -> bool:
    """Whether the link leads to another page, not into this one or into the server that shows
    it."""
    return value.strip().partition(":")[0].lower() in LINKS
