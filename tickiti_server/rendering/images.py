"""Images that came inside a text, taken out of it: `<img src="data:image/png;base64,...">`.

They take time in proportion to the text, whatever is in it. The rule of this file: what an image is
called says nothing about what it is.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from tickiti_cli.contract.images import KINDS, kind_of
from tickiti_server.rendering.references import unescaped

MOST_IMAGES = 100
"""Of one text; each is a row."""

MOST_NAME = 200

_BLANK = r"\t\n\f\r "
_START = re.compile(rf"<img(?=[{_BLANK}/])", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rf"[{_BLANK}/]*+(?P<name>=?[^{_BLANK}/>=]++)"
    rf"(?:[{_BLANK}]*+=[{_BLANK}]*+(?P<value>\"[^\"]*+\"|'[^']*+'|[^{_BLANK}\"'>][^{_BLANK}>]*+)?+)?+"
)
_END = re.compile(rf"[{_BLANK}/=]*+>")
_DATA = re.compile(r"\s*data:(?P<type>image/[^,;\s]*)(?P<parameters>[^,]*),", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadImage(ValueError):
    """An image that cannot be taken; the message is the rule."""


@dataclass(frozen=True, slots=True)
class Image:
    name: str
    mime_type: str
    sha256: str
    content: bytes


def extracted(html: str) -> tuple[str, list[Image]]:
    """The text with `cid:SHA256` in place of each image, and the images, each of them once.

    Raises BadImage.
    """
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
    """Where the value of each such `src` begins and ends, quotes included, and its image's alt."""
    position = 0
    while tag := _START.search(html, position):
        position = tag.end()
        values: dict[str, re.Match[str]] = {}
        while attribute := _ATTRIBUTE.match(html, position):
            position = attribute.end()
            values.setdefault(attribute["name"].lower(), attribute)
        end = _END.match(html, position)
        if end is None:
            return  # the text's end cuts the tag off, and nothing follows it
        position = end.end()
        source = values.get("src")
        if source and source["value"] and _DATA.match(_value(source)):
            alt = _value(values["alt"]) if "alt" in values else ""
            yield *source.span("value"), alt


def _value(attribute: re.Match[str]) -> str:
    return _meant(attribute["value"] or "")


def _meant(written: str) -> str:
    """A value without its quotes and references."""
    return unescaped(written[1:-1] if written[:1] in ("'", '"') else written)


def _image(written: str, alt: str, place: int) -> Image:
    url = _meant(written)
    head = _DATA.match(url)
    assert head is not None
    label, problem = head["type"].lower(), f"has an image ({place}) that is"
    if "svg" in label:
        raise BadImage(f"{problem} SVG, which may run scripts; use png, jpg, gif, webp or bmp")
    if not head["parameters"].lower().rstrip().endswith(";base64"):
        raise BadImage(f"{problem} not base64: write data:image/png;base64,...")
    try:
        content = b64decode("".join(url[head.end() :].split()), validate=True)
    except ValueError:
        raise BadImage(f"{problem} not valid base64") from None
    kind = kind_of(content)
    if kind is None:
        raise BadImage(f"{problem} by its bytes no png, jpg, gif, webp or bmp")
    return Image(_name(alt, kind, place), kind, sha256(content).hexdigest(), content)


def _name(alt: str, kind: str, place: int) -> str:
    """The alternative text as the name of a file; never a path."""
    last = re.split(r"[/\\]", alt)[-1]
    name = _UNFIT.sub("", last).strip().lstrip(".")[:MOST_NAME] or f"image-{place}"
    suffixes = (".jpg", ".jpeg") if kind == "image/jpeg" else (KINDS[kind],)
    return name if name.lower().endswith(suffixes) else name + KINDS[kind]
