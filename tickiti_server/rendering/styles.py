"""The declarations of a `style` attribute that may be shown: each is kept or dropped by itself.

None that is kept loads anything or moves an element over another one: no position, no image.
"""

import re

PROPERTIES = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style", "border-top",
    "border-width", "color", "direction", "font-family", "font-size", "font-style", "font-weight",
    "height", "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom",
    "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width",
    "word-break",
}  # fmt: skip

_FLAT = r"\([^()]*+\)"
_NESTED = rf"\((?:[^()]++|\((?:[^()]++|{_FLAT})*+\))*+\)"
_PIECE = re.compile(rf"(?:[^;\"'(]++|\"[^\"]*+\"|'[^']*+'|{_NESTED})++|;|.", re.DOTALL)
"""The text between two semicolons. A sign by itself is a quotation mark or a bracket that is never
closed."""

_COLOUR = re.compile(r"(?:rgb|hsl)a?\([0-9a-z.,%/+\s-]*+\)", re.IGNORECASE | re.ASCII)
_LOADING = re.compile(r"[(){}\\@<]|/\*|://")
"""url(, expression( and every other function; escapes and comments, which could hide one."""


def harmless(style: str) -> str | None:
    """The attribute without what could do harm; None where nothing stays."""
    kept = [text for text in map(_with_small_name, _declarations(style)) if _is_harmless(text)]
    return ";".join(kept) or None


def _with_small_name(declaration: str) -> str:
    """Names are the same in capitals, which old mail programs write and the sanitiser does not
    know."""
    name, colon, value = declaration.partition(":")
    return f"{name.strip().lower()}{colon}{value}"


def _declarations(style: str) -> list[str]:
    """The complete declarations, because after a quotation that is never closed a browser may see
    anything."""
    found = [""]
    for piece in _PIECE.findall(style):
        if piece in ('"', "'", "("):
            return found[:-1]
        if piece == ";":
            found.append("")
        else:
            found[-1] = piece
    return found


def _is_harmless(declaration: str) -> bool:
    name, _, value = declaration.partition(":")
    is_known = name in PROPERTIES and bool(value.strip())
    return is_known and not _LOADING.search(_COLOUR.sub("", value))
