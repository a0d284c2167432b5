"""The images of `--attach sole.jpg`: read, checked and appended to the HTML of a body.

Rule: one file gives the same HTML at every run, because a retry must send the same bytes.
"""

import html
import os
from base64 import b64encode
from collections.abc import Sequence
from pathlib import PurePath

from tickiti_cli.contract.file_types import SVG, is_svg
from tickiti_cli.contract.images import kind_of
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import MOST_BYTES, read_bytes


def images_of(attached: Sequence[str] | None) -> list[str]:
    """The HTML of each image. Raises UsageProblem."""
    return [_image(given) for given in attached or ()]


def with_images(content: str | None, images: Sequence[str]) -> str | None:
    """The HTML with the images appended. Raises UsageProblem if the result is too large."""
    if not images:
        return content
    whole = "<br>".join([*([content] if content else []), *images])
    if len(whole) > MOST_BYTES:
        raise UsageProblem(f"--attach: the images exceed {MOST_BYTES} bytes in total.")
    return whole


def _image(given: str) -> str:
    file, name = parts(given, "--attach")
    flag = f"--attach {file}"
    content = read_bytes(file, flag=flag)
    kind = image_kind(content)
    if kind is None:
        raise UsageProblem(f"{flag}: not a PNG, JPEG, GIF, WebP, BMP or SVG image.")
    alt = html.escape(name, quote=True)
    return f'<img src="data:{kind};base64,{b64encode(content).decode()}" alt="{alt}">'


def image_kind(content: bytes) -> str | None:
    """The media type of an image that a body may hold; None for any other file."""
    return kind_of(content) or (SVG if is_svg(content) else None)


def parts(given: str, flag: str) -> tuple[str, str]:
    """The file and the shown name of `FILE=NAME`. An existing file may have a = in its name."""
    file, equals, name = given.rpartition("=")
    if not equals or os.path.lexists(given):
        return given, PurePath(given).name if given != "-" else "image"
    if not file or not name or not name.isprintable() or "/" in name:
        raise UsageProblem(f"{flag}: '{given}' is not FILE or FILE=NAME, such as s.jpg=sole.jpg.")
    return file, name
