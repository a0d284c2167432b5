"""References to uploaded files in a request, and the attachments that are made of them.

Rule: a reference counts if the same token family has uploaded the file, or if the caller sees a
ticket that has it. Otherwise a sha256 that somebody learned would open the file.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from tickiti_cli.contract.errors import AttachmentBlocked, AttachmentNotUploaded, ValidationFailed
from tickiti_cli.contract.file_types import FileType, base_name, type_of
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.store.files import uploads
from tickiti_server.store.helpdesk import attachments as stored
from tickiti_server.store.helpdesk import responses
from tickiti_server.store.interface import Row
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.validation.fields import Body, Line, Positive, wrong
from tickiti_server.validation.json_schema import Written

MOST_FILES = 50
"""Files of one request."""

_HEX = frozenset("0123456789abcdef")


def _sha256(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("must be a string")
    digest = value.strip().lower()
    if len(digest) != 64 or not _HEX.issuperset(digest):
        raise wrong("must be a SHA-256: 64 hexadecimal digits")
    return digest


def _name(value: str) -> str:
    name = base_name(value)
    if not name:
        raise wrong("must be the name of a file")
    return name


Sha256 = Annotated[
    str,
    BeforeValidator(_sha256),
    Written(pattern=r"^\s*[0-9A-Fa-f]{64}\s*$"),
]


class FileRef(Body):
    """Names one uploaded file, as tickets/attachment-upload has answered."""

    sha256: Annotated[
        Sha256,
        Field(
            description="The SHA-256 of its bytes.",
            examples=["3f0d5e8a4b1c9d27e6f8a0b3c5d7e9f1a2b4c6d8e0f13579bdf02468ace13579"],
        ),
    ]
    name: Annotated[
        Line,
        AfterValidator(_name),
        Field(
            description="The name that the attachment gets; folders are cut off.",
            examples=["receipt.pdf"],
        ),
    ]
    file_size: Annotated[
        Positive | None, Field(description="Its size in bytes; a wrong one is an error.")
    ] = None


FileRefs = Annotated[
    list[FileRef],
    Field(
        max_length=MOST_FILES,
        description="Uploaded files that come with the text.",
        examples=[[]],
    ),
]


def attach(call: Call, response_id: int, refs: Sequence[FileRef]) -> None:
    """Store the files as attachments of a response.

    Raises AttachmentNotUploaded, AttachmentBlocked, or ValidationFailed for a wrong size.
    """
    if not refs:
        return
    found = [_find(call, ref) for ref in refs]
    _refuse_missing(refs, found)
    _refuse_wrong(refs, found)
    for ref, file in zip(refs, found, strict=True):
        assert file is not None
        stored.insert_reference(call.tx, response_id=response_id, name=ref.name, file=file)


def _refuse_missing(refs: Sequence[FileRef], found: Sequence[Row | None]) -> None:
    missing = [
        AttachmentNotUploaded(ref.sha256, field=f"attachments.{place}.sha256")
        for place, (ref, file) in enumerate(zip(refs, found, strict=True))
        if file is None
    ]
    if missing:
        errors = {field: list(rules) for error in missing for field, rules in error.errors.items()}
        raise AttachmentNotUploaded.received(str(missing[0]), errors=errors)


def _refuse_wrong(refs: Sequence[FileRef], found: Sequence[Row | None]) -> None:
    errors: dict[str, list[str]] = {}
    for place, (ref, file) in enumerate(zip(refs, found, strict=True)):
        field = f"attachments.{place}.file_size"
        if type_of(ref.name) is FileType.BLOCKED:
            raise AttachmentBlocked
        assert file is not None
        if ref.file_size not in (None, file["file_size"]):
            rule = f"must be {file['file_size']}, which is the size of the file"
            errors[field] = [f"The {field} field {rule}."]
    if errors:
        raise ValidationFailed.of_fields(errors)


def _find(call: Call, ref: FileRef) -> Row | None:
    """The file if the caller may refer to it: an upload, or an image out of a text."""
    file = uploads.find_file(call.tx, ref.sha256)
    if file is not None and uploads.has_uploaded(call.tx, file["id"], call.caller.family_id):
        return file
    if not _is_seen(call, ref.sha256):
        return None
    return file or stored.find_image(call.tx, ref.sha256)


def _is_seen(call: Call, sha256: str) -> bool:
    """Whether the caller sees a ticket that has the file."""
    conditions = Conditions(call.caller.person_id)
    conditions.clauses += [
        uploads.is_content(conditions.bind(sha256)),
        uploads.is_in_response(),
    ]
    if not rights.sees_notes(call):
        conditions.clauses.append(responses.is_internal(conditions.bind(0)))
    rights.narrow(call, conditions)
    return uploads.has_attachment(call.tx, conditions)
