"""Images on their way into what is said: `--attach sole.jpg`, read, checked and put into the HTML.

The rule of this file: one file, one text, always the same bytes; a retry must send them again.
"""

import html
import os
from base64 import b64encode
from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated

import typer

from tickiti_cli.contract.images import kind_of
from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import MOST_BYTES, read_bytes

Attach = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE[=NAME]", help="Show this image at the end: png, jpg, gif, webp or bmp."
    ),
]


def images_of(attached: Sequence[str] | None) -> list[str]:
    """The HTML of each image. Raises UsageProblem."""
    return [_image(given) for given in attached or ()]


def with_images(content: str | None, images: Sequence[str]) -> str | None:
    """The HTML with these images at its end. Raises UsageProblem."""
    if not images:
        return content
    said = "<br>".join([*([content] if content else []), *images])
    if len(said) > MOST_BYTES:
        raise UsageProblem(f"--attach: the images make more than {MOST_BYTES} bytes together.")
    return said


def _image(given: str) -> str:
    file, name = _parts(given)
    flag = f"--attach {file}"
    content = read_bytes(file, flag=flag)
    kind = kind_of(content)
    if kind is None:
        raise UsageProblem(f"{flag}: by its bytes no png, jpg, gif, webp or bmp.")
    alt = html.escape(name, quote=True)
    return f'<img src="data:{kind};base64,{b64encode(content).decode()}" alt="{alt}">'


def _parts(given: str) -> tuple[str, str]:
    """The file and the name that it gets. A file whose own name has a = is taken as it is."""
    file, equals, name = given.rpartition("=")
    if not equals or os.path.lexists(given):
        return given, PurePath(given).name if given != "-" else "image"
    if not file or not name or not name.isprintable() or "/" in name:
        raise UsageProblem(f"--attach: '{given}' is not FILE or FILE=NAME, such as s.jpg=sole.jpg.")
    return file, name
