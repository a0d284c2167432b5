"""Images inside HTML, extracted from it: `<img src="data:image/png;base64,...">`.

Rule: the bytes decide the kind of an image, never its name. Extracting takes time proportional to
the text.
"""

import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from tickiti_cli.contract.characters import CONTROL
from tickiti_cli.contract.file_types import SVG, is_svg
from tickiti_cli.contract.images import KINDS, kind_of
from tickiti_server.rendering.layout import SLICE
from tickiti_server.rendering.tags import (
    BLANK,
    MARKUP,
    attribute,
    end_of_comment,
    place_of_value,
    unquoted,
)

MOST_IMAGES = 100
"""Images of one text. Each becomes a row of the database."""

MOST_NAME = 200
MOST_SVG_HEAD = 4096
"""Bytes in which the element of an SVG image must begin."""

_MOST_HEAD = 1000
"""Characters before the comma of a data URL, the references in them included."""

_IMAGE = re.compile(rf"<img(?=[{BLANK}/])", re.IGNORECASE)
_RAW = {
    tag: re.compile(rf"</{tag}(?=[{BLANK}/>])", re.IGNORECASE)
    for tag in ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
}
"""Elements whose content is text, even if it looks like tags."""

_DATA = re.compile(r"data:(?P<type>image/[^,;\s]*)(?P<parameters>[^,]*),", re.IGNORECASE)
_LINE_ENDS = re.compile(r"[\t\n\r]+")
_AT_THE_ENDS = "".join(map(chr, range(0x21)))
_WHITE_SPACE = b"\t\n\f\r "
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


class BadImage(ValueError):
    """An image that is not accepted. The message is the rule that it breaks."""


class Image(NamedTuple):
    name: str
    mime_type: str
    sha256: str
    content: bytes


def extracted(html: str) -> tuple[str, list[Image]]:
    """The text with `cid:SHA256` in place of each image, and the images, each of them once.

    Raises BadImage.
    """
    if _IMAGE.search(html) is None:
        return html, []
    pieces: list[str] = []
    found: dict[str, Image] = {}
    position = 0
    for count, (start, end, alt) in enumerate(_data_urls(html), start=1):
        if count > MOST_IMAGES:
            raise BadImage(f"may not have more than {MOST_IMAGES} images")
        image = _image(html[start:end], alt, count)
        found.setdefault(image.sha256, image)
        pieces += [html[position:start], f'"cid:{image.sha256}"']
        position = end
    return "".join([*pieces, html[position:]]), [*found.values()]


def _data_urls(html: str) -> Iterator[tuple[int, int, str]]:
    """The beginning and the end of the value of each such `src`, quotes included, and its image's
    alt."""
    position = 0
    while markup := MARKUP.search(html, position):
        position = markup.end()
        if markup["comment"]:
            position = end_of_comment(html, position)
        if not markup["end"] or markup["slash"]:
            continue
        name = markup["name"].lower()
        if name in _RAW:
            closing = _RAW[name].search(html, position)
            position = closing.start() if closing else len(html)
        elif name == "img":
            place = place_of_value(html, markup, "src")
            if place and _DATA.match(_tidy(html[place[0] : min(place[1], place[0] + _MOST_HEAD)])):
                yield *place, attribute(markup["attributes"], "alt") or ""


def _tidy(written: str) -> str:
    """The value of an attribute as a browser reads a URL in it."""
    url = unquoted(written).strip(_AT_THE_ENDS)
    return _LINE_ENDS.sub("", url[:_MOST_HEAD]) + url[_MOST_HEAD:]


def _image(written: str, alt: str, place: int) -> Image:
    url = _tidy(written)
    head = _DATA.match(url)
    assert head is not None
    problem = f"has an image ({place}) that is"
    is_base64 = re.search(r";\s*base64\s*$", head["parameters"], re.IGNORECASE)
    if not is_base64 and "svg" not in head["type"].lower():
        raise BadImage(f"{problem} not base64: write data:image/png;base64,...")
    content = (_decoded if is_base64 else _without_escapes)(url[head.end() :])
    if content is None:
        raise BadImage(f"{problem} not valid base64")
    kind = SVG if is_svg(content[:MOST_SVG_HEAD]) else kind_of(content)
    if kind is None:
        raise BadImage(f"{problem} not a PNG, JPEG, GIF, WebP, BMP or SVG image")
    return Image(_name(alt, kind, place), kind, sha256(content).hexdigest(), content)


def _decoded(encoded: str) -> bytes | None:
    """Base64 as browsers read it in a URL: with %2B for +, white space, the = at its end or not."""
    raw = _without_escapes(encoded).translate(None, _WHITE_SPACE).rstrip(b"=")
    if len(raw) % 4 == 1 or _NO_BASE64.search(raw):
        return None
    return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))


def _without_escapes(url: str) -> bytes:
    """Decodes %XX in slices, because the library allocates an object for each escape."""
    if "%" not in url:
        return url.encode(errors="replace")
    pieces: list[bytes] = []
    position = 0
    while position < len(url):
        end = position + SLICE
        cut = url.find("%", end - 2, end)  # an escape is not cut in two
        end = cut if cut > position else end
        pieces.append(unquote_to_bytes(url[position:end].encode(errors="replace")))
        position = end
    return b"".join(pieces)


def _name(alt: str, kind: str, place: int) -> str:
    """The alternative text as the name of a file; never a path."""
    last = re.split(r"[/\\]", alt)[-1]
    name = CONTROL.sub("", last).strip().lstrip(".")[:MOST_NAME] or f"image-{place}"
    suffix = ".svg" if kind == SVG else KINDS[kind]
    suffixes = (".jpg", ".jpeg") if kind == "image/jpeg" else (suffix,)
    return name if name.lower().endswith(suffixes) else name + suffix
