"""Documents that the page shows in a frame or offers as a file: HTML of others, and attachments.

Rule: a document of others is sanitised and cannot run, load or send anything; its own policy says
so again. An attachment is shown only if it is an image of pixels, and otherwise saved.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from email import message_from_string, policy
from urllib.parse import quote

from tickiti_cli.contract.errors import NotFound
from tickiti_server.api.call import Call
from tickiti_server.api.mail import outbox
from tickiti_server.api.mail.bodies.outbox import FindDelivery
from tickiti_server.api.tickets import responses
from tickiti_server.api.tickets.bodies.attachments import FindAttachment
from tickiti_server.api.tickets.bodies.show import Attachment, ShowResponse
from tickiti_server.api.tickets.files import downloads
from tickiti_server.http.reply import Reply
from tickiti_server.page.templating import HTML, SAFETY, Asked, number_in
from tickiti_server.rendering.sanitiser import safe_html

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
MOST_PICTURES = 16 * 1024 * 1024
"""Bytes of all images in one document."""

FRAMED = {
    **SAFETY,
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""The headers of a document in a frame: no script runs, so that the same origin lets only the page
around the frame measure it."""

SAVED = {**SAFETY, "Content-Security-Policy": "default-src 'none'; sandbox"}

_DOCUMENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="{scheme}">
<meta name="referrer" content="no-referrer"><base target="_blank"><title>Document</title><style>
:root {{ color-scheme: {scheme} }}
body {{ display: flow-root; margin: 0; font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
 "DejaVu Sans", sans-serif; overflow-wrap: anywhere; {paper} }}
body > :first-child {{ margin-top: 0 }} body > :last-child {{ margin-bottom: 0 }}
img {{ max-width: 100%; height: auto }} pre {{ white-space: pre-wrap }}
table {{ max-width: 100% }} blockquote {{ margin: .5rem 0; padding-left: .75rem;
 border-left: 3px solid #8886 }}
body:not(:has([dir])), body:not(:has([dir])) :is(p, div, li, dd, dt, td, th, pre, blockquote,
 center, h1, h2, h3, h4, h5, h6) {{ unicode-bidi: plaintext }}
</style></head><body>{html}</body></html>
"""
_EDGE = "padding: 12px 14px"
_PAPER = f"background: #fff; color: #1b2330; {_EDGE}"

_COLOURED = re.compile(r"<[^>]*\s(?:bgcolor=|color=|style=\"[^\"]*(?:color|background))", re.I)
_CID = re.compile(r"(<img[^>]*?\ssrc=\")cid:([^\"]*)(\")", re.IGNORECASE)


def response(call: Call, asked: Asked) -> Reply:
    """The HTML of a response, with the images that are in it."""
    ticket_number, response_id = number_in(asked.parts[1]), number_in(asked.parts[3])
    found = responses.show_response(call, ShowResponse(response_id=response_id))["response"]
    if found["ticket_number"] != ticket_number:
        raise NotFound
    inline = [row for row in found["attachments"] if row["is_inline"]]
    return _document(found["html"], _images(call, ticket_number, inline))


def mail(call: Call, asked: Asked) -> Reply:
    """The HTML of an outgoing mail, with the images that are in it; those elsewhere are left
    out."""
    found = outbox.show(call, FindDelivery(id=asked.parts[1]))
    return _document(found["html"], _mail_images(found["mime"]), plain=_EDGE)


def file(call: Call, asked: Asked) -> Reply:
    """An attachment. Raises AttachmentBlocked and AttachmentTooLarge."""
    wanted = FindAttachment(
        ticket_number=number_in(asked.parts[1]),
        response_attachment_id=number_in(asked.parts[3]),
        intent="review_ok",
    )
    found = downloads.attachment(call, wanted)
    content, kind = b64decode(found["content_base64"]), found["mime_type"]
    if kind in PICTURES and "save" not in asked.query:
        return Reply(200, content, SAVED, media_type=kind.encode())
    named = f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}"
    headers = {**SAVED, "Content-Disposition": named}
    return Reply(200, content, headers, media_type=b"application/octet-stream")


def _document(html: str, images: Mapping[str, str], *, plain: str = "") -> Reply:
    """A document of others. One with colours of its own is shown on white paper, as its author saw
    it; any other follows the page, with the style `plain`."""
    safe = _CID.sub(lambda found: found[1] + images.get(found[2], "") + found[3], safe_html(html))
    is_coloured = _COLOURED.search(safe) is not None
    text = _DOCUMENT.format(
        html=safe,
        scheme="light" if is_coloured else "light dark",
        paper=_PAPER if is_coloured else plain,
    )
    return Reply(200, text.encode("utf-8", "replace"), FRAMED, media_type=HTML)


def _images(call: Call, number: int, inline: list[Attachment]) -> dict[str, str]:
    """Data URLs of the images in a response, by the digest that its HTML names."""
    found: dict[str, str] = {}
    left = MOST_PICTURES
    for row in inline:
        left -= row["file_size"]
        if left < 0 or row["mime_type"] not in PICTURES:
            continue
        wanted = FindAttachment(ticket_number=number, response_attachment_id=int(row["id"]))
        content = downloads.attachment(call, wanted)["content_base64"]
        found[row["sha256"]] = f"data:{row['mime_type']};base64,{content}"
    return found


def _mail_images(mime: str) -> dict[str, str]:
    """Data URLs of the images in a mail, by their Content-ID."""
    found: dict[str, str] = {}
    left = MOST_PICTURES
    for part in message_from_string(mime, policy=policy.default).walk():
        name, kind = str(part.get("Content-ID", "")).strip("<> "), part.get_content_type()
        if not name or kind not in PICTURES:
            continue
        content = part.get_payload(decode=True)
        left -= len(content) if isinstance(content, bytes) else 0
        if left >= 0 and isinstance(content, bytes):
            found[name] = f"data:{kind};base64,{b64encode(content).decode()}"
    return found
