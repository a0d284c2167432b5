"""Images in what is said: taken out of the text when it is posted, handed out one by one."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import AttachmentNotFound, TicketNotFound, ValidationFailed
from tickiti_server.call import Call
from tickiti_server.families.shown_bodies import Attachment
from tickiti_server.families.ticket_bodies import Number
from tickiti_server.handlers import handles
from tickiti_server.rendering import plain_text
from tickiti_server.rendering.images import BadImage, Image, extracted
from tickiti_server.store import attachments as stored
from tickiti_server.store import tickets
from tickiti_server.store.database import Row
from tickiti_server.values import Body, Positive

MOST_SHORT = 32_768
MOST_MARKUP_OF_SHORT = 200
"""Characters of HTML, and its tags and references: some 0.5 ms."""


class FindAttachment(Body):
    ticket_number: Number
    response_attachment_id: Annotated[
        Positive, Field(description="The attachment's id, as its response has it.", examples=[1])
    ]
    intent: Annotated[
        Literal["review_ok"] | None,
        Field(
            description="You have reviewed it; the bundled server keeps nothing that asks for that."
        ),
    ] = None


class AttachmentShown(Attachment):
    response_id: Annotated[str, Field(examples=["1"])]
    content_base64: Annotated[str, Field(description="Its bytes.", examples=["iVBORw0KGgo="])]


class Content(NamedTuple):
    """What is said, worked out before the writer's turn: the HTML without its images, what a person
    reads of it, and the images."""

    html: str
    text: str
    images: Sequence[Image]


def read_content(html: str, *, field: str) -> Content:
    """Takes its time: for a preparation. Raises ValidationFailed that names `field`."""
    try:
        kept, images = extracted(html)
    except BadImage as rule:
        sentence = f"The {field} field {rule}."
        raise ValidationFailed(sentence, errors={field: [sentence]}) from None
    return Content(kept, plain_text(kept), images)


def is_short(html: str | None) -> bool:
    """Whether `read_content` takes well below a millisecond."""
    if html is None:
        return True
    return len(html) <= MOST_SHORT and html.count("<") + html.count("&") <= MOST_MARKUP_OF_SHORT


def post_response(call: Call, content: Content, **columns: object) -> int:
    """Store what is said, and apart from it the images in it."""
    response_id = tickets.insert_response(call.tx, html=content.html, text=content.text, **columns)
    for image in content.images:
        stored.insert(
            call.tx,
            response_id=response_id,
            name=image.name,
            mime_type=image.mime_type,
            file_size=len(image.content),
            sha256=image.sha256,
            content=image.content,
        )
    return response_id


def of_response(call: Call, response_id: int) -> list[Attachment]:
    return [_attachment(row) for row in stored.of_response(call.tx, response_id)]


@handles(v1.attachment, refuses=(TicketNotFound, AttachmentNotFound))
def attachment(call: Call, body: FindAttachment) -> AttachmentShown:
    """Get an image of a response, with its bytes."""
    ticket = tickets.find(call.tx, body.ticket_number)
    if ticket is None:
        raise TicketNotFound(body.ticket_number)
    row = stored.find(call.tx, body.response_attachment_id, ticket_id=ticket["id"])
    if row is None:
        raise AttachmentNotFound
    return {
        **_attachment(row),
        "response_id": str(row["response_id"]),
        "content_base64": b64encode(row["content"]).decode(),
    }


def _attachment(row: Row) -> Attachment:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "mime_type": row["mime_type"],
        "file_size": row["file_size"],
        "is_inline": bool(row["is_inline"]),
        "sha256": row["sha256"],
    }
