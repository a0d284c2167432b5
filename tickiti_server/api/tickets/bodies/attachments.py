"""The shapes of files of responses: bodies and replies."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_server.api.tickets.bodies.show import Attachment
from tickiti_server.api.tickets.rules.reference import TicketRef
from tickiti_server.validation.fields import Integer, Positive, Text

MOST_REASON = 500

AttachmentId = Annotated[
    Positive, Field(description="The attachment's id, as its response has it.", examples=[1])
]


class FindAttachment(TicketRef):
    response_attachment_id: AttachmentId
    intent: Annotated[
        Literal["review_ok"] | None,
        Field(description="Confirms that you reviewed a file whose type requires it."),
    ] = None
    offset: Annotated[
        Annotated[Integer, Field(ge=0)] | None,
        Field(description="First byte of the part; 0 if omitted."),
    ] = None
    length: Annotated[
        Annotated[Positive, Field(le=MOST_FILE)] | None,
        Field(description="Maximum length of the part in bytes."),
    ] = None


class AttachmentShown(Attachment):
    response_id: Annotated[str, Field(examples=["1"])]
    content_base64: Annotated[
        str, Field(description="The content, or the requested part.", examples=["iVBORw0KGgo="])
    ]
    eof: Annotated[
        bool, Field(description="Whether this part reaches the end of the file.", examples=[True])
    ]


class FileUploaded(TypedDict):
    sha256: Annotated[
        str,
        Field(
            description="SHA-256 of the content; identifies the file.",
            examples=["be5af11edc03aa268954a92da08d439d752e0b4d7b08144440c6391db3b6b79b"],
        ),
    ]
    name: Annotated[
        str,
        Field(
            description="File name without directories and control characters.",
            examples=["receipt.pdf"],
        ),
    ]
    file_size: Annotated[int, Field(description="In bytes.", examples=[48213])]


class DeleteAttachment(TicketRef):
    response_attachment_id: AttachmentId
    reason: Annotated[
        Annotated[Text, Field(max_length=MOST_REASON)] | None,
        Field(description="Reason; stored with the response.", examples=["sent to us by mistake"]),
    ] = None


class AttachmentDeleted(TypedDict):
    response_id: Annotated[int, Field(examples=[1])]
    response_attachment_id: Annotated[int, Field(examples=[1])]
    name: Annotated[str, Field(examples=["receipt.pdf"])]
    sha256: Annotated[
        str,
        Field(examples=["be5af11edc03aa268954a92da08d439d752e0b4d7b08144440c6391db3b6b79b"]),
    ]
    bytes_deleted: Annotated[
        bool,
        Field(description="False: another response still has the same file.", examples=[True]),
    ]
