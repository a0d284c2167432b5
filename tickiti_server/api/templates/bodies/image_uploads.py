"""The shapes of images for templates and stock responses: a body and a reply."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.uploaded_file import FilePart
from tickiti_server.validation.fields import Body, Positive

_CID = "cid:be5af11edc03aa268954a92da08d439d.1.template"


class UploadImage(Body):
    template_id: Annotated[
        Positive, Field(description="The id of the text that the image is for.", examples=[1])
    ]
    file: FilePart


class ImageUploaded(TypedDict):
    cid: Annotated[
        str, Field(description="The reference, for src in the content.", examples=[_CID])
    ]
    img: Annotated[
        str,
        Field(
            description="A tag to insert into the content.",
            examples=[f'<img src="{_CID}" alt="sole.png">'],
        ),
    ]
    name: Annotated[str, Field(examples=["sole.png"])]
    mime_type: Annotated[
        str, Field(description="Detected from the content.", examples=["image/png"])
    ]
    file_size: Annotated[int, Field(description="In bytes.", examples=[12])]
    sha256: Annotated[
        str,
        Field(examples=["be5af11edc03aa268954a92da08d439d752e0b4d7b08144440c6391db3b6b79b"]),
    ]
