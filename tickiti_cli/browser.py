"""Somebody else's HTML in the user's browser: it may be looked at, and may do nothing.

The rule of this file: no script runs, nothing is loaded from anywhere, no form or link leads on.
"""

import html
import tempfile
import webbrowser
from pathlib import Path

from tickiti_cli.errors import ConditionNotMet

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'">
<meta name="referrer" content="no-referrer"><title>{title}</title>
<style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100% }}</style></head>
<body><iframe sandbox="" srcdoc="{document}"></iframe></body></html>
"""


def open_safely(document: str, *, title: str | None) -> Path:
    """Write a page around the document, in a folder of the user's own, and open it; its path.

    The frame's sandbox denies scripts, forms and links out of it; the policy, which a `srcdoc`
    inherits, denies every request. Raises ConditionNotMet where there is no browser.
    """
    folder = Path(tempfile.mkdtemp(prefix="tickiti-"))  # 0700; the browser still needs it later
    page = folder / "page.html"
    page.write_text(
        _PAGE.format(title=html.escape(title or ""), document=html.escape(document)), "utf-8"
    )
    if not webbrowser.open(page.as_uri()):
        raise ConditionNotMet(f"No browser could be opened; the page is {page}")
    return page
