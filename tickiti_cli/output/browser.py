"""Somebody else's HTML in the user's browser: it may be looked at, and may do nothing.

The rule of this file: no script runs, no connection is opened, no form or link leads on. The page
lies in a folder of the user's own, which keeps a few pages and no longer than an hour.
"""

import html
import os
import re
import secrets
import time
import webbrowser
from contextlib import suppress
from pathlib import Path

from tickiti_cli.contract.file_system import make_folder
from tickiti_cli.errors import ConditionNotMet

MOST_PAGES = 8
"""The pages that stay: tabs that are still open may be loaded again."""

KEPT_SECONDS = 3600
"""How long a page stays, as seen when the next one is opened. A slow browser reads it later than
the command ends, so that it cannot be removed at once."""

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="referrer" content="no-referrer"><title>{title}</title>
<style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100% }}</style></head>
<body><iframe sandbox="" srcdoc="{document}"></iframe></body></html>
"""

_CONNECTING = re.compile(
    "<(?=link|meta|base|i?frame|object|embed|applet|portal|fencedframe)", re.ASCII | re.IGNORECASE
)
"""What opens a connection that no policy knows of (`<link rel=preconnect>`, `dns-prefetch`), leads
elsewhere (`<meta http-equiv=refresh>`), or is a page of its own. A browser takes a `<` for the
beginning of such an element only if its name follows at once, so that this needs no parser that
would have to read HTML as each browser does."""


def open_safely(document: str, *, title: str | None, folder: Path) -> Path:
    """Write a page around the document into the folder, and open it; its path.

    The frame's sandbox denies scripts, forms and links out of it; the policy, which a `srcdoc`
    inherits, denies every request; what asks for a connection beside requests is no element any
    more. Raises ConditionNotMet where there is no browser, or the folder cannot be used.
    """
    text = _PAGE.format(
        title=html.escape(title or ""), document=html.escape(_CONNECTING.sub("<x-", document))
    )
    try:
        _make_private(folder)
        _clear(folder)
        page = _written(folder, text)
    except OSError as error:
        raise ConditionNotMet(
            f"The page for the browser cannot be kept in {folder}: {error.strerror}"
        ) from None
    if not webbrowser.open(page.as_uri()):
        raise ConditionNotMet(f"No browser could be opened; the page is {page}")
    return page


def _make_private(folder: Path) -> None:
    """For its owner alone, whatever the umask and an earlier mode. Raises OSError."""
    make_folder(folder)
    folder.chmod(0o700)


def _clear(folder: Path) -> None:
    """Remove the pages that are old, and all but the newest."""
    pages = sorted(folder.glob("*.html"), key=_written_at, reverse=True)
    for place, page in enumerate(pages, start=2):  # the one to come is the first
        if place > MOST_PAGES or time.time() - _written_at(page) > KEPT_SECONDS:
            page.unlink(missing_ok=True)


def _written_at(page: Path) -> float:
    """0 for a page that another command has just removed."""
    with suppress(FileNotFoundError):
        return page.lstat().st_mtime
    return 0.0


def _written(folder: Path, text: str) -> Path:
    """A new page, readable by its owner alone. Raises OSError."""
    page = folder / f"{secrets.token_hex(8)}.html"
    descriptor = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    # Half a character of UTF-16, which JSON can hold, cannot be written.
    with os.fdopen(descriptor, "wb") as target:
        target.write(text.encode("utf-8", "replace"))
    return page.absolute()
