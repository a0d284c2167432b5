"""A ticket and its responses as one HTML page, for a browser.

Rule: a response's HTML cannot change how the rest of the page is shown.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import nh3

from tickiti_cli.output.tables import thread as words

Record = Mapping[str, Any]

MOST_NESTED = 5000
"""Limit of nested elements, because the sanitiser's time grows with its square. Mail has a few
dozen."""

_TAG = re.compile(r"<(/?)([a-z][^\s/>]{0,20})", re.ASCII | re.IGNORECASE)

_SHALLOW = frozenset(
    ("area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option",
     "p", "source", "td", "th", "tr", "wbr")
)  # fmt: skip
"""Elements whose end tag is optional, and which never stand directly in one of their own kind."""

_STYLE = """<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere }
body > h1 { font-size: clamp(1.125rem, 4vw, 1.5rem); line-height: 1.3; margin: 0 }
h1 small { font-weight: normal } .state { margin: .25rem 0; font-weight: 600 }
h1 small, .origin, .head, .change, footer { color: light-dark(#57606a, #9aa4ad) }
.origin, .head, .change, footer { font-size: .875rem; margin: .25rem 0 }
.head { margin: 0 0 .5rem } .head b { color: CanvasText }
section { border: 1px solid #8886; border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0 }
section > :last-child { margin-bottom: 0 }
section :is(h1, h2, h3) { font-size: 1.125rem; line-height: 1.3; margin: 1rem 0 .5rem }
.note { background: #fc02; border-color: #c908 } .staff { background: #08f1 }
img { max-width: 100%; height: auto }
pre { overflow-x: auto; background: #8881; border-radius: .25rem; padding: .5rem .75rem }
code { font-size: .875rem }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid #8888 }
table { display: block; overflow-x: auto; overflow-wrap: normal; border-collapse: collapse;
  margin: .75rem 0 }
td, th { padding: .25rem .75rem; text-align: left; vertical-align: top }
tr + tr > td, thead th { border-bottom: 0; border-top: 1px solid #8884 } thead th { border-top: 0 }
thead + tbody tr:first-child > td { border-top: 1px solid #8884 }</style>"""

_NOT_LOADED = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='150' height='24'%3E%3Crect"
    " x='.5' y='.5' width='149' height='23' rx='4' fill='none' stroke='%23888'/%3E%3Ctext x='12'"
    " y='16' font-family='sans-serif' font-size='12' fill='%23888'%3Eimage not loaded%3C/text%3E"
    "%3C/svg%3E"
)
"""The placeholder for an image of another server."""

_FOOTER = "<footer>Offline copy: images of other servers are not loaded.</footer>"

SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}


def page_of(
    ticket: Record, responses: Sequence[Record], *, images: Mapping[str, str] | None = None
) -> str:
    """Return the page. `images` has a data URL for the SHA-256 of each image that is embedded."""
    number, state = escape(str(ticket.get("number", ""))), " \u00b7 ".join(words.state(ticket))
    return "\n".join(
        [
            _STYLE,
            f"<h1>{escape(words.title(ticket))} <small>#{number}</small></h1>",
            f'<p class="state">{escape(state)}</p>',
            f'<p class="origin">{escape(words.origin(ticket, is_relative=False))}</p>',
            *("".join(_response_html(ticket, found, images or {})) for found in responses),
            _FOOTER,
        ]
    )


def _response_html(ticket: Record, response: Record, images: Mapping[str, str]) -> Iterator[str]:
    entry = words.entry(ticket, response, is_relative=False)
    html = str(response.get("html") or "")
    if not html and not entry.files:
        if entry.changes:
            yield f'<p class="change">{escape(f"{entry.author} {entry.changes}, {entry.when}")}</p>'
        return
    kind = "note" if response.get("is_internal") else entry.role.partition(",")[0]
    yield f'<section class="{escape(kind)}">'
    yield f'<p class="head"><b>{escape(entry.author)}</b> {escape(entry.head)}</p>'
    # nh3 closes every element and drops comments, because an open comment would hide the rest.
    yield f"<pre>{escape(html)}</pre>" if _is_deep(html) else _cleaned(html, images)
    for line in (*(f"Attached: {name}" for name in entry.files), entry.changes):
        yield f'<p class="change">{escape(line)}</p>' if line else ""
    yield "</section>"


def _cleaned(html: str, images: Mapping[str, str]) -> str:
    """Return HTML with harmless elements alone. Each image is embedded, or replaced by a
    placeholder."""

    def chosen(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return images.get(value.strip().lower().removeprefix("cid:"), _NOT_LOADED)
        is_other = value.strip().lower().startswith(("cid:", "data:"))
        return None if attribute == "href" and is_other else value

    return nh3.clean(html, attribute_filter=chosen, url_schemes=SCHEMES)


def _is_deep(text: str) -> bool:
    """Return whether elements may be nested too deeply. As in a browser, an end tag without a start
    tag ends nothing; wrongly nested elements count as deeper than they are."""
    opened: Counter[str] = Counter()
    depth = 0
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name in _SHALLOW or (tag[1] and not opened[name]):
            continue
        step = -1 if tag[1] else 1
        opened[name] += step
        depth += step
        if depth > MOST_NESTED:
            return True
    return False
