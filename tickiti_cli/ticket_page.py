"""A ticket and what was said on it as one page of HTML, for a browser.

The rule of this file: what was said on a ticket cannot change how the rest of the page reads.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import nh3

Record = Mapping[str, Any]

MOST_NESTED = 5000
"""Elements in one another: the sanitiser's time grows with the square of it. Mail has a few
dozen."""

_TAG = re.compile(r"<(/?)([a-z][^\s/>]{0,20})", re.ASCII | re.IGNORECASE)

_SHALLOW = frozenset(
    ("area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option",
     "p", "source", "td", "th", "tr", "wbr")
)  # fmt: skip
"""Elements that need no end, and never stand in one of their own kind at once."""

_STYLE = """<style>
body { font: 1em/1.5 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }
section { border-top: 1px solid #999; padding: .5em 0 } .internal { background: #ffd }
h2, dt, .kind { font-size: .9em; color: #555 } dd { margin: 0 0 .5em }</style>"""


def page_of(ticket: Record, responses: Sequence[Record], *, members: Sequence[str]) -> str:
    """`members` of the ticket are shown under its subject."""
    rows = [f"<dt>{name.replace('_', ' ')}</dt><dd>{_text(ticket, name)}</dd>" for name in members]
    title = f"<h1>{_text(ticket, 'number')}: {_text(ticket, 'subject')}</h1>"
    return "\n".join([_STYLE, title, "<dl>", *rows, "</dl>", *map("".join, map(_said, responses))])


def _said(response: Record) -> Iterator[str]:
    is_internal = bool(response.get("is_internal"))
    yield '<section class="internal">' if is_internal else "<section>"
    yield f"<h2>{_text(response, 'created_by_email')}, {_text(response, 'created_at')}"
    yield " (internal)</h2>" if is_internal else "</h2>"
    # Balanced and without what could reach beyond it: an open comment would hide all that follows.
    text = str(response.get("html") or "")
    yield f"<pre>{escape(text)}</pre>" if _is_deep(text) else nh3.clean(text)
    names = [_text(found, "name") for found in response.get("attachments") or []]
    yield f'<p class="kind">Attached: {", ".join(names)}</p>' if names else ""
    yield "</section>"


def _is_deep(text: str) -> bool:
    """Whether its elements may be nested too deeply. An end without its beginning ends nothing, as
    in a browser; what is wrongly nested counts as deeper than it is."""
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


def _text(record: Record, name: str) -> str:
    value = record.get(name)
    return "" if value is None else escape(str(value))
