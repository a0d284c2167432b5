"""The file of a multipart/form-data body, as a handler gets it."""

from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer

from tickiti_cli.contract.errors import AttachmentTooLarge, ValidationFailed
from tickiti_cli.contract.file_types import MOST_FILE, SVG, base_name, is_svg
from tickiti_cli.contract.images import kind_of
from tickiti_server.api.call import Call
from tickiti_server.rendering.images import Image
from tickiti_server.store.files import uploads
from tickiti_server.validation.fields import Body, wrong
from tickiti_server.validation.json_schema import Written


class UploadedFile(NamedTuple):
    """A file whose pieces are stored already, but which no reader finds.

    A handler lets it count, or takes its bytes. Otherwise the pieces are deleted after the call.
    """

    file_id: int
    name: str
    """The name that the client sent, folders and all."""

    file_size: int
    sha256: str
    head: bytes
    """The first bytes, which decide the media type."""


def refuse_larger(size: int, most: int = MOST_FILE) -> None:
    """Raise AttachmentTooLarge for more than `most` bytes."""
    if size > most:
        raise AttachmentTooLarge(f"The file is larger than {most} bytes.")


def read_image(call: Call, file: UploadedFile) -> Image:
    """The file as an image with its bytes. Raises ValidationFailed for anything else."""
    kind = SVG if is_svg(file.head) else kind_of(file.head)
    if kind is None:
        rule = "must be an image: png, jpg, gif, webp, bmp or svg"
        raise ValidationFailed.of("file", f"The file field {rule}.")
    content = uploads.read_file(call.tx, file.file_id, 0, file.file_size)
    return Image(base_name(file.name) or "image", kind, file.sha256, content)


def _file(value: Any) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise wrong("must be a file: a part with a file name")
    if value.file_size == 0:
        raise wrong("must not be an empty file")
    return value


FilePart = Annotated[
    Any,
    BeforeValidator(_file),
    PlainSerializer(str),
    Written(type="string", format="binary"),
    Field(description="The file, with its name.", examples=["(the bytes of the file)"]),
]
"""The member `file` of a body: an UploadedFile of at least one byte."""


class UploadFile(Body):
    """A body that is a file alone."""

    file: FilePart
