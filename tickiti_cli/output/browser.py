"""Opens HTML from a server in the user's browser, without letting it do anything.

Rules: no script runs, no connection is opened, no form or link works. The page lies in a private
folder of the user, which holds a few pages for at most an hour.
"""

import html
import os
import re
import secrets
import time
import webbrowser
from contextlib import suppress
from pathlib import Path

from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.errors import ConditionNotMet

MOST_PAGES = 8
"""The pages left in the folder, so that a tab that is still open can be reloaded."""

KEPT_SECONDS = 3600
"""The age at which a page is removed, when the next page is opened. A page is not removed at once,
because a slow browser reads the file after the command has ended."""

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="referrer" content="no-referrer"><title>{title}</title>
<style>html, body, iframe {{ display: block; margin: 0; border: 0; width: 100%; height: 100% }}
</style></head>
<body><iframe sandbox="" srcdoc="{document}"></iframe></body></html>
"""

_LEADING = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}"><title>Tickiti</title></head>
<body><a href="{address}">Continue</a></body></html>
"""

_CONNECTING = re.compile(
    "<(?=link|meta|base|i?frame|object|embed|applet|portal|fencedframe)", re.ASCII | re.IGNORECASE
)
"""The start of an element that opens a connection outside the content security policy
(`<link rel=preconnect>`, `dns-prefetch`), redirects (`<meta http-equiv=refresh>`), or embeds a
page. A browser reads `<` as the start of an element only if the name follows at once, so that a
pattern is enough and no HTML parser is needed."""


def open_safely(document: str, *, title: str | None, folder: Path) -> Path:
    """Write a page around the document into the folder, and open it; returns the page's path.

    The sandbox of the frame denies scripts, forms and links. The policy, which a `srcdoc` inherits,
    denies every request, and connecting elements lose their names. Raises ConditionNotMet if no
    browser opens, or the folder is not usable.
    """
    text = _PAGE.format(
        title=html.escape(title or ""), document=html.escape(_CONNECTING.sub("<x-", document))
    )
    page = _kept(folder, text)
    if not webbrowser.open(page.as_uri()):
        raise ConditionNotMet(f"No browser could be opened; the page is {page}")
    return page


def open_link(address: str, *, folder: Path) -> None:
    """Open a link that nobody else may see, through a private page that leads to it: the arguments
    of a browser's process are shown to every user of the machine.

    Raises ConditionNotMet if no browser opens, or the folder is not usable.
    """
    page = _kept(folder, _LEADING.format(address=html.escape(address)))
    if not webbrowser.open(page.as_uri()):
        raise ConditionNotMet(
            f"No browser could be opened; the page is {page}",
            hint="Print the link: tickiti server open --no-browser",
        )


def open_address(address: str) -> None:
    """Open a page of the web. Raises ConditionNotMet if no browser opens."""
    if not webbrowser.open(address):
        raise ConditionNotMet(f"No browser could be opened; the page is {address}")


def _kept(folder: Path, text: str) -> Path:
    """The path of a new page in the folder. Raises ConditionNotMet."""
    try:
        _make_private(folder)
        _clear(folder)
        return _written(folder, text)
    except OSError as error:
        raise ConditionNotMet(f"Cannot write the page to {folder}: {error.strerror}") from None


def _make_private(folder: Path) -> None:
    """Make the folder with mode 0700, regardless of the umask and its old mode. Raises OSError."""
    make_folder(folder)
    folder.chmod(0o700)


def _clear(folder: Path) -> None:
    """Remove old pages, and all but the newest ones."""
    pages = sorted(folder.glob("*.html"), key=_written_at, reverse=True)
    for place, page in enumerate(pages, start=2):  # the one to come is the first
        if place > MOST_PAGES or time.time() - _written_at(page) > KEPT_SECONDS:
            page.unlink(missing_ok=True)


def _written_at(page: Path) -> float:
    """The time of the last change; 0 for a page that another command has just removed."""
    with suppress(FileNotFoundError):
        return page.lstat().st_mtime
    return 0.0


def _written(folder: Path, text: str) -> Path:
    """Write a new page with mode 0600; returns its path. Raises OSError."""
    page = folder / f"{secrets.token_hex(8)}.html"
    descriptor = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    # JSON can hold a lone surrogate, which UTF-8 cannot encode: it becomes a question mark.
    with os.fdopen(descriptor, "wb") as target:
        target.write(text.encode("utf-8", "replace"))
    return page.absolute()
