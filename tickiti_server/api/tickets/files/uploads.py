"""The endpoint that uploads a file, which a ticket or a response then names."""

from tickiti_cli.contract.errors import AttachmentBlocked, AttachmentTooLarge
from tickiti_cli.contract.file_types import FileType, base_name, media_type, type_of
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tickets.bodies.attachments import FileUploaded
from tickiti_server.api.uploaded_file import UploadedFile, UploadFile
from tickiti_server.store.files import uploads as stored

NAMELESS = "file"
"""Name of a file whose own name has folders and control characters alone."""


@handles(v1.attachment_upload, refuses=(AttachmentTooLarge, AttachmentBlocked))
def attachment_upload(call: Call, body: UploadFile) -> FileUploaded:
    """Upload a file for the attachments of a ticket or response.

    Uploading the same content again changes nothing. A file without references is deleted after 24
    hours.
    """
    file: UploadedFile = body.file
    name = base_name(file.name) or NAMELESS
    if type_of(name) is FileType.BLOCKED:
        raise AttachmentBlocked
    stored.note_upload(
        call.tx,
        _complete(call, file, name),
        family_id=call.caller.family_id,
        name=name,
        now=call.now,
    )
    return {"sha256": file.sha256, "name": name, "file_size": file.file_size}


def _complete(call: Call, file: UploadedFile, name: str) -> int:
    """The id of the file with these bytes: the one that is there, or the new one."""
    known = stored.find_file(call.tx, file.sha256)
    if known is not None:
        return int(known["id"])
    stored.complete_file(
        call.tx,
        file.file_id,
        sha256=file.sha256,
        file_size=file.file_size,
        mime_type=media_type(file.head, name),
        now=call.now,
    )
    return file.file_id
