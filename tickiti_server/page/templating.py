"""Templates of the page, filled in with everything escaped."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from tickiti_cli import __version__
from tickiti_cli.contract.bundled.page import ROOT
from tickiti_cli.contract.errors import NotFound
from tickiti_server.http.reply import Reply

OURS = "tickiti_server.page"
MOST_DIGITS = 16
STATIC = {
    "page.css": b"text/css; charset=utf-8",
    "page.js": b"text/javascript; charset=utf-8",
    "icon.svg": b"image/svg+xml",
}

SAFETY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HTML = b"text/html; charset=utf-8"


class Asked(NamedTuple):
    """The request of a browser: the parts of the path below ROOT, and the query."""

    parts: tuple[str, ...]
    query: Mapping[str, str]
    base_url: str


class Shown(NamedTuple):
    """A view: its template and the values in it."""

    template: str
    values: Mapping[str, Any]


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader(OURS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {"root": ROOT, "version": __version__, "static": static_path}
    found.filters |= {"short_time": _short_time, "size": _size}
    return found


def page(
    shown: Shown,
    *,
    status: int = 200,
    cookie: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Reply:
    """The reply with a view. `more` are values of the layout."""
    text = _environment().get_template(shown.template).render(shown.values, **(more or {}))
    headers = SAFETY if cookie is None else {**SAFETY, "Set-Cookie": cookie}
    return Reply(status, text.encode("utf-8", "replace"), headers, media_type=HTML)


def static_file(name: str) -> Reply | None:
    """A file of the page itself; None if there is none of that name."""
    if name not in STATIC:
        return None
    headers = {**SAFETY, "Cache-Control": "private, max-age=31536000, immutable"}
    return Reply(200, _static(name), headers, media_type=STATIC[name])


def static_path(name: str) -> str:
    """The path of a static file, another one for another content."""
    return f"{ROOT}/static/{name}?v={sha256(_static(name)).hexdigest()[:12]}"


@cache
def _static(name: str) -> bytes:
    return files(OURS).joinpath("static", name).read_bytes()


def _short_time(moment: str) -> str:
    """`2026-05-01 09:14:02` for a time of a reply."""
    return moment[:19].replace("T", " ")


def _size(count: int) -> str:
    """A number of bytes for a person."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024 or unit == "MiB":
            break
        count = round(count / 1024)
    return f"{count:,} {unit}"


def number_in(part: str) -> int:
    """The number in a part of a path. Raises NotFound for anything else."""
    if part.isascii() and part.isdigit() and 0 < len(part) < MOST_DIGITS:
        return max(1, int(part))
    raise NotFound
