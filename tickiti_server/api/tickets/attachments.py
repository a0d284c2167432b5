"""The content of responses: images inside it become attachments when a response is posted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_cli.contract.file_types import SVG
from tickiti_server.api.call import Call
from tickiti_server.api.tickets.bodies.show import Attachment
from tickiti_server.rendering.images import BadImage, Image, extracted
from tickiti_server.rendering.text import plain_text
from tickiti_server.store.helpdesk import attachments as stored
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Row, Transaction

MOST_SHORT = 32_768
MOST_MARKUP_OF_SHORT = 200
"""Characters of HTML, and the tags and references in it, that take about 0.5 ms to read."""


class Content(NamedTuple):
    """The content of a response, made before the write transaction: HTML without images, its plain
    text, and the images."""

    html: str
    text: str | None
    images: Sequence[Image]
    mail: str = ""
    """The HTML of its mail, where the request asks for a mail."""


NO_CONTENT = Content("", "", ())
"""The content of a response that has files alone."""


def read_content(html: str, *, field: str) -> Content:
    """Extract the images and the plain text. Slow, so a preparation calls it. Raises
    ValidationFailed that names `field`."""
    try:
        kept, images = extracted(html)
    except BadImage as rule:
        raise ValidationFailed.of(field, f"The {field} field {rule}.") from None
    return Content(kept, plain_text(kept), images)


def is_short(html: str | None) -> bool:
    """Whether `read_content` takes well below a millisecond."""
    if html is None:
        return True
    return len(html) <= MOST_SHORT and html.count("<") + html.count("&") <= MOST_MARKUP_OF_SHORT


def store_images(tx: Transaction, response_id: int, content: Content) -> None:
    """Store the images of a content as attachments of its response."""
    for image in content.images:
        stored.insert_attachment(
            tx,
            response_id=response_id,
            name=image.name,
            mime_type=image.mime_type,
            file_size=len(image.content),
            sha256=image.sha256,
            is_inline=image.mime_type != SVG,
            content=image.content,
        )


def post_response(tx: Transaction, content: Content, **columns: object) -> int:
    """Store a response, and its images as attachments. Returns the id of the response."""
    response_id = tickets.insert_response(tx, html=content.html, text=content.text, **columns)
    store_images(tx, response_id, content)
    return response_id


def of_responses(call: Call, response_ids: Sequence[int]) -> Mapping[int, list[Attachment]]:
    """The attachments by the ids of their responses; a response without any is left out."""
    found: dict[int, list[Attachment]] = {}
    for row in stored.list_attachments(call.tx, response_ids):
        found.setdefault(row["response_id"], []).append(shown(row))
    return found


def shown(row: Row) -> Attachment:
    """An attachment as replies show it, without its bytes."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "mime_type": row["mime_type"],
        "file_size": row["file_size"],
        "is_inline": bool(row["is_inline"]),
        "sha256": row["sha256"],
    }
